//! An external CPython: the same driver, the same verdicts, and no rebuild.

use std::path::PathBuf;

use crate::run::{copy, examples, report, workspace};

/// An interpreter that is surely not the embedded one: a copy of the build's own behind another path would be taken for it, so the system's
/// is used, or the one that `make test-pythons` names.
pub(crate) fn other_python() -> Option<PathBuf> {
    let named =
        std::env::var_os("EXEMPLAR_TEST_PREFIX").map(|prefix| PathBuf::from(prefix).join("bin/python"));
    let system = PathBuf::from("/usr/bin/python3");
    named.or_else(|| system.is_file().then_some(system))
}

#[test]
fn an_external_python_gives_the_same_verdicts() {
    let Some(python) = other_python() else { return };
    let folder = tempfile::tempdir().unwrap();
    copy(&workspace().join("tests/cases/mixed-page/in"), folder.path());
    let embedded = report(folder.path(), &["page.md"]);
    let external = report(folder.path(), &["page.md", "--python", &python.to_string_lossy()]);
    let statuses = |report: &serde_json::Value| -> Vec<String> {
        let all = report["examples"].as_array().unwrap();
        all.iter().map(|example| format!("{} {}", example["id"], example["status"])).collect()
    };
    assert_eq!(statuses(&embedded), statuses(&external));
    assert_eq!(examples(&external, "failed"), Vec::<&serde_json::Value>::new());
}

#[test]
fn a_version_is_found_or_missed_by_name() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("a.md"), "```python\n>>> 1\n1\n```\n").unwrap();
    let output = crate::run::run(folder.path(), &["check", "a.md", "--python", "3.99"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("there is no Python 3.99"), "{stderr}");
}

#[test]
fn an_external_session_looks_like_an_embedded_one() {
    let Some(python) = other_python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = "```python\n>>> import os, sys\n>>> sys.argv, sys.path[0], __name__, os.listdir()\n([''], '', '__main__', [])\n\
                >>> open('/dev/null').fileno()\n3\n>>> hash('x') == hash('x'), os.environ['PYTHONHASHSEED']\n(True, '0')\n\
                >>> 'exemplar_driver' in sys.modules\nFalse\n>>> def f(): raise KeyError('k')\n>>> f()\n\
                Traceback (most recent call last):\n  ...\nKeyError: 'k'\n```\n";
    fs_err::write(folder.path().join("a.md"), page).unwrap();
    let report = report(folder.path(), &["a.md", "--python", &python.to_string_lossy()]);
    assert_eq!(examples(&report, "failed"), Vec::<&serde_json::Value>::new());
}
