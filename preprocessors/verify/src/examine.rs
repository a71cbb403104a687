//! Checks each session as it ends, while others run, and writes down what the report says of it.
//!
//! So what running it gave need not be held until the last one has ended: of a session whose lines are written, its outcomes stay only
//! where something is still asked of all of them together, and its verdicts where there is more to say of it than those lines.
//!
//! Invariants: whatever ends first, each line stands where its page has it. What `--twice` finds changes verdicts, so that the lines are
//! written at the end there.

use std::sync::OnceLock;

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::Session;
use exemplar_model::report::{ReportedExample, Status};
use exemplar_model::teaching::{Content, Entry};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::check::{self, Verdict};
use crate::execute::Ran;
use crate::load::settings::PageRules;
use crate::pipeline::Keep;
use crate::report::{All, ExamplePlace, Origin, of_session};

/// Sessions that are checked as they end.
pub(crate) struct Examination<'a> {
    all: All<'a>,
    /// For each page, what holds on it.
    rules: &'a [PageRules],
    /// What is still asked for when all have ended.
    keep: Keep,
    /// Whether verdicts may still change, so that no line is written yet.
    provisional: bool,
    lines: Lines,
    found: Vec<OnceLock<Found>>,
}

/// What is still there of a session that has ended.
#[derive(Debug, Default)]
struct Found {
    outcomes: Vec<Outcome>,
    verdicts: Vec<Verdict>,
    origin: Origin,
}

/// What is still there of all sessions.
pub(crate) struct Examined {
    /// For each session, an outcome for each step, or none where nobody asks for them.
    pub(crate) outcomes: Vec<Vec<Outcome>>,
    /// For each session, a verdict for each example, or none where its lines say all.
    pub(crate) verdicts: Vec<Vec<Verdict>>,
    /// For each session, where its outcomes are from.
    pub(crate) origins: Vec<Origin>,
    /// What the report says.
    pub(crate) lines: Lines,
}

impl<'a> Examination<'a> {
    /// None has ended yet.
    pub(crate) fn new(all: All<'a>, rules: &'a [PageRules], keep: Keep, provisional: bool) -> Self {
        let lines = Lines::new(all.sessions);
        let found = all.sessions.iter().map(|_| OnceLock::new()).collect();
        Self { all, rules, keep, provisional, lines, found }
    }

    /// Takes what a session gave, by its place. Gives how many of its examples fail, but not because of others.
    pub(crate) fn take(&self, index: usize, ran: &mut Ran<'_>) -> usize {
        let origin = Origin { python: Some(ran.interpreter.version.clone()), kept: ran.kept };
        self.examine(index, std::mem::take(ran.outcomes), origin)
    }

    fn examine(&self, index: usize, outcomes: Vec<Outcome>, origin: Origin) -> usize {
        let session = &self.all.sessions[index];
        let verdicts = check::check(&session.examples, &outcomes, &self.rules[session.page]);
        let is_failing = |verdict: &&Verdict| verdict.status == Status::Failed && verdict.cause.is_none();
        let failing = verdicts.iter().filter(is_failing).count();
        let mut found = Found { outcomes, verdicts, origin };
        if !self.provisional {
            self.lines.write(self.all, index, &found.outcomes, &found.verdicts, &found.origin);
            if self.keep == Keep::Report {
                self.give_up(session, &mut found);
            }
        }
        // A session ends once.
        let _ = self.found[index].set(found);
        failing
    }

    /// Gives up what neither the lints of all sessions nor the figures and quizzes of all pages are told by.
    fn give_up(&self, session: &Session, found: &mut Found) {
        let is_quiz = |entry: &Entry| matches!(entry.content, Content::Quiz(_));
        let is_telling = |outcome: &Outcome| outcome.after_end.is_some() || !outcome.displays.is_empty();
        if !self.all.pages[session.page].entries.iter().any(is_quiz) && !found.outcomes.iter().any(is_telling)
        {
            found.outcomes = Vec::new();
        }
        let says_more = |verdict: &Verdict| verdict.status == Status::Failed || !verdict.lints.is_empty();
        if !found.verdicts.iter().any(says_more) {
            found.verdicts = Vec::new();
        }
    }

    /// When all have ended that run. The others are checked now.
    pub(crate) fn finish(self) -> Examined {
        (0..self.all.sessions.len())
            .into_par_iter()
            .filter(|&index| self.found[index].get().is_none())
            .for_each(|index| {
                self.examine(index, Vec::new(), Origin::default());
            });
        let mut examined =
            Examined { outcomes: Vec::new(), verdicts: Vec::new(), origins: Vec::new(), lines: self.lines };
        for found in self.found {
            let Found { outcomes, verdicts, origin } = found.into_inner().unwrap_or_default();
            examined.outcomes.push(outcomes);
            examined.verdicts.push(verdicts);
            examined.origins.push(origin);
        }
        examined
    }
}

