//! What is shown to nobody: places of files, and texts.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Place;
use super::secrecy;

/// The shortest text that is looked for in messages: shorter ones stand in innocent words.
const SHORTEST: usize = 4;

/// The most texts that are looked for one by one; with more, everything quoted is taken out.
const MOST: usize = 200;

/// Places and texts that aren't shown.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Concealed {
    places: BTreeMap<String, BTreeSet<Place>>,
    texts: BTreeSet<String>,
    too_many: bool,
}

impl std::fmt::Debug for Concealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Concealed({} texts)", self.texts.len())
    }
}

impl Concealed {
    pub(super) fn add(&mut self, place: Place, text: &str) {
        self.places.entry(place.file.to_string()).or_default().insert(place);
        if self.texts.len() >= MOST {
            self.too_many = true;
        } else if text.len() >= SHORTEST {
            self.texts.insert(text.to_owned());
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        for (file, places) in other.places {
            self.places.entry(file).or_default().extend(places);
        }
        self.texts.extend(other.texts);
        self.too_many |= other.too_many || self.texts.len() > MOST;
    }

    /// A message without any of the texts.
    pub(super) fn within(&self, mut message: String) -> String {
        for text in &self.texts {
            if message.contains(text.as_str()) {
                message = message.replace(text.as_str(), "***");
            }
        }
        if self.too_many {
            message = message.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "***" }).collect();
        }
        for range in secrecy::places(&message).into_iter().rev() {
            message.replace_range(range, "***");
        }
        message
    }

    /// A line with asterisks for what isn't shown, one a character.
    pub(super) fn line(&self, file: &str, line: usize, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        let here = self.places.get(file).into_iter().flatten();
        for place in here.filter(|place| (place.line..=place.end_line).contains(&line)) {
            let from = if place.line == line { place.column.saturating_sub(1) } else { 0 };
            let to = if place.end_line == line { place.end_column.saturating_sub(1) } else { usize::MAX };
            let to = to.min(characters.len());
            for character in characters.get_mut(from.min(to)..to).into_iter().flatten() {
                if !character.is_whitespace() {
                    *character = '*';
                }
            }
        }
        let told = self.texts.iter().flat_map(|secret| text.match_indices(secret.as_str()));
        let told = told.map(|(at, secret)| at..at + secret.len());
        for range in told.chain(secrecy::places(text)) {
            let from = text.get(..range.start).map_or(0, |before| before.chars().count());
            let count = text.get(range).map_or(0, |inside| inside.chars().count());
            for character in characters.iter_mut().skip(from).take(count) {
                *character = '*';
            }
        }
        characters.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: usize, column: usize, end_line: usize, end_column: usize) -> Place {
        Place { file: "f".into(), line, column, end_line, end_column }
    }

    #[test]
    fn a_concealed_text_is_in_no_message_and_its_place_in_no_line() {
        let mut concealed = Concealed::default();
        concealed.add(place(2, 4, 2, 11), "hunter2");
        assert_eq!(concealed.within("not `hunter2`!".into()), "not `***`!");
        assert_eq!(concealed.line("f", 2, "p: hunter2 # it"), "p: ******* # it");
        assert_eq!(concealed.line("f", 3, "not hunter2 again"), "not ******* again");
        assert!(!format!("{concealed:?}").contains("hunter2"));
    }

    #[test]
    fn a_text_of_many_lines_is_concealed_on_each() {
        let mut concealed = Concealed::default();
        concealed.add(place(1, 4, 3, 5), "long");
        assert_eq!(concealed.line("f", 1, "p: |"), "p: *");
        assert_eq!(concealed.line("f", 2, "  abc"), "  ***");
        assert_eq!(concealed.line("f", 3, "  abcd"), "  **cd");
    }

    #[test]
    fn known_tokens_are_concealed_without_being_told() {
        let concealed = Concealed::default();
        let token = format!("ghp_{}", "a".repeat(36));
        assert_eq!(concealed.within(format!("not `{token}`")), "not `***`");
        assert_eq!(concealed.line("f", 1, &format!("# {token}!")), format!("# {}!", "*".repeat(40)));
    }

    #[test]
    fn more_texts_than_can_be_looked_for_take_everything_quoted_out() {
        let mut concealed = Concealed::default();
        for number in 0..=MOST {
            concealed.add(place(1, 1, 1, 2), &format!("secret-{number}"));
        }
        assert_eq!(concealed.within("`other-text` isn't a size".into()), "*** isn't a size");
    }
}
