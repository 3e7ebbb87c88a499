//! Quantities with their units: sizes, times, shares, money, processors.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{TextError, written_as_text};

/// An amount of memory or storage, in bytes; written with a binary unit, such as `512MiB` or `500GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

const SIZE: &str = "a size with a binary unit (B, KiB, MiB, GiB, TiB), such as 500GiB";
const SIZE_UNITS: [(&str, u64); 5] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Size {
    /// So many kibibytes.
    pub const fn kibibytes(count: u64) -> Self {
        Self(count << 10)
    }

    /// So many mebibytes.
    pub const fn mebibytes(count: u64) -> Self {
        Self(count << 20)
    }

    /// So many gibibytes.
    pub const fn gibibytes(count: u64) -> Self {
        Self(count << 30)
    }

    /// The size in bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The size in whole mebibytes, rounded up.
    pub const fn as_mebibytes(self) -> u64 {
        self.0.div_ceil(1 << 20)
    }

    /// The size in whole gibibytes, rounded up.
    pub const fn as_gibibytes(self) -> u64 {
        self.0.div_ceil(1 << 30)
    }
}

impl FromStr for Size {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, SIZE);
        let (number, factor) = SIZE_UNITS
            .iter()
            .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)))
            .ok_or_else(wrong)?;
        let count = whole(number).ok_or_else(wrong)?;
        count.checked_mul(factor).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = SIZE_UNITS
            .iter()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor))
            .unwrap_or(&("B", 1));
        write!(f, "{}{unit}", self.0 / factor)
    }
}

written_as_text!(
    Size,
    name: "Size",
    pattern: r"^(0|[1-9][0-9]{0,18})(B|KiB|MiB|GiB|TiB)$",
    expects: "a size with a binary unit (B, KiB, MiB, GiB, TiB), such as 500GiB"
);

/// A length of time, in seconds; written with a unit, such as `30s`, `15m`, `8h` or `30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

const TIME: &str = "a time with a unit (s, m, h, d), such as 15m";
const TIME_UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl Time {
    /// So many seconds.
    pub const fn seconds(count: u64) -> Self {
        Self(count)
    }

    /// So many minutes.
    pub const fn minutes(count: u64) -> Self {
        Self(count * 60)
    }

    /// So many days of 24 hours.
    pub const fn days(count: u64) -> Self {
        Self(count * 86_400)
    }

    /// The time in seconds.
    pub const fn as_seconds(self) -> u64 {
        self.0
    }

    /// The time in whole minutes, rounded up.
    pub const fn as_minutes(self) -> u64 {
        self.0.div_ceil(60)
    }

    /// The time in whole days, rounded up.
    pub const fn as_days(self) -> u64 {
        self.0.div_ceil(86_400)
    }
}

impl From<Time> for std::time::Duration {
    fn from(time: Time) -> Self {
        Self::from_secs(time.0)
    }
}

impl FromStr for Time {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, TIME);
        let (number, factor) = TIME_UNITS
            .iter()
            .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)))
            .ok_or_else(wrong)?;
        let count = whole(number).ok_or_else(wrong)?;
        count.checked_mul(factor).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = TIME_UNITS
            .iter()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor))
            .unwrap_or(&("s", 1));
        write!(f, "{}{unit}", self.0 / factor)
    }
}

written_as_text!(
    Time,
    name: "Time",
    pattern: r"^(0|[1-9][0-9]{0,11})(s|m|h|d)$",
    expects: "a time with a unit (s, m, h, d), such as 15m"
);

/// A share of a whole, in percent; written `80%`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Percent(f64);

const PERCENT: &str = "a share in percent, such as 80%";

impl Percent {
    /// So many percent.
    pub const fn new(percent: f64) -> Self {
        Self(percent)
    }

    /// The share in percent: 80.0 for `80%`.
    pub const fn percent(self) -> f64 {
        self.0
    }

    /// The share of one: 0.8 for `80%`.
    pub fn fraction(self) -> f64 {
        self.0 / 100.0
    }
}

impl FromStr for Percent {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, PERCENT);
        let number = text.strip_suffix('%').ok_or_else(wrong)?;
        decimal(number).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

written_as_text!(
    Percent,
    name: "Percent",
    pattern: r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,4})?%$",
    expects: "a share in percent, such as 80%"
);

/// An amount of money in US dollars, the currency in which the clouds bill; written `$400` or `$0.50`. Kept in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(u64);

const MONEY: &str = "an amount in US dollars, such as $400";

impl Money {
    /// The amount in cents.
    pub const fn cents(self) -> u64 {
        self.0
    }

    /// The amount in dollars.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl FromStr for Money {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, MONEY);
        let number = text.strip_prefix('$').ok_or_else(wrong)?;
        let (dollars, cents) = number.split_once('.').unwrap_or((number, "00"));
        if cents.len() != 2 {
            return Err(wrong());
        }
        let cents: u64 = cents.parse().map_err(|_| wrong())?;
        let dollars = whole(dollars).ok_or_else(wrong)?;
        dollars.checked_mul(100).and_then(|all| all.checked_add(cents)).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 100 {
            0 => write!(f, "${}", self.0 / 100),
            cents => write!(f, "${}.{cents:02}", self.0 / 100),
        }
    }
}

written_as_text!(
    Money,
    name: "Money",
    pattern: r"^\$(0|[1-9][0-9]{0,11})(\.[0-9]{2})?$",
    expects: "an amount in US dollars, such as $400"
);

/// Processors: virtual CPUs, in steps of a quarter for services; written as a number, such as `0.25` or `8`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Processors(#[schemars(range(min = 0.25, max = 1024.0))] f64);

impl Processors {
    /// So many virtual CPUs.
    pub const fn new(count: f64) -> Self {
        Self(count)
    }

    /// The number of virtual CPUs.
    pub const fn count(self) -> f64 {
        self.0
    }

    /// In thousandths of a virtual CPU.
    pub fn thousandths(self) -> u64 {
        (self.0 * 1000.0).round() as u64
    }
}

impl fmt::Display for Processors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A whole number without sign or leading zero.
fn whole(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// A decimal number without sign or exponent.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.starts_with(|c: char| c.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_keeps_its_largest_whole_unit() {
        for text in ["500GiB", "3008MiB", "1TiB", "7B", "0B"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
        assert_eq!("1024MiB".parse::<Size>().unwrap().to_string(), "1GiB");
    }

    #[test]
    fn a_size_without_a_binary_unit_is_refused() {
        for text in ["500", "500GB", "1.5GiB", "-1GiB", "", "GiB", "99999999999TiB", "01GiB"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_keeps_its_largest_whole_unit() {
        assert_eq!("900s".parse::<Time>().unwrap().to_string(), "15m");
        assert_eq!("30d".parse::<Time>().unwrap().as_seconds(), 2_592_000);
        assert!("15".parse::<Time>().is_err());
    }

    #[test]
    fn money_is_exact_to_the_cent() {
        assert_eq!("$0.50".parse::<Money>().unwrap().cents(), 50);
        assert_eq!("$400".parse::<Money>().unwrap().to_string(), "$400");
        assert!("400".parse::<Money>().is_err());
        assert!("$4.5".parse::<Money>().is_err());
    }

    #[test]
    fn a_share_is_written_in_percent() {
        assert_eq!("99.5%".parse::<Percent>().unwrap().fraction(), 0.995);
        assert!("0.8".parse::<Percent>().is_err());
    }
}