/// What a report says of examples: a place for each one from the beginning on, so that all of them never lie in two places at once, which
/// would be the most memory of a whole run.
pub(crate) struct Lines {
    places: Vec<OnceLock<ExamplePlace>>,
    examples: Vec<OnceLock<ReportedExample>>,
    /// For each session, where each of its reported examples stands.
    of_session: Vec<Vec<usize>>,
}

impl Lines {
    fn new(sessions: &[Session]) -> Self {
        let mut of_session: Vec<Vec<usize>> = Vec::with_capacity(sessions.len());
        let mut count = 0;
        // Sessions stand by page.
        for page in sessions.chunk_by(|one, other| one.page == other.page) {
            let first = of_session.len();
            let mut order: Vec<(usize, usize, usize)> = Vec::new();
            for (place, session) in (first..).zip(page) {
                let before = order.len();
                let reported = session.examples.iter().filter(|example| example.reported);
                order.extend(reported.enumerate().map(|(nth, example)| (example.fence, place, nth)));
                of_session.push(vec![0; order.len() - before]);
            }
            // Stable: examples of one fence keep their order.
            order.sort_by_key(|&(fence, ..)| fence);
            for (_, place, nth) in order {
                of_session[place][nth] = count;
                count += 1;
            }
        }
        Self { places: room(count), examples: room(count), of_session }
    }

    /// Writes those of a session, by its place.
    pub(crate) fn write(
        &self,
        all: All<'_>,
        session: usize,
        outcomes: &[Outcome],
        verdicts: &[Verdict],
        origin: &Origin,
    ) {
        self.put(session, of_session(all, &all.sessions[session], outcomes, verdicts, origin));
    }

    fn put(&self, session: usize, lines: Vec<(ExamplePlace, ReportedExample)>) {
        for (&at, (place, example)) in self.of_session[session].iter().zip(lines) {
            let _ = self.places[at].set(place);
            let _ = self.examples[at].set(example);
        }
    }

    /// All of them, in the order of the report.
    pub(crate) fn in_order(self) -> (Vec<ExamplePlace>, Vec<ReportedExample>) {
        let written = "each session has ended, and has written its lines";
        let places = self.places.into_iter().map(|place| place.into_inner().expect(written)).collect();
        let examples =
            self.examples.into_iter().map(|example| example.into_inner().expect(written)).collect();
        (places, examples)
    }
}

/// Room for so many. All processors make it, since the system takes its time to find that much memory.
fn room<T: Send>(count: usize) -> Vec<OnceLock<T>> {
    (0..count).into_par_iter().map(|_| OnceLock::new()).collect()
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::check::tests::{example, session};
    use crate::report::ExamplePlace;
    use exemplar_model::plan::{Example, ExampleKind, Expectation, Session};
    use exemplar_model::report::ReportedExample;
    use exemplar_model::source::{SourceMap, Span};

    /// A session of a page, with an example in each of these fences; those that are in no report are less than zero.
    fn of_fences(page: usize, fences: &[isize]) -> Session {
        let example = |fence: &isize| Example {
            fence: fence.unsigned_abs(),
            reported: *fence >= 0,
            ..example(ExampleKind::Script, "", Expectation::Unstated)
        };
        session(page, fences.iter().map(example).collect())
    }

    #[test]
    fn lines_stand_where_their_page_has_them_whatever_ends_first() {
        // The last session is what else runs for a page: it goes back to a fence above.
        let sessions = [(0, &[0, 0, 2, 5][..]), (0, &[-1, 1, 2]), (1, &[]), (2, &[3, 1, 3])];
        let sessions = sessions.map(|(page, fences)| of_fences(page, fences));
        let wanted = ["0.0", "0.1", "1.1", "0.2", "1.2", "0.3", "3.1", "3.0", "3.2"];
        let file = SourceMap::default().add("page.md", "");
        let line = |page: usize, fence: usize, id: String| {
            let example: ReportedExample = serde_json::from_value(serde_json::json!({
                "id": id, "file": "page.md", "included_from": null, "line": 1, "column": 1, "end_line": 1, "session": "page",
                "kind": "script", "role": null, "status": "ran", "code": null, "source": "", "expected": null, "actual": null,
                "stderr": null, "failed_line": null, "message": null, "hint": null, "cause": null, "duration_ms": 0.0, "cached": false,
            }))
            .unwrap();
            let span = Span::new(file, 0..0);
            (ExamplePlace { page, fence, span, displays: Vec::new(), warnings: Vec::new() }, example)
        };
        for ended in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            let lines = Lines::new(&sessions);
            for index in ended {
                let session = &sessions[index];
                let reported = session.examples.iter().enumerate().filter(|(_, example)| example.reported);
                let told = reported.map(|(nth, it)| line(session.page, it.fence, format!("{index}.{nth}")));
                lines.put(index, told.collect());
            }
            let (places, examples) = lines.in_order();
            let ids: Vec<&str> = examples.iter().map(|example| example.id.as_str()).collect();
            assert_eq!(ids, wanted);
            assert!(places.is_sorted_by_key(|place| (place.page, place.fence)));
        }
    }
}
