//! How much of the pages is executed or compiled, fence by fence.
//!
//! A fence is covered when every example in it passed, ran or was compiled. What was recorded elsewhere is not: nobody here executed it.
//! What failed is not either, and neither is what a failure kept from running. A page without fences has nothing that could be uncovered.
//!
//! The unit is the fence, since that is what readers see and what authors decide about; a long session counts as much as a short one.

use std::collections::BTreeMap;
use std::str::FromStr;

use exemplar_model::report::Status;
use exemplar_model::source::{SourceMap, Span};
use exemplar_verify::pipeline::Verified;
use serde::Serialize;

/// What is known of the fences of some pages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Coverage {
    /// All of them together.
    pub(crate) total: Counts,
    /// Page by page, in the order in which they were given.
    pub(crate) pages: Vec<PageCoverage>,
}

/// A page's fences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PageCoverage {
    /// The page.
    pub(crate) file: String,
    /// How many there are.
    #[serde(flatten)]
    pub(crate) counts: Counts,
    /// Those that are not verified, and are not scripts that simply state no output.
    pub(crate) unverified: Vec<Unverified>,
}

/// How many fences were, or would be, treated how.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Counts {
    /// Fences with examples.
    pub(crate) fences: usize,
    /// What they print is compared, and is as the page says.
    pub(crate) verified: usize,
    /// Run; nothing is stated that could be compared.
    pub(crate) ran: usize,
    /// Compiled only.
    pub(crate) compiled: usize,
    /// Not as the page says.
    pub(crate) failed: usize,
    /// Kept from running by a failure.
    pub(crate) not_run: usize,
    /// Something that they need is not here.
    pub(crate) skipped: usize,
    /// Left out by the author.
    pub(crate) ignored: usize,
    /// Recorded elsewhere.
    pub(crate) recorded: usize,
    /// The part that is verified, ran or compiled, in percent, cut after one digit: 94.99 is not shown as 95.
    pub(crate) percent: f64,
}

/// A fence that is not verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Unverified {
    /// The file that its code stands in.
    pub(crate) file: String,
    /// Where.
    pub(crate) line: usize,
    /// What becomes of it.
    pub(crate) status: Status,
    /// Why, where somebody said so.
    pub(crate) reason: Option<String>,
}

/// What becomes of an example, and of which fence it is.
#[derive(Debug)]
pub(crate) struct Treated {
    /// The page, by its place, and the fence of that page.
    pub(crate) fence: (usize, usize),
    /// Its code.
    pub(crate) span: Span,
    /// What becomes of it.
    pub(crate) status: Status,
    /// Why.
    pub(crate) reason: Option<String>,
}

impl Counts {
    /// Of nothing.
    fn new() -> Self {
        Self { percent: 100.0, ..Self::default() }
    }

    fn add(&mut self, status: Status) {
        self.fences += 1;
        let count = match status {
            Status::Passed => &mut self.verified,
            Status::Ran => &mut self.ran,
            Status::Compiled => &mut self.compiled,
            Status::Failed => &mut self.failed,
            Status::NotRun => &mut self.not_run,
            Status::Skipped => &mut self.skipped,
            Status::Ignored => &mut self.ignored,
            Status::Recorded => &mut self.recorded,
        };
        *count += 1;
        let tenths = self.covered() * 1000 / self.fences;
        self.percent = f64::from(u32::try_from(tenths).unwrap_or_default()) / 10.0;
    }

    /// How many are executed or compiled, and are as the page says.
    pub(crate) fn covered(&self) -> usize {
        self.verified + self.ran + self.compiled
    }
}

impl Coverage {
    /// The coverage of pages by their examples, which may come in any order.
    pub(crate) fn of(sources: &SourceMap, pages: Vec<String>, examples: Vec<Treated>) -> Self {
        let mut fences: BTreeMap<(usize, usize), Vec<Treated>> = BTreeMap::new();
        for example in examples {
            fences.entry(example.fence).or_default().push(example);
        }
        let mut total = Counts::new();
        let mut pages: Vec<PageCoverage> = pages
            .into_iter()
            .map(|file| PageCoverage { file, counts: Counts::new(), unverified: Vec::new() })
            .collect();
        for ((page, _), examples) in fences {
            let status = status(&examples);
            total.add(status);
            pages[page].counts.add(status);
            pages[page].unverified.extend(unverified(sources, &examples, status));
        }
        Self { total, pages }
    }

