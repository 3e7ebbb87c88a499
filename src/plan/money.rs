//! Money that is added up: whole cents, so that the lines of a table give its total exactly.

use std::borrow::Cow;
use std::fmt;
use std::iter::Sum;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount of US dollars in whole cents; in JSON a text such as `"1204.56"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(i64);

impl Cents {
    /// Nothing.
    pub const ZERO: Cents = Cents(0);

    /// So many cents.
    pub const fn new(cents: i64) -> Cents {
        Cents(cents)
    }

    /// The cents.
    pub const fn count(self) -> i64 {
        self.0
    }

    /// What is left of it after another amount is taken away.
    pub const fn less(self, other: Cents) -> Cents {
        Cents(self.0.saturating_sub(other.0))
    }

    /// In whole dollars, half a dollar rounded up, with a comma at thousands: `1,205`. For sentences; tables have cents.
    pub fn dollars(self) -> String {
        let magnitude = (self.0.unsigned_abs() + 50) / 100;
        let sign = if self.0 < 0 && magnitude > 0 { "-" } else { "" };
        format!("{sign}{}", grouped(magnitude))
    }

    /// As it is written in JSON: `1204.56`.
    fn plain(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }

    fn read(text: &str) -> Option<Cents> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.')?;
        let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if part.len() != 2 || !all_digits(whole) || !all_digits(part) {
            return None;
        }
        let cents = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)?;
        Some(Cents(sign * cents))
    }
}

/// A number with a comma at thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", grouped(magnitude / 100), magnitude % 100))
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Cents>>(amounts: I) -> Cents {
        Cents(amounts.fold(0, |sum, amount| sum.saturating_add(amount.0)))
    }
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.plain())
    }
}

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cents, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Cents::read(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is no amount of dollars such as 1204.56")))
    }
}

impl JsonSchema for Cents {
    fn schema_name() -> Cow<'static, str> {
        "Dollars".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "US dollars and cents, such as 1204.56",
            "pattern": r"^-?[0-9]+\.[0-9]{2}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_the_same_after_it_was_written_and_read() -> Result<(), serde_json::Error> {
        for cents in [0, 5, 120_456, -7, i64::from(i32::MAX)] {
            let text = serde_json::to_string(&Cents::new(cents))?;
            assert_eq!(serde_json::from_str::<Cents>(&text)?, Cents::new(cents), "{text}");
        }
        assert_eq!(serde_json::to_string(&Cents::new(-7))?, "\"-0.07\"");
        for wrong in ["\"1\"", "\"1.5\"", "\"1.-5\"", "\"+1.00\"", "\".10\"", "1.00"] {
            assert!(serde_json::from_str::<Cents>(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn people_read_thousands_and_round_halves_up() {
        assert_eq!(Cents::new(120_456).to_string(), "1,204.56");
        assert_eq!(Cents::new(-123_456_789).to_string(), "-1,234,567.89");
        assert_eq!(
            [120_449, 120_450, -49, -50].map(|cents| Cents::new(cents).dollars()),
            ["1,204", "1,205", "0", "-1"]
        );
    }
}
