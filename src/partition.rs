//! Splitting the pages of a run into parts that take about as long, for several machines.
//!
//! Every part is worked out by itself, on a machine that knows nothing of the others. So the split depends on nothing but the pages, what
//! they weigh and how many parts there are: heaviest page first, each to the part that has least so far. A page weighs what it took in an
//! earlier run, where the report of one is given, and else by its size.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;

use exemplar_model::report::{Report, SCHEMA};
use exemplar_verify::load::files::Files;

use crate::failure::Failure;
use crate::report::event::page_of;

/// One of several parts of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Partition {
    /// Which one, from 0.
    pub(crate) index: usize,
    /// Of how many.
    pub(crate) count: usize,
}

impl Partition {
    /// For each page, whether it is in this part.
    pub(crate) fn of(self, weights: &[u64]) -> Vec<bool> {
        let mut heaviest_first: Vec<usize> = (0..weights.len()).collect();
        heaviest_first.sort_by_key(|&page| (std::cmp::Reverse(weights[page]), page));
        let mut loads = vec![0_u64; self.count];
        let mut within = vec![false; weights.len()];
        for page in heaviest_first {
            let lightest = (0..self.count).min_by_key(|&part| loads[part]).unwrap_or_default();
            // A page costs something even when it is empty, so that a hundred of those are shared out too.
            loads[lightest] = loads[lightest].saturating_add(weights[page]).saturating_add(1);
            within[page] = lightest == self.index;
        }
        within
    }

    /// Whether it is the one that is told what concerns all pages.
    pub(crate) fn is_first(self) -> bool {
        self.index == 0
    }
}

impl FromStr for Partition {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = |text: &str| text.parse::<usize>().ok().filter(|&number| number > 0);
        let (index, count) = text.split_once('/').ok_or("write it as 1/4, for the first of four parts")?;
        let (Some(index), Some(count)) = (read(index), read(count)) else {
            return Err("write it as 1/4, with two whole numbers from 1 on");
        };
        if index > count {
            return Err("there are not that many parts: the last of four is 4/4");
        }
        if count > MOST_PARTS {
            return Err("there are too many parts: 10000 is the most");
        }
        Ok(Self { index: index - 1, count })
    }
}

/// The most parts. Nobody has as many machines.
const MOST_PARTS: usize = 10_000;

/// What each page weighs: its bytes, or the microseconds that it took in the run that `timings` is the report of. A page that is not in
/// that report weighs what the others would weigh at its size.
///
/// # Errors
/// When there is no such report.
pub(crate) fn weights<P: AsRef<Path>>(
    pages: &[P],
    files: &Files,
    timings: Option<&Path>,
) -> Result<Vec<u64>, Failure> {
    let sizes: Vec<u64> = pages
        .iter()
        // A page that can't be read is told of when it is read.
        .map(|page| fs_err::metadata(page.as_ref()).map_or(0, |file| file.len()))
        .collect();
    let Some(path) = timings else { return Ok(sizes) };
    let taken = durations(path)?;
    let known: Vec<Option<u64>> =
        pages.iter().map(|page| taken.get(&files.shown_path(page.as_ref())).copied()).collect();
    Ok(estimated(&sizes, &known))
}

/// The microseconds of each page of a report. A report of another schema has none that we could read.
fn durations(path: &Path) -> Result<HashMap<String, u64>, Failure> {
    let wrong = |cause: String| Failure::BadReport { path: path.to_owned(), cause };
    let text = fs_err::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if value.get("schema").and_then(serde_json::Value::as_u64) != Some(u64::from(SCHEMA)) {
        tracing::warn!("{} is no report of schema {SCHEMA}: the parts are made by size", path.display());
        return Ok(HashMap::new());
    }
    let report: Report = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
    let mut taken: HashMap<String, u64> = HashMap::new();
    for example in &report.examples {
        // Durations are floats that JSON writes alike everywhere, and are cut to whole microseconds at once.
        let microseconds = std::time::Duration::try_from_secs_f64(example.duration_ms / 1e3)
            .map_or(0, |duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
        let sum = taken.entry(page_of(example).to_owned()).or_default();
        *sum = sum.saturating_add(microseconds);
    }
    Ok(taken)
}

fn estimated(sizes: &[u64], known: &[Option<u64>]) -> Vec<u64> {
    let pairs = || sizes.iter().zip(known).filter_map(|(&size, known)| Some((size, (*known)?)));
    let (bytes, taken) = pairs()
        .fold((0_u128, 0_u128), |sum, (size, taken)| (sum.0 + u128::from(size), sum.1 + u128::from(taken)));
    let by_size = |size: u64| match bytes {
        0 => size,
        bytes => u64::try_from(u128::from(size) * taken / bytes).unwrap_or(u64::MAX),
    };
    sizes.iter().zip(known).map(|(&size, known)| known.unwrap_or_else(|| by_size(size))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::{Partition, estimated};

    #[test]
    fn a_part_is_written_as_a_fraction() {
        assert_eq!("2/4".parse(), Ok(Partition { index: 1, count: 4 }));
        for wrong in ["", "1", "0/4", "5/4", "1/0", "1/4/2", "-1/4", "a/b", "1/99999999999"] {
            assert!(wrong.parse::<Partition>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_that_took_no_time_yet_weighs_by_its_size() {
        assert_eq!(estimated(&[10, 20, 30], &[Some(100), None, Some(300)]), [100, 200, 300]);
        assert_eq!(estimated(&[10, 20], &[None, None]), [10, 20]);
        assert_eq!(estimated(&[0, 20], &[Some(5), None]), [5, 20]);
    }

    proptest! {
        #[test]
        fn the_parts_are_all_of_it_each_once_and_none_is_much_heavier(
            weights in prop::collection::vec(any::<u32>().prop_map(u64::from), 0..60),
            count in 1_usize..9,
        ) {
            let parts: Vec<Vec<bool>> =
                (0..count).map(|index| Partition { index, count }.of(&weights)).collect();
            for page in 0..weights.len() {
                prop_assert_eq!(parts.iter().filter(|part| part[page]).count(), 1);
            }
            // Graham's bound for any order; with the heaviest first it is well kept.
            let cost = |part: &Vec<bool>| -> u64 {
                weights.iter().zip(part).filter(|(_, within)| **within).map(|(weight, _)| weight + 1).sum()
            };
            let heaviest = weights.iter().map(|weight| weight + 1).max().unwrap_or_default();
            let even = weights.iter().map(|weight| weight + 1).sum::<u64>() / count as u64 + 1;
            for part in &parts {
                prop_assert!(cost(part) <= even + heaviest);
            }
        }
    }
}
