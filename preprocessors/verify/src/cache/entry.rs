//! The form of a record on the disk: what the runs of one session have given, each with what it had read.
//!
//! `magic · BLAKE3 of the rest (32 bytes) · MessagePack`. A change of the form, or of what is kept, gives another [`VERSION`], and with it
//! another folder: a record of another version is never even opened.

use ecow::EcoString;
use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Session, Step};
use exemplar_model::protocol::Interpreter;
use exemplar_model::report::Isolation;
use serde::{Deserialize, Serialize};

use super::dependency::Dependency;
use super::digest::Digest;
use super::trust::Stable;

/// The version of everything in the folder.
pub(super) const VERSION: &str = "v2";

const MAGIC: &[u8; 8] = b"exemplr2";
const HASH_BYTES: usize = 32;

/// How many runs are kept of one session, the newest first: of two checkouts that differ in a data file, both find theirs.
pub(super) const MOST_VARIANTS: usize = 4;

/// All that is kept under a key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Record {
    /// Runs, the newest first.
    pub(super) variants: Vec<Variant>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Variant {
    /// What it read, and how that was.
    pub(super) dependencies: Vec<(Dependency, Digest)>,
    /// The project's folder, where the outcomes name it.
    pub(super) root: Option<String>,
    /// Since when it comes out so, where it may be another tomorrow.
    pub(super) stable: Option<Stable>,
    /// What ran it. The path of the program is relative to the project where it lies in it.
    pub(super) interpreter: Interpreter,
    /// What was enforced.
    pub(super) isolation: Isolation,
    /// Whether it did not run from its beginning, but from a checkpoint.
    pub(super) resumed: bool,
    /// What each step gave.
    pub(super) steps: Vec<Kept>,
}

/// What a step gave. The place where it failed is one in the code: where that stands on a page may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    outcome: Outcome,
    /// A step, and a line of its code, from 1.
    failed_at: Option<(usize, usize)>,
}

impl Kept {
    /// What is kept of a session's outcomes; none where that must not be: a crash, a timeout or a limit may not come again.
    pub(super) fn all(session: &Session, outcomes: &[Outcome]) -> Option<Vec<Self>> {
        outcomes.iter().enumerate().map(|(index, outcome)| Self::of(session, index, outcome)).collect()
    }

    fn of(session: &Session, index: usize, outcome: &Outcome) -> Option<Self> {
        let is_limit = match &outcome.ending {
            Ending::Completed => false,
            Ending::Raised(raised) => raised.lineage.iter().any(|kind| kind == "MemoryError"),
            _ => true,
        };
        if is_limit || outcome.after_end.is_some() {
            return None;
        }
        let failed_at = match &outcome.failed_at {
            None => None,
            // What can't be found again can't be kept.
            Some((file, line)) => Some(find(&session.steps[..=index], file, *line)?),
        };
        Some(Self { outcome: Outcome { failed_at: None, ..outcome.clone() }, failed_at })
    }

    /// The outcome, where the session's steps stand now.
    pub(super) fn outcome(self, session: &Session) -> Outcome {
        let place = self.failed_at.and_then(|(step, line)| session.steps.get(step)?.place(line));
        Outcome { failed_at: place.map(|(file, line)| (file.clone(), line)), ..self.outcome }
    }

    /// Whether another run gave the same, however long it took.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let duration = self.outcome.duration;
        self.failed_at == other.failed_at && self.outcome == Outcome { duration, ..other.outcome.clone() }
    }

    /// All texts that may name a path.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let Outcome { ending, stdout, stderr, marks, values, warnings, displays, .. } = &self.outcome;
        let raised = match ending {
            Ending::Raised(raised) => [raised.summary.as_str(), raised.traceback.as_str()],
            _ => [""; 2],
        };
        let printed = [stdout, stderr].into_iter().chain(marks.iter().flatten()).map(EcoString::as_str);
        let others = values.iter().map(|(_, value)| value);
        let others = others.chain(warnings.iter().map(|warned| &warned.message));
        let others = others.chain(displays.iter().map(|display| &display.data));
        raised.into_iter().chain(printed).chain(others.map(String::as_str))
    }
}

/// The last of these steps, and the line of its code, that stands there.
fn find(steps: &[Step], file: &EcoString, line: usize) -> Option<(usize, usize)> {
    steps.iter().enumerate().rev().find_map(|(index, step)| {
        let at = (1..=step.lines.len()).find(|&at| step.place(at) == Some((file, line)))?;
        Some((index, at))
    })
}

impl Record {
    /// As it stands on the disk.
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        let payload = rmp_serde::to_vec(self).ok()?;
        let mut bytes = Vec::with_capacity(MAGIC.len() + HASH_BYTES + payload.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(blake3::hash(&payload).as_bytes());
        bytes.extend_from_slice(&payload);
        Some(bytes)
    }

    /// None for what is damaged.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (hash, payload) = bytes.strip_prefix(MAGIC)?.split_at_checked(HASH_BYTES)?;
        if blake3::hash(payload).as_bytes() != hash {
            return None;
        }
        rmp_serde::from_slice(payload).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Isolation, Kept, Outcome, Record, Variant};
    use exemplar_model::protocol::Interpreter;
    use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

    fn record(texts: &[String]) -> Record {
        let word = || "none".to_owned();
        let steps = texts.iter().map(|text| Kept {
            outcome: Outcome { stdout: text.clone().into(), ..Outcome::not_run(2) },
            failed_at: Some((0, text.len())),
        });
        Record {
            variants: vec![Variant {
                dependencies: Vec::new(),
                root: None,
                stable: None,
                interpreter: Interpreter { version: word(), implementation: word(), executable: word() },
                isolation: Isolation { filesystem: word(), network: word(), memory: word() },
                resumed: false,
                steps: steps.collect(),
            }],
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_record_comes_back_whole_or_not_at_all(
            texts in proptest::collection::vec(".*", 0..4),
            place: proptest::sample::Index,
            change in 1..=255_u8,
            end: proptest::sample::Index,
        ) {
            let record = record(&texts);
            let bytes = record.encode().unwrap();
            prop_assert_eq!(Record::decode(&bytes), Some(record));
            let mut changed = bytes.clone();
            changed[place.index(bytes.len())] ^= change;
            prop_assert_eq!(Record::decode(&changed), None);
            prop_assert_eq!(Record::decode(&bytes[..end.index(bytes.len())]), None);
        }
    }
}
