//! How long a result counts that may be another one tomorrow.
//!
//! A session that reads the clock, random numbers or the network mostly gives the same all the same: it takes a time and prints a sum. So
//! its result counts for the day on which it came out, and after that for as many days as it has come out the same: once more the next
//! day, then two days, then four. What really changes with the day is found the next day; what changes with the year, after as long as it
//! did not.
//!
//! Days are counted in UTC from 1970, by the system's clock. They decide whether something runs, and stand in no output.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

const SECONDS_IN_A_DAY: u64 = 24 * 60 * 60;

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Day(u64);

impl Day {
    pub(super) fn today() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(since.as_secs() / SECONDS_IN_A_DAY)
    }
}

/// The days between which a result came out the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stable {
    since: Day,
    until: Day,
    /// What the session reads that may change, in words.
    pub(super) why: String,
}

impl Stable {
    /// A result that came out today for the first time.
    pub(super) fn new(today: Day, why: String) -> Self {
        Self { since: today, until: today, why }
    }

    /// Whether it counts on this day. One from the future does not: a clock was wrong.
    pub(super) fn counts_on(&self, today: Day) -> bool {
        let proved = self.until.0.saturating_sub(self.since.0);
        today >= self.until && today.0 - self.until.0 <= proved
    }

    /// The same, when the result has come out the same once more.
    pub(super) fn confirmed(&self, today: Day) -> Self {
        Self { since: self.since.min(today), until: today, why: self.why.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Stable};

    #[test]
    fn a_result_counts_as_long_again_as_it_was_the_same() {
        let mut stable = Stable::new(Day(100), String::new());
        let mut runs = Vec::new();
        for day in 100..=140 {
            if !stable.counts_on(Day(day)) {
                runs.push(day);
                stable = stable.confirmed(Day(day));
            }
        }
        assert_eq!(runs, [101, 103, 107, 115, 131]);
        assert!(!stable.counts_on(Day(99)), "a day before it came out");
    }
}
