//! What was probably meant by a text that isn't of the form that belongs there.

use crate::model::network::Cidr;
use crate::model::reference::Kind;
use crate::model::text::{FORMS, Form};

/// The nearest text of that form (by its name in the JSON Schema), where what was written leaves no doubt.
pub fn suggestion(form: &str, written: &str) -> Option<String> {
    if written.len() > 100 {
        return None;
    }
    let form = FORMS.iter().find(|known| known.name == form)?;
    let text = written.trim();
    let meant = match form.name {
        "Size" => size(text),
        "Time" => time(text),
        "Percent" => Some(format!("{}%", text.trim_end_matches(['%', ' ']))),
        "Money" => Some(format!("${}", text.trim_matches(['$', ' ']).replace(',', ""))),
        "Cidr" => text.parse::<ipnet::Ipv4Net>().ok().map(|net| net.trunc().to_string()),
        "Name" => Some(name(text)),
        "VariableName" => Some(text.to_ascii_uppercase().replace(['-', ' ', '.'], "_")),
        "Reference" | "Attribute" => reference(text),
        "DailyWindow" => window(text),
        "WeeklyWindow" => {
            let (day, time) = text.split_once(' ')?;
            Some(format!("{} {}", day.get(..3)?.to_ascii_lowercase(), window(time).unwrap_or_else(|| time.to_owned())))
        }
        _ => None,
    };
    meant.filter(|meant| meant != written && reads(form, meant))
}

/// Why a range isn't one, where it is only its mask.
pub fn has_host_bits(form: &str, written: &str) -> bool {
    form == "Cidr" && written.parse::<Cidr>().is_err() && written.parse::<ipnet::Ipv4Net>().is_ok()
}

fn reads(form: &Form, text: &str) -> bool {
    (form.reads)(text)
}

/// A number and the word after it, in lower case.
fn quantity(text: &str) -> Option<(&str, String)> {
    let end = text.find(|one: char| !one.is_ascii_digit() && one != '.')?;
    let (number, unit) = text.split_at(end);
    Some((number, unit.trim().to_ascii_lowercase()))
}

fn size(text: &str) -> Option<String> {
    let (number, unit) = quantity(text)?;
    let unit = match unit.as_str() {
        "k" | "kb" | "ki" | "kib" => "KiB",
        "m" | "mb" | "mi" | "mib" => "MiB",
        "g" | "gb" | "gi" | "gib" => "GiB",
        "t" | "tb" | "ti" | "tib" => "TiB",
        "b" | "byte" | "bytes" => "B",
        _ => return None,
    };
    Some(format!("{number}{unit}"))
}

fn time(text: &str) -> Option<String> {
    let (number, unit) = quantity(text)?;
    let unit = match unit.as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "week" | "weeks" => return number.parse::<u32>().ok().map(|weeks| format!("{}d", u64::from(weeks) * 7)),
        _ => return None,
    };
    Some(format!("{number}{unit}"))
}

fn name(text: &str) -> String {
    let hyphens = text.to_ascii_lowercase().replace(['_', ' ', '.'], "-");
    let parts: Vec<&str> = hyphens.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// With the kind in the singular: `queue.orders` for `queues.orders`.
fn reference(text: &str) -> Option<String> {
    let (kind, rest) = text.split_once('.')?;
    let kind = Kind::ALL.into_iter().find(|one| one.section() == kind || one.word() == kind.to_ascii_lowercase())?;
    Some(format!("{}.{rest}", kind.word()))
}

/// With two digits everywhere: `03:00-04:00` for `3:00-4:00`.
fn window(text: &str) -> Option<String> {
    let two_digits = |time: &str| {
        let (hour, minute) = time.trim().split_once(':')?;
        Some(format!("{hour:0>2}:{minute:0>2}"))
    };
    let (from, to) = text.split_once('-')?;
    Some(format!("{}-{}", two_digits(from)?, two_digits(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_no_doubt_is_suggested() {
        for (form, written, meant) in [
            ("Size", "500GB", "500GiB"),
            ("Size", "3 gb", "3GiB"),
            ("Time", "4 days", "4d"),
            ("Time", "90 Minutes", "90m"),
            ("Time", "2w", "14d"),
            ("Percent", "80", "80%"),
            ("Money", "1,000", "$1000"),
            ("Cidr", "10.0.0.1/16", "10.0.0.0/16"),
            ("Name", "Order_Mail", "order-mail"),
            ("VariableName", "log-level", "LOG_LEVEL"),
            ("Reference", "queues.orders", "queue.orders"),
            ("DailyWindow", "3:00-4:00", "03:00-04:00"),
            ("WeeklyWindow", "Sunday 4:00-5:00", "sun 04:00-05:00"),
        ] {
            assert_eq!(suggestion(form, written).as_deref(), Some(meant), "{form} {written}");
        }
    }

    #[test]
    fn what_could_be_several_things_is_not_guessed() {
        for (form, written) in [
            ("Size", "500"),
            ("Size", "1.5GB"),
            ("Time", "30"),
            ("Time", "4 fortnights"),
            ("Cidr", "10.0.0.0/33"),
            ("Name", "ordеrs"),
            ("Name", "../../etc/passwd"),
            ("Reference", "kew.orders"),
            ("Name", ""),
        ] {
            assert_eq!(suggestion(form, written), None, "{form} {written}");
        }
    }
}
