//! Which differences of a property count.

use crate::plan::knowledge::Edit;
use crate::plan::meaning::Meaning;

/// What a difference has to be for a row to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Any difference.
    Changed,
    /// A number that gets smaller.
    Falls,
    /// It wasn't there and comes, or was `false` or `Disabled` and is on.
    Comes,
    /// It was there and goes, or was `true` or `Enabled` and is off.
    Goes,
}

impl When {
    /// Whether a change is such a difference.
    pub(super) fn counts(self, edit: &Edit<'_>) -> bool {
        let text = |meaning: Option<&Meaning>| meaning.and_then(|one| one.text().map(str::to_owned));
        let (was, is) = (text(edit.was), text(edit.is));
        let number = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
        // What is no scalar is on where it is there.
        let off = |meaning: Option<&Meaning>, text: &Option<String>| {
            meaning.is_none() || text.as_deref().is_some_and(|text| matches!(text, "false" | "Disabled"))
        };
        match self {
            When::Changed => true,
            When::Falls => number(&was).zip(number(&is)).is_some_and(|(was, is)| is < was),
            When::Comes => off(edit.was, &was) && !off(edit.is, &is),
            When::Goes => !off(edit.was, &was) && off(edit.is, &is),
        }
    }
}
