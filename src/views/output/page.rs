//! A page of text for a terminal: coloured where wanted, wrapped to its width, and safe to show.

use anstyle::{AnsiColor, Style};

use super::printable::{commands, inside};

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it comes.
    Plain,
    /// What is there afterwards.
    Added,
    /// What changes.
    Changed,
    /// What is gone afterwards, and dangers.
    Removed,
    /// What stands in the background.
    Faint,
    /// Headings.
    Strong,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Added => AnsiColor::Green.on_default(),
            Tone::Changed => AnsiColor::Yellow.on_default(),
            Tone::Removed => AnsiColor::Red.on_default(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Strong => Style::new().bold(),
        }
    }
}

/// A page under construction.
#[derive(Clone, Debug)]
pub struct Page {
    text: String,
    coloured: bool,
    width: usize,
}

impl Page {
    /// An empty page of so many columns.
    pub fn new(coloured: bool, width: usize) -> Page {
        Page { text: String::new(), coloured, width: width.max(40) }
    }

    /// How many columns it has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A line of pieces, so far from the left. Not wrapped.
    pub fn line(&mut self, indent: usize, pieces: &[(Tone, &str)]) {
        let safe: Vec<(Tone, String)> = pieces.iter().map(|(tone, piece)| (*tone, inside(piece))).collect();
        self.text.extend(std::iter::repeat_n(' ', indent));
        if commands(&safe.iter().map(|(_, piece)| piece.as_str()).collect::<String>()) {
            self.text.push('\\');
        }
        for (tone, piece) in &safe {
            self.styled(*tone, piece);
        }
        self.text.push('\n');
    }

    /// A text wrapped at spaces, so far from the left; further lines stand as much further in as `hang` says.
    pub fn wrapped(&mut self, indent: usize, hang: usize, tone: Tone, text: &str) {
        let room = self.width.saturating_sub(indent).max(20);
        for (at, line) in wrap(text, room, room.saturating_sub(hang).max(20)).iter().enumerate() {
            self.line(if at == 0 { indent } else { indent + hang }, &[(tone, line)]);
        }
    }

    /// The finished text.
    pub fn finish(self) -> String {
        self.text
    }

    fn styled(&mut self, tone: Tone, text: &str) {
        let style = tone.style();
        if self.coloured && !text.is_empty() {
            self.text.push_str(&format!("{style}{text}{style:#}"));
        } else {
            self.text.push_str(text);
        }
    }
}

/// Splits a text at spaces into lines of at most so many characters; a longer word stands alone.
fn wrap(text: &str, first: usize, further: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let room = if lines.is_empty() { first } else { further };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_wrapped_at_words_with_the_rest_further_in() {
        let mut page = Page::new(false, 40);
        page.wrapped(2, 4, Tone::Plain, "one two three four five six seven eight nine ten");
        assert_eq!(page.finish(), "  one two three four five six seven\n      eight nine ten\n");
    }

    #[test]
    fn colours_are_only_there_where_they_are_wanted() {
        let mut plain = Page::new(false, 80);
        plain.line(0, &[(Tone::Added, "x\u{1b}[31m")]);
        assert_eq!(plain.finish(), "x␛[31m\n");
        let mut coloured = Page::new(true, 80);
        coloured.line(0, &[(Tone::Added, "x")]);
        assert!(coloured.finish().starts_with('\u{1b}'));
    }

    #[test]
    fn a_line_can_not_begin_with_a_runners_command_and_types_keep_their_colons() {
        let mut page = Page::new(false, 80);
        page.line(2, &[(Tone::Plain, "::error::x"), (Tone::Plain, "::y")]);
        assert_eq!(page.finish(), "  \\::error::x::y\n");
    }
}
