//! How wide the terminal is.

#![expect(clippy::disallowed_methods, reason = "COLUMNS belongs to the shell, not to us: it has no flag")]

/// Columns of a page where nobody says otherwise.
const USUAL: usize = 100;

/// The columns that results may take: `COLUMNS` where it is set, else the terminal's, else 100.
pub fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|columns| *columns > 0);
    said.or_else(|| terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0))).unwrap_or(USUAL)
}
