//! What becomes of a run that the user ends while kept results are looked up.

use std::path::Path;

use super::dependency::tree;
use super::digest::Parts;
use super::{Cache, CacheOptions, execute};
use crate::execute::testing::{options, script};
use crate::execute::{ExecuteOptions, Interrupt, Ran, WorkerError};

/// What is kept of a book, in a folder of it.
fn kept_in(book: &Path) -> Option<Cache> {
    Some(Cache::new(CacheOptions {
        folder: book.join("kept"),
        limit: 1 << 20,
        root: book.to_owned(),
        recall: true,
        resumed: false,
        remote: None,
    }))
}

#[test]
fn an_interrupted_run_looks_nothing_up_and_runs_nothing() {
    let book = tempfile::tempdir().unwrap();
    let options =
        ExecuteOptions { cache: kept_in(book.path()), interrupt: Interrupt::raised_by(15), ..options() };
    let begun = |_| panic!("it went on");
    let ended = execute(&[script("print(1)\n")], &options, &begun, &|_, _| panic!("it ran"));
    assert!(matches!(ended, Err(WorkerError::Interrupted { signal: 15 })), "{ended:?}");
    assert!(!book.path().join("kept").exists(), "something is kept of it");
}

#[test]
fn a_run_is_interrupted_as_long_as_it_takes_what_is_kept() {
    let book = tempfile::tempdir().unwrap();
    let cache = || kept_in(book.path());
    let sessions = [script("print(1)\n")];
    execute(&sessions, &ExecuteOptions { cache: cache(), ..options() }, &|_| {}, &|_, _| {}).unwrap();
    let interrupt = Interrupt::unraised();
    let options = ExecuteOptions { cache: cache(), interrupt: interrupt.clone(), ..options() };
    let taken = |_: usize, ran: Ran<'_>| {
        assert!(ran.kept);
        interrupt.raise(2);
    };
    let ended = execute(&sessions, &options, &|_| {}, &taken);
    assert!(matches!(ended, Err(WorkerError::Interrupted { signal: 2 })), "{ended:?}");
}

#[test]
fn what_is_left_of_a_folder_is_not_read_after_a_signal() {
    let read = |path: &Path, interrupt: Option<&Interrupt>| {
        let mut parts = Parts::default();
        tree(path, &mut parts, interrupt);
        parts.done()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.txt");
    fs_err::write(&file, "one").unwrap();
    let interrupt = Interrupt::raised_by(2);
    let (whole, cut) = (read(folder.path(), None), read(folder.path(), Some(&interrupt)));
    fs_err::write(&file, "two").unwrap();
    assert_ne!(read(folder.path(), None), whole);
    assert_eq!(read(folder.path(), Some(&interrupt)), cut);
}
