//! How much of something is billed in a month.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::plan::money::grouped;

/// Hours of a month, as the clouds' own calculators count them: 8,760 hours of a year in twelve parts.
pub const HOURS: Quantity = Quantity::whole(730);

/// The seconds of those hours.
pub const SECONDS: Quantity = Quantity::whole(730 * 3600);

/// A number of units in thousandths: a quarter of a processor for a month is 182.5 hours of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(u64);

impl Quantity {
    /// None.
    pub const ZERO: Quantity = Quantity(0);

    /// One.
    pub const ONE: Quantity = Quantity::whole(1);

    /// So many.
    pub const fn whole(count: u64) -> Quantity {
        Quantity(count.saturating_mul(1000))
    }

    /// So many thousandths.
    pub const fn thousandths(count: u64) -> Quantity {
        Quantity(count)
    }

    /// The thousandths.
    pub const fn as_thousandths(self) -> u64 {
        self.0
    }

    /// So many times as much.
    pub const fn times(self, count: u64) -> Quantity {
        Quantity(self.0.saturating_mul(count))
    }

    /// One number times another.
    pub fn by(self, other: Quantity) -> Quantity {
        let product = u128::from(self.0) * u128::from(other.0) / 1000;
        Quantity(u64::try_from(product).unwrap_or(u64::MAX))
    }

    /// Of a decimal number such as `0.25`, `2`, `1.5`; more than three places are cut off.
    pub fn read(text: &str) -> Option<Quantity> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return None;
        }
        let part: String = part.chars().chain("000".chars()).take(3).collect();
        let count = whole.parse::<u64>().ok()?.checked_mul(1000)?;
        Some(Quantity(count.checked_add(part.parse().ok()?)?))
    }

    fn plain(self) -> String {
        self.written(&(self.0 / 1000).to_string())
    }

    fn written(self, whole: &str) -> String {
        match self.0 % 1000 {
            0 => whole.to_owned(),
            part => format!("{whole}.{}", format!("{part:03}").trim_end_matches('0')),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written(&grouped(self.0 / 1000)))
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.plain())
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A number of units with three decimals at most, such as 182.5",
            "pattern": r"^[0-9]+(\.[0-9]{1,3})?$",
        })
    }
}

/// The least and the most of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spread<T> {
    /// The least: fewest copies, quiet month.
    pub low: T,
    /// The most: most copies all month, busy month.
    pub high: T,
}

impl<T: Copy> Spread<T> {
    /// Always as much.
    pub fn always(amount: T) -> Spread<T> {
        Spread { low: amount, high: amount }
    }

    /// Both ends put through the same.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> Spread<U> {
        Spread { low: change(self.low), high: change(self.high) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_a_processor_for_a_month_is_exact() {
        let quarter = Quantity::read("0.25").unwrap();
        assert_eq!(HOURS.by(quarter).to_string(), "182.5");
        assert_eq!(HOURS.by(quarter).times(8).to_string(), "1,460");
        assert_eq!(serde_json::to_string(&HOURS.times(3)).unwrap(), "\"2190\"");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for wrong in ["", ".5", "1.", "-1", "1e3", "two", "1,000", "99999999999999999999"] {
            assert_eq!(Quantity::read(wrong), None, "{wrong}");
        }
        assert_eq!(Quantity::read("1.23456"), Some(Quantity::thousandths(1234)));
    }
}
