//! What a plain scalar means in YAML 1.1, the version that CloudFormation reads: `on` is true, `0123` is octal, `1e3` is text.
//!
//! Source: the YAML 1.1 type repository (bool, int, float, null). Dates stay text, as they do in CloudFormation; so does a number that
//! JSON can't hold exactly.

use serde_json::{Number, Value};

/// The value of a plain scalar.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    integer(text).or_else(|| float(text))
}

fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with('_') {
        return None;
    }
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let size = if let Some(hexadecimal) = plain.strip_prefix("0x") {
        u64::from_str_radix(unsigned(hexadecimal)?, 16).ok()?
    } else if let Some(binary) = plain.strip_prefix("0b") {
        u64::from_str_radix(unsigned(binary)?, 2).ok()?
    } else if plain.len() > 1 && plain.starts_with('0') {
        u64::from_str_radix(unsigned(&plain)?, 8).ok()?
    } else if plain.contains(':') {
        sexagesimal(&plain)?
    } else {
        unsigned(&plain)?.parse().ok()?
    };
    if negative {
        let size = i64::try_from(size).ok()?;
        return Some(Number::from(-size));
    }
    Some(Number::from(size))
}

/// The digits, unless a sign stands before them: the parsers of the standard library would take it.
fn unsigned(digits: &str) -> Option<&str> {
    digits.starts_with(|c: char| c.is_ascii_alphanumeric()).then_some(digits)
}

fn sexagesimal(text: &str) -> Option<u64> {
    text.split(':').enumerate().try_fold(0_u64, |sum, (index, part)| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        let value: u64 = part.parse().ok().filter(|_| digits)?;
        if index > 0 && (part.len() > 2 || value > 59) {
            return None;
        }
        sum.checked_mul(60)?.checked_add(value)
    })
}

/// Decimal fractions only. Those with an exponent need a point and a sign, as YAML 1.1 says.
fn float(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, rest) = digits.split_once('.')?;
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let exponent_is_good = exponent.is_none_or(|exponent| {
        exponent.strip_prefix(['+', '-']).is_some_and(|digits| !digits.is_empty() && is_digits(digits))
    });
    if !is_digits(whole) || !is_digits(fraction) || whole.starts_with('_') || !exponent_is_good {
        return None;
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    Number::from_f64(plain.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_mean_what_yaml_1_1_says() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("on", json!(true)),
            ("No", json!(false)),
            ("nO", json!("nO")),
            ("y", json!("y")),
            ("0123", json!(83)),
            ("012345678901", json!("012345678901")),
            ("123456789012", json!(123_456_789_012_u64)),
            ("1_000", json!(1000)),
            ("-5", json!(-5)),
            ("+5", json!(5)),
            ("+-5", json!("+-5")),
            ("0x1F", json!(31)),
            ("0b11", json!(3)),
            ("1:30", json!(90)),
            ("80:80", json!("80:80")),
            ("10.0.0.0", json!("10.0.0.0")),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("5.", json!(5.0)),
            (".", json!(".")),
            ("1e3", json!("1e3")),
            ("1.0e+3", json!(1000.0)),
            ("1.0e3", json!("1.0e3")),
            (".inf", json!(".inf")),
            ("2012-10-17", json!("2012-10-17")),
            ("99999999999999999999", json!("99999999999999999999")),
            ("-", json!("-")),
            ("2010-09-09", json!("2010-09-09")),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
    }
}
