//! Calendars as cron writes them: minute, hour, day of the month, month, day of the week.

use std::collections::BTreeSet;

/// A calendar. Each field holds the values at which it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    /// 0 to 59.
    pub minute: Field,
    /// 0 to 23.
    pub hour: Field,
    /// 1 to 31.
    pub day: Field,
    /// 1 to 12.
    pub month: Field,
    /// 0 to 6 from Sunday.
    pub weekday: Field,
}

/// One field of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Whether it is `*`: every value, and nothing asked for.
    pub any: bool,
    /// The values at which it runs.
    pub values: BTreeSet<u8>,
}

/// A calendar that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// It hasn't five fields.
    #[error("it has {0} fields, and a calendar has five: minute, hour, day of the month, month, day of the week")]
    Fields(usize),
    /// A part of a field is no value, range or step.
    #[error("`{part}` isn't a value, a range or a step of the {field}, which goes from {least} to {most}")]
    Part {
        /// Which field.
        field: &'static str,
        /// What is written.
        part: String,
        /// The field's smallest value.
        least: u8,
        /// The field's largest value.
        most: u8,
    },
    /// There is no such day in any of the months.
    #[error("none of its months has such a day")]
    Never,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// The most days that each month can have.
const LENGTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Cron {
    /// Reads a calendar.
    ///
    /// # Errors
    /// Where it isn't one, or would never run.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(CronError::Fields(fields.len()));
        };
        let mut cron = Self {
            minute: field(minute, "minute", 0, 59, &[])?,
            hour: field(hour, "hour", 0, 23, &[])?,
            day: field(day, "day of the month", 1, 31, &[])?,
            month: field(month, "month", 1, 12, &MONTHS)?,
            weekday: field(weekday, "day of the week", 0, 7, &DAYS)?,
        };
        // Both 0 and 7 are Sunday (crontab(5)).
        if cron.weekday.values.remove(&7) {
            cron.weekday.values.insert(0);
        }
        let possible = cron.month.values.iter().any(|month| {
            let length = LENGTHS.get(usize::from(*month) - 1).copied().unwrap_or(31);
            cron.day.values.iter().any(|day| *day <= length)
        });
        // With both days given, cron runs on either (crontab(5)), and every week has its days.
        if possible || !cron.weekday.any { Ok(cron) } else { Err(CronError::Never) }
    }

    /// The shortest time between two runs, in minutes, as if it ran every day.
    pub fn shortest_gap_minutes(&self) -> u64 {
        const DAY: u64 = 1440;
        let times: Vec<u64> = self
            .hour
            .values
            .iter()
            .flat_map(|hour| self.minute.values.iter().map(move |minute| u64::from(*hour) * 60 + u64::from(*minute)))
            .collect();
        let within = times.windows(2).map(|pair| match pair {
            [first, second] => second - first,
            _ => DAY,
        });
        let overnight = times.first().zip(times.last()).map(|(first, last)| DAY + first - last);
        within.chain(overnight).min().unwrap_or(DAY)
    }
}

fn field(text: &str, name: &'static str, least: u8, most: u8, words: &[&str]) -> Result<Field, CronError> {
    let mut values = BTreeSet::new();
    for part in text.split(',') {
        let read = || {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, number(step).filter(|step| *step > 0 && *step <= most)?),
                None => (part, 1),
            };
            let value = |text: &str| {
                let word = words.iter().position(|word| text.eq_ignore_ascii_case(word));
                let value = match word.and_then(|at| u8::try_from(at).ok()) {
                    Some(at) => at + least,
                    None => number(text)?,
                };
                (least..=most).contains(&value).then_some(value)
            };
            let (from, to) = match range.split_once('-') {
                Some((from, to)) => (value(from)?, value(to)?),
                None if range == "*" => (least, most),
                // `5/15` is from 5 to the end in steps of 15.
                None if part.contains('/') => (value(range)?, most),
                None => (value(range)?, value(range)?),
            };
            (from <= to).then(|| (from..=to).step_by(usize::from(step)))
        };
        match read() {
            Some(range) => values.extend(range),
            None => {
                return Err(CronError::Part { field: name, part: part.to_owned(), least, most });
            }
        }
    }
    Ok(Field { any: text == "*", values })
}

/// One or two digits.
fn number(text: &str) -> Option<u8> {
    let plain = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(field: &Field) -> Vec<u8> {
        field.values.iter().copied().collect()
    }

    #[test]
    fn lists_ranges_steps_and_names_are_read() {
        let cron = Cron::parse("*/15 8-18/5 1,15 jan-mar MON-fri").unwrap();
        assert_eq!(values(&cron.minute), [0, 15, 30, 45]);
        assert_eq!(values(&cron.hour), [8, 13, 18]);
        assert_eq!(values(&cron.day), [1, 15]);
        assert_eq!(values(&cron.month), [1, 2, 3]);
        assert_eq!(values(&cron.weekday), [1, 2, 3, 4, 5]);
        assert_eq!(values(&Cron::parse("5/20 0 * * 7").unwrap().minute), [5, 25, 45]);
        assert_eq!(values(&Cron::parse("5 0 * * 7").unwrap().weekday), [0]);
    }

    #[test]
    fn what_is_out_of_range_backwards_or_never_comes_is_refused() {
        for text in [
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "30-10 * * * *",
            "*/0 * * * *",
            "1, * * * *",
        ] {
            assert!(matches!(Cron::parse(text), Err(CronError::Part { .. })), "{text}");
        }
        assert_eq!(Cron::parse("0 2 * *"), Err(CronError::Fields(4)));
        assert_eq!(Cron::parse("0 2 30 2 *"), Err(CronError::Never));
        assert!(Cron::parse("0 2 29 2 *").is_ok());
        assert!(Cron::parse("0 2 30 2 mon").is_ok());
    }

    #[test]
    fn the_shortest_gap_counts_the_night_too() {
        assert_eq!(Cron::parse("*/15 * * * *").unwrap().shortest_gap_minutes(), 15);
        assert_eq!(Cron::parse("0 2 * * *").unwrap().shortest_gap_minutes(), 1440);
        assert_eq!(Cron::parse("0 23,1 * * *").unwrap().shortest_gap_minutes(), 120);
    }
}
