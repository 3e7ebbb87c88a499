//! The price of one unit, exact to the tenth decimal: processors are sold by the second.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::quantity::Quantity;
use crate::plan::money::Cents;

/// Decimals that are kept.
const PLACES: usize = 10;

/// So many parts make a dollar.
const DOLLAR: u64 = 10_u64.pow(PLACES as u32);

/// US dollars for one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitPrice(u64);

/// A text that is no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no price: write dollars with a point and {PLACES} decimals at most, such as 0.0225")]
pub struct NoPrice(String);

impl UnitPrice {
    /// What so many units cost, in parts of a cent that are rounded only once all are added up.
    pub(super) fn parts(self, quantity: Quantity) -> u128 {
        u128::from(self.0) * u128::from(quantity.as_thousandths())
    }
}

/// Parts as cents, half a cent rounded up.
pub(super) fn rounded(parts: u128) -> Cents {
    let cent = u128::from(DOLLAR) * 1000 / 100;
    Cents::new(i64::try_from((parts + cent / 2) / cent).unwrap_or(i64::MAX))
}

impl FromStr for UnitPrice {
    type Err = NoPrice;

    fn from_str(text: &str) -> Result<UnitPrice, NoPrice> {
        let wrong = || NoPrice(text.to_owned());
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > PLACES {
            return Err(wrong());
        }
        let part: u64 = format!("{part:0<PLACES$}").parse().map_err(|_| wrong())?;
        let dollars: u64 = whole.parse().map_err(|_| wrong())?;
        dollars.checked_mul(DOLLAR).and_then(|whole| whole.checked_add(part)).map(UnitPrice).ok_or_else(wrong)
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:0PLACES$}", self.0 % DOLLAR);
        let part = part.trim_end_matches('0');
        f.pad(&format!("{}.{part:0<2}", self.0 / DOLLAR))
    }
}

impl Serialize for UnitPrice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for UnitPrice {
    fn schema_name() -> Cow<'static, str> {
        "UnitPrice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "US dollars for one unit, such as 0.0225",
            "pattern": r"^[0-9]+\.[0-9]{2,10}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_shown_as_it_is_written() -> Result<(), NoPrice> {
        for text in ["0.0225", "0.0000166667", "35.00", "0.10", "1.667"] {
            assert_eq!(text.parse::<UnitPrice>()?.to_string(), text);
        }
        assert_eq!("330".parse::<UnitPrice>()?.to_string(), "330.00");
        Ok(())
    }

    #[test]
    fn what_is_no_price_is_refused_with_what_to_write() {
        for wrong in ["", "1.", "-1", "$1", "1e-6", "0.00000000001", "1,000"] {
            let error = wrong.parse::<UnitPrice>().unwrap_err();
            assert!(error.to_string().contains("such as 0.0225"), "{wrong}");
        }
    }

    #[test]
    fn a_line_is_rounded_once_to_the_cent() -> Result<(), NoPrice> {
        let price: UnitPrice = "0.045".parse()?;
        assert_eq!(rounded(price.parts(Quantity::whole(730))), Cents::new(3285));
        let price: UnitPrice = "0.0000166667".parse()?;
        assert_eq!(rounded(price.parts(Quantity::whole(400_000))), Cents::new(667));
        assert_eq!(rounded(price.parts(Quantity::whole(300))), Cents::new(1));
        assert_eq!(rounded(price.parts(Quantity::whole(200))), Cents::new(0));
        Ok(())
    }
}