    /// What a run found out.
    pub(crate) fn of_run(verified: &Verified) -> Self {
        let sources = &verified.files.sources;
        let pages = verified.pages.iter().map(|page| sources.file(page.file).path().to_owned());
        let results = verified.places.iter().zip(&verified.report.examples);
        let examples = results.map(|(place, result)| Treated {
            fence: (place.page, place.fence),
            span: place.span,
            status: result.status,
            reason: result.message.as_deref().map(str::to_owned),
        });
        Self::of(sources, pages.collect(), examples.collect())
    }

    /// Why it is too little, in a sentence; none when it is enough.
    pub(crate) fn short_of(&self, least: Option<Percent>) -> Option<String> {
        let Percent(least) = least?;
        let Counts { fences, percent, .. } = self.total;
        let covered = self.total.covered();
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        (number(covered) * 100.0 < number(fences) * least).then(|| {
            format!("coverage is {percent:.1} %, {covered} of {fences} fences, and less than the {least} % of `--fail-under`")
        })
    }
}

/// What is said of a fence: the worst of its examples where one is not covered, else the best.
fn status(examples: &[Treated]) -> Status {
    const WORST_FIRST: [Status; 5] =
        [Status::Failed, Status::NotRun, Status::Skipped, Status::Ignored, Status::Recorded];
    let has = |status: &Status| examples.iter().any(|example| example.status == *status);
    let covered = [Status::Passed, Status::Ran];
    WORST_FIRST.into_iter().chain(covered).find(has).unwrap_or(Status::Compiled)
}

fn unverified(sources: &SourceMap, examples: &[Treated], status: Status) -> Option<Unverified> {
    let first = examples.iter().find(|example| example.status == status)?;
    if status == Status::Passed || (status == Status::Ran && first.reason.is_none()) {
        return None;
    }
    let those = examples.iter().filter(|example| example.status == status).count();
    let all = examples.len();
    let part = (those < all).then(|| format!("{those} of {all} examples"));
    let reason = match (part, first.reason.clone()) {
        (Some(part), Some(reason)) => Some(format!("{part}: {reason}")),
        (part, reason) => part.or(reason),
    };
    let file = sources.file(first.span.file).path().to_owned();
    Some(Unverified { file, line: sources.start(first.span).line, status, reason })
}

/// A share from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Percent(f64);

impl FromStr for Percent {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.trim_end_matches('%').trim_end().parse().ok();
        let number = number.filter(|number| (0.0..=100.0).contains(number));
        number.map(Self).ok_or("write it as 95, a number from 0 to 100")
    }
}

#[cfg(test)]
mod tests {
    use super::{Coverage, Treated};
    use exemplar_model::report::Status;
    use exemplar_model::source::{SourceMap, Span};

    fn coverage(fences: &[&[Status]]) -> Coverage {
        let mut sources = SourceMap::default();
        let file = sources.add("a.md", "x");
        let examples = fences.iter().enumerate().flat_map(|(fence, statuses)| {
            statuses.iter().map(move |&status| Treated {
                fence: (0, fence),
                span: Span::new(file, 0..1),
                status,
                reason: None,
            })
        });
        let examples = examples.collect();
        Coverage::of(&sources, vec!["a.md".to_owned(), "b.md".to_owned()], examples)
    }

    #[test]
    fn a_fence_counts_by_its_worst_example() {
        use Status::{Compiled, Failed, Ignored, NotRun, Passed, Ran, Recorded, Skipped};
        for (fence, covered, verified) in [
            (&[Ran, Passed][..], 1, 1),
            (&[Ran], 1, 0),
            (&[Compiled], 1, 0),
            (&[Passed, Skipped], 0, 0),
            (&[Passed, Failed, NotRun], 0, 0),
            (&[Ignored], 0, 0),
            (&[Recorded, Passed], 0, 0),
        ] {
            let total = coverage(&[fence]).total;
            assert_eq!((total.covered(), total.verified, total.fences), (covered, verified, 1), "{fence:?}");
        }
    }

    #[test]
    fn what_is_too_little_is_told_exactly() {
        let two_of_three = coverage(&[&[Status::Passed], &[Status::Ran], &[Status::Ignored]]);
        assert_eq!(two_of_three.total.percent, 66.6);
        for (least, short) in [("66.6", false), ("66.7", true), ("100 %", true), ("0", false)] {
            assert_eq!(two_of_three.short_of(Some(least.parse().unwrap())).is_some(), short, "{least}");
        }
        assert_eq!(two_of_three.short_of(None), None);
        // Nothing is uncovered where there is nothing.
        assert_eq!(coverage(&[]).short_of(Some("100".parse().unwrap())), None);
        assert_eq!(coverage(&[]).pages[1].counts.percent, 100.0);
        for wrong in ["", "x", "-1", "100.1", "NaN"] {
            assert!(wrong.parse::<super::Percent>().is_err(), "{wrong}");
        }
    }
}
