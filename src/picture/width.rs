//! How wide text is, so that a box can be made around it before anybody draws it.

/// The advance widths of the printable ASCII characters in thousandths of the size, from space on: DejaVu Sans, as a browser measures it. Of
/// the usual sans-serif fonts it is the widest, so that text which fits here fits in Arial and Helvetica too.
const REGULAR: [u32; 95] = [
    318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637, 637, 637,
    637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632, 576, 775, 752, 295, 295, 656, 558, 863,
    749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686, 611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635,
    616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637,
    337, 637, 838,
];

/// The same in bold.
const BOLD: [u32; 95] = [
    349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696, 696, 696, 696, 696,
    696, 696, 696, 400, 400, 838, 838, 838, 581, 1000, 774, 763, 734, 831, 684, 684, 821, 837, 373, 373, 775, 638, 996,
    837, 851, 733, 851, 771, 721, 683, 813, 774, 1104, 771, 725, 726, 458, 366, 458, 838, 500, 500, 675, 716, 593, 716,
    679, 436, 716, 712, 343, 343, 666, 343, 1042, 712, 688, 716, 716, 494, 596, 479, 712, 652, 924, 646, 652, 583, 712,
    366, 712, 838,
];

/// What isn't ASCII, in thousandths of the size: a little more than a Chinese character or a pictograph takes.
const OTHER: u32 = 1_250;

/// A way to write text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Font {
    /// Its size in pixels.
    pub size: u32,
    /// Whether it is bold.
    pub bold: bool,
}

impl Font {
    /// Of such a size.
    pub const fn of(size: u32) -> Self {
        Self { size, bold: false }
    }

    /// Of such a size, in bold.
    pub const fn bold(size: u32) -> Self {
        Self { size, bold: true }
    }

    /// How many pixels a text is wide, rounded up.
    pub fn width(self, text: &str) -> i32 {
        let table = if self.bold { &BOLD } else { &REGULAR };
        let one = |character: char| {
            let place = u32::from(character).checked_sub(32).and_then(|place| usize::try_from(place).ok());
            place.and_then(|place| table.get(place)).copied().unwrap_or(OTHER)
        };
        let thousandths: u32 = text.chars().map(one).fold(0, u32::saturating_add);
        i32::try_from(thousandths.saturating_mul(self.size).div_ceil(1000)).unwrap_or(i32::MAX)
    }

    /// The text, cut where it is wider than that.
    pub fn fit(self, text: &str, width: i32) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let mut cut = String::new();
        for character in text.chars() {
            cut.push(character);
            if self.width(&cut) + self.width("…") > width {
                cut.pop();
                break;
            }
        }
        format!("{}…", cut.trim_end())
    }

    /// Phrases in lines of at most that width, with commas between them; a phrase that is wider alone is broken at its spaces, and cut where
    /// it has none.
    pub fn flow(self, phrases: &[String], width: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for (index, phrase) in phrases.iter().enumerate() {
            let comma = if index + 1 < phrases.len() { "," } else { "" };
            let whole = format!("{phrase}{comma}");
            let fits_behind = lines.last().is_some_and(|last| self.width(&format!("{last} {whole}")) <= width);
            if !fits_behind && self.width(&whole) <= width {
                lines.push(whole);
                continue;
            }
            for (index, word) in whole.split(' ').enumerate() {
                match lines.last_mut() {
                    Some(last) if (index > 0 || fits_behind) && self.width(&format!("{last} {word}")) <= width => {
                        last.push(' ');
                        last.push_str(word);
                    }
                    Some(_) | None => lines.push(self.fit(word, width)),
                }
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, proptest};

    #[test]
    fn phrases_stay_together_where_they_fit_alone() {
        let phrases = ["8 vCPU", "64 GiB", "standby in another zone", "1 replica"].map(str::to_owned);
        let font = Font::of(11);
        assert_eq!(font.flow(&phrases, 150), ["8 vCPU, 64 GiB,", "standby in another zone,", "1 replica"]);
        assert_eq!(
            font.flow(&["one phrase longer than a line".to_owned()], 90),
            ["one phrase", "longer than a", "line"]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_it_may_be(phrases in proptest::collection::vec(".{0,40}", 0..5), width in 40_i32..300) {
            let font = Font::bold(11);
            for line in font.flow(&phrases, width) {
                prop_assert!(font.width(&line) <= width, "{line:?}");
            }
            for phrase in &phrases {
                prop_assert!(font.width(&font.fit(phrase, width)) <= width);
            }
        }
    }
}
