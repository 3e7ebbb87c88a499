//! Recurring windows of time in which a cloud may work on a component. All times are UTC.

use std::fmt;
use std::str::FromStr;

use super::text::{TextError, written_as_text};

/// A time of day in minutes after midnight, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// Minutes after midnight, 0 to 1439.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, "a time of day in UTC, such as 03:00");
        let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
        if hour.len() != 2 || minute.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
            return Err(wrong());
        }
        let (hour, minute): (u16, u16) = (hour.parse().map_err(|_| wrong())?, minute.parse().map_err(|_| wrong())?);
        if hour < 24 && minute < 60 { Ok(Self(hour * 60 + minute)) } else { Err(wrong()) }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A window of every day, written `03:00-04:00` (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DailyWindow {
    /// When it opens.
    pub from: TimeOfDay,
    /// When it closes; before `from` where it crosses midnight.
    pub to: TimeOfDay,
}

impl DailyWindow {
    /// How long it is open, in minutes.
    pub const fn minutes(self) -> u16 {
        (self.to.0 + 1440 - self.from.0) % 1440
    }
}

impl FromStr for DailyWindow {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, "a daily window in UTC, such as 03:00-04:00");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let window = Self { from: from.parse().map_err(|_| wrong())?, to: to.parse().map_err(|_| wrong())? };
        if window.minutes() == 0 { Err(wrong()) } else { Ok(window) }
    }
}

impl fmt::Display for DailyWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

written_as_text!(
    DailyWindow,
    name: "DailyWindow",
    pattern: r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
    expects: "a daily window in UTC, such as 03:00-04:00"
);

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Day {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Day {
    /// Every day, Monday first.
    pub const ALL: [Day; 7] =
        [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday, Day::Saturday, Day::Sunday];

    /// The three letters by which it is written.
    pub const fn letters(self) -> &'static str {
        match self {
            Day::Monday => "mon",
            Day::Tuesday => "tue",
            Day::Wednesday => "wed",
            Day::Thursday => "thu",
            Day::Friday => "fri",
            Day::Saturday => "sat",
            Day::Sunday => "sun",
        }
    }
}

/// A window of every week, written `sun 04:00-05:00` (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeeklyWindow {
    /// The day on which it opens.
    pub day: Day,
    /// The time on that day.
    pub time: DailyWindow,
}

impl WeeklyWindow {
    /// The day on which it closes: the next one where it crosses midnight.
    pub fn closes_on(self) -> Day {
        let days = if self.time.to > self.time.from { 0 } else { 1 };
        Day::ALL.into_iter().cycle().skip_while(|day| *day != self.day).nth(days).unwrap_or(self.day)
    }
}

impl FromStr for WeeklyWindow {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::new(text, "a weekly window in UTC, such as sun 04:00-05:00");
        let (letters, time) = text.split_once(' ').ok_or_else(wrong)?;
        let day = Day::ALL.into_iter().find(|day| day.letters() == letters).ok_or_else(wrong)?;
        Ok(Self { day, time: time.parse().map_err(|_| wrong())? })
    }
}

impl fmt::Display for WeeklyWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.day.letters(), self.time)
    }
}

written_as_text!(
    WeeklyWindow,
    name: "WeeklyWindow",
    pattern: r"^(mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
    expects: "a weekly window in UTC, such as sun 04:00-05:00"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_cross_midnight_and_is_never_empty() {
        let window: DailyWindow = "23:30-00:30".parse().unwrap();
        assert_eq!(window.minutes(), 60);
        assert!("03:00-03:00".parse::<DailyWindow>().is_err());
        assert!("24:00-25:00".parse::<DailyWindow>().is_err());
    }

    #[test]
    fn a_weekly_window_names_its_day() {
        let window: WeeklyWindow = "sun 04:00-05:00".parse().unwrap();
        assert_eq!(window.to_string(), "sun 04:00-05:00");
        assert!("sunday 04:00-05:00".parse::<WeeklyWindow>().is_err());
    }

    #[test]
    fn a_weekly_window_may_close_on_the_next_day() {
        let closes = |text: &str| text.parse::<WeeklyWindow>().unwrap().closes_on();
        assert_eq!(closes("sun 04:00-05:00"), Day::Sunday);
        assert_eq!(closes("sun 23:30-00:30"), Day::Monday);
    }
}
