//! Why a session had to run.
//!
//! A key that is not found says nothing. So what a session's key was last made of is kept beside the records, by project, and compared. How
//! long the session took is there too, for the order in which sessions run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::digest::{Digest, Parts};
use super::key::{Key, PARTS};
use super::place::Root;
use super::store::Store;

/// Why it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// There is no record under its key.
    NoRecord,
    /// All runs under its key have read something that is not so any more: what is another than for the newest of them, in words.
    Changed(String),
    /// Its outcomes name the folder of another checkout.
    Elsewhere,
    /// A part of it was taken from a checkpoint, which only `exemplar serve` believes.
    Resumed,
    /// It reads this, and the day is another.
    Day(String),
    /// The user wants it to run.
    Asked,
}

/// What is known of a session from the run before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Last {
    parts: [Digest; PARTS.len()],
    /// Why its result was not kept.
    pub(super) unkept: Option<String>,
    /// How long its steps took together; none where an older version has written this.
    #[serde(default)]
    pub(super) took: Option<Duration>,
}

impl Last {
    pub(super) fn new(key: &Key, unkept: Option<String>, took: Duration) -> Self {
        Self { parts: key.parts, unkept, took: Some(took) }
    }
}

/// What is known of all sessions of a project, by their names.
pub(super) type Sessions = BTreeMap<String, Last>;

/// The name of the file that holds it.
pub(super) fn file(root: &Root) -> String {
    format!("sessions/{}", Parts::default().text(&root.shown()).done().hex())
}

/// What is known of them.
pub(super) fn read(store: &Store, root: &Root) -> Sessions {
    store.read_aside(&file(root)).unwrap_or_default()
}

/// Why a session ran, as a clause.
pub(super) fn words(why: &Why, key: &Key, last: Option<&Last>) -> String {
    match (why, last) {
        (Why::Asked, _) => "it was asked to".to_owned(),
        (Why::Changed(what), _) => format!("{what} changed, which it reads"),
        (Why::Elsewhere, _) => "what it printed names the folder of another checkout".to_owned(),
        (Why::Resumed, _) => "it last went on from a checkpoint of `exemplar serve`".to_owned(),
        (Why::Day(why), _) => format!("it may be another today, by {why}"),
        (Why::NoRecord, None) => "it is new".to_owned(),
        (Why::NoRecord, Some(last)) => {
            let changed: Vec<&str> = (0..PARTS.len())
                .filter(|&part| key.parts[part] != last.parts[part])
                .map(|part| PARTS[part])
                .collect();
            match (changed.as_slice(), &last.unkept) {
                ([], Some(reason)) => format!("its result is never kept: {reason}"),
                ([], None) => "its kept result was removed".to_owned(),
                (changed, _) => format!("{} changed", listed(changed)),
            }
        }
    }
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
