//! A worker that was started before it was known what for.

use std::path::{Path, PathBuf};

use exemplar_model::plan::Session;

use super::{outcomes, stdout};
use crate::execute::ahead::may_read;
use crate::execute::testing::{options, script};
use crate::execute::{ExecuteOptions, WorkerError, execute, survey};
use crate::load::settings::Preload;

/// Two sessions that tell whether what both of them import was loaded before.
fn importing() -> [Session; 2] {
    let code = "import sys\nprint('wave' in sys.modules)\nimport wave\n";
    [script(code), script(code)]
}

#[test]
fn it_runs_what_comes_of_the_pages() {
    let sessions = importing();
    let options = ExecuteOptions { preload: Preload::Auto, ..options() };
    let later = outcomes(&sessions, &options);
    options.ahead.begin(&options, 2);
    assert_eq!(outcomes(&sessions, &options), later);
    assert_eq!(stdout(&later), ["True\n"; 2]);
    assert!(options.ahead.take().is_none(), "it was there and is the run's now");
}

#[test]
fn nothing_is_left_of_one_that_nobody_wants() {
    let options = options();
    options.ahead.begin(&options, 2);
    options.ahead.begin(&options, 2);
    let (coming, scratch) = options.ahead.take().unwrap();
    assert!(options.ahead.take().is_none(), "one is enough");
    let path = scratch.path.clone();
    drop((coming, scratch));
    assert!(!path.exists());
}

#[test]
fn what_is_wrong_with_it_is_said_where_a_session_wants_it() {
    let broken = ExecuteOptions { python: Some("/nowhere/python".into()), ..options() };
    broken.ahead.begin(&broken, 2);
    let refused = execute(&importing(), &broken, &|_, _| {}).unwrap_err();
    assert!(matches!(refused, WorkerError::Python { .. }), "{refused}");
    broken.ahead.begin(&broken, 2);
    assert_eq!(outcomes(&[], &broken), [[]; 0], "no session, no Python");

    // A session that runs on another Python has nothing to do with it.
    let Some(other) = survey(&options(), true).unwrap().others.pop() else { return };
    let mut session = script("print('there')\n");
    session.python = Some(other.executable);
    assert_eq!(stdout(&outcomes(&[session], &broken)), ["there\n"]);
}

#[test]
fn it_may_read_what_lies_in_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("book");
    fs_err::create_dir_all(root.join("src")).unwrap();
    fs_err::create_dir(folder.path().join("library")).unwrap();
    fs_err::os::unix::fs::symlink(folder.path().join("library"), root.join("linked")).unwrap();
    let options = ExecuteOptions { readable: vec![root.clone()], ..options() };
    let may = |path: &Path| may_read(&options, &[PathBuf::from(path)]);
    assert!(may_read(&options, &[]) && may(&root.join("src")) && may(&root.join("src/../src")));
    assert!(
        !may(&folder.path().join("library")) && !may(&root.join("linked")) && !may(&root.join("missing"))
    );
}
