//! What becomes of a run that the user ends while kept results are looked up.

use std::path::Path;

use super::dependency::tree;
use super::digest::Parts;
use super::{Cache, CacheOptions, execute};
use crate::execute::testing::{options, script};
use crate::execute::{ExecuteOptions, Interrupt, WorkerError};

#[test]
fn an_interrupted_run_looks_nothing_up_and_runs_nothing() {
    let book = tempfile::tempdir().unwrap();
    let folder = book.path().join("kept");
    let cache = CacheOptions {
        folder: folder.clone(),
        limit: 1 << 20,
        root: book.path().to_owned(),
        recall: true,
        resumed: false,
        remote: None,
    };
    let options =
        ExecuteOptions { cache: Some(Cache::new(cache)), interrupt: Interrupt::raised_by(15), ..options() };
    let begun = |_| panic!("it went on");
    let ended = execute(&[script("print(1)\n")], &options, &begun, &|_, _| panic!("it ran"));
    assert!(matches!(ended, Err(WorkerError::Interrupted { signal: 15 })), "{ended:?}");
    assert!(!folder.exists(), "something is kept of it");
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
