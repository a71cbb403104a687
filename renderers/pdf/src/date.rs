//! When the book was made: given from outside, never read from a clock.

use typst::foundations::Datetime;
use typst_pdf::Timestamp;

/// A moment in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    year: i32,
    month: u8,
    day: u8,
    second_of_day: u32,
}

/// When zip files begin: what a file says that knows no date.
const EPOCH_OF_ZIP: i64 = 315_532_800;

impl Moment {
    /// The moment so many seconds after 1970 began.
    pub(crate) fn new(seconds: Option<i64>) -> Self {
        const DAY: i64 = 86_400;
        // Up to the year 9999.
        let seconds = seconds.unwrap_or(EPOCH_OF_ZIP).clamp(0, 253_402_300_799);
        // Days from 1 March of the year 0, in eras of 400 years (Howard Hinnant's `civil_from_days`).
        let days = seconds / DAY + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or(1980),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
            second_of_day: u32::try_from(seconds % DAY).unwrap_or(0),
        }
    }

    /// The moment as the PDF's metadata have it.
    pub(crate) fn timestamp(self) -> Option<Timestamp> {
        let part = |number: u32| u8::try_from(number % 60).unwrap_or(0);
        let hour = u8::try_from(self.second_of_day / 3_600).unwrap_or(0);
        let (minute, second) = (part(self.second_of_day / 60), part(self.second_of_day));
        Datetime::from_ymd_hms(self.year, self.month, self.day, hour, minute, second).map(Timestamp::new_utc)
    }

    /// The day, for people.
    pub(crate) fn day(self) -> String {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let month = MONTHS.get(usize::from(self.month.saturating_sub(1))).copied().unwrap_or_default();
        format!("{} {month} {}", self.day, self.year)
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (Some(0), "1 January 1970"),
            (Some(951_782_400), "29 February 2000"),
            (Some(1_735_689_599), "31 December 2024"),
            (Some(-5), "1 January 1970"),
            (Some(i64::MAX), "31 December 9999"),
            (None, "1 January 1980"),
        ] {
            let moment = Moment::new(seconds);
            assert_eq!(moment.day(), day);
            assert!(moment.timestamp().is_some());
        }
    }
}
