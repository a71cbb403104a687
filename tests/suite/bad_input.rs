//! Input that no case file can hold: bytes that are no text, environments that are broken.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::run::{build_folder, exemplar, guarded, run};

fn check_with(folder: &Path, variable: &str, value: &Path) -> (Option<i32>, String) {
    fs_err::write(folder.join("a.md"), "```python\n>>> 1\n1\n```\n").unwrap();
    let output = guarded(&exemplar(), folder).arg("check").arg("a.md").env(variable, value).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_page_that_is_not_utf_8_is_named_and_the_others_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("bad.md"), b"# caf\xe9\n\n```python\n>>> 1\n2\n```\n").unwrap();
    fs_err::write(folder.path().join("good.md"), "```python\n>>> 1\n1\n```\n").unwrap();
    let output = run(folder.path(), &["check", "."]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    assert!(stdout.contains("error[not-utf8]") && stdout.contains("bad.md:1:6"), "{stdout}");
    assert!(stdout.contains("1 passed"), "{stdout}");
}

#[test]
fn a_missing_worker_is_an_error_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let (status, stderr) =
        check_with(folder.path(), "EXEMPLAR_WORKER", Path::new("/nowhere/exemplar-python"));
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains("/nowhere/exemplar-python") && stderr.contains("cargo build"), "{stderr}");
}

#[test]
fn a_missing_libpython_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    // The worker itself, with the name of the library that it needs changed: the loader fails as it does when Python was removed.
    let mut bytes = fs_err::read(build_folder().join("exemplar-python")).unwrap();
    let needed = b"libpython3";
    let places: Vec<usize> =
        (0..bytes.len() - needed.len()).filter(|&at| &bytes[at..at + needed.len()] == needed).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + needed.len() - 1] = b'0';
    }
    let worker = folder.path().join("exemplar-python");
    fs_err::write(&worker, bytes).unwrap();
    fs_err::set_permissions(&worker, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (status, stderr) = check_with(folder.path(), "EXEMPLAR_WORKER", &worker);
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains("libpython0") && stderr.contains("PYO3_PYTHON"), "{stderr}");
}

/// A virtual environment whose interpreter is a script that says this of itself.
fn environment(folder: &Path, says: &str) -> std::path::PathBuf {
    let environment = folder.join("env");
    fs_err::create_dir_all(environment.join("bin")).unwrap();
    fs_err::write(environment.join("pyvenv.cfg"), "home = /nowhere\nversion = 3.7.9\n").unwrap();
    let python = environment.join("bin/python");
    fs_err::write(&python, format!("#!/bin/sh\n{says}\n")).unwrap();
    fs_err::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    environment
}

#[test]
fn an_environment_of_a_python_that_is_too_old_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let old = environment(folder.path(), "printf '3.7.9\\nCPython\\n/env/bin/python\\nFalse\\n'");
    let (status, stderr) = check_with(folder.path(), "VIRTUAL_ENV", &old);
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains("is CPython 3.7.9") && stderr.contains("3.10 or newer"), "{stderr}");
}

#[test]
fn an_environment_that_does_not_work_is_named_with_its_complaint() {
    let folder = tempfile::tempdir().unwrap();
    let broken = environment(folder.path(), "echo 'No module named encodings' >&2; exit 1");
    let (status, stderr) = check_with(folder.path(), "VIRTUAL_ENV", &broken);
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains("env/bin/python") && stderr.contains("No module named encodings"), "{stderr}");
}

#[test]
fn a_python_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("a.md"), "```python\n>>> 1\n1\n```\n").unwrap();
    let output = run(folder.path(), &["check", "a.md", "--python", "/nowhere/python"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("`/nowhere/python`"), "{stderr}");
}

#[test]
fn few_descriptors_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("a.md"), "```python\n>>> open('/dev/null').fileno()\n3\n```\n").unwrap();
    let command = "ulimit -n 256; exec \"$0\" check a.md";
    let output =
        guarded(Path::new("bash"), folder.path()).args(["-c", command]).arg(exemplar()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_worker_of_another_kind_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let worker = folder.path().join("exemplar-python");
    // It answers on the control socket, and with something else than a worker says first.
    let script = "#!/usr/bin/env python3\nimport socket\ns = socket.socket(fileno=0)\ns.recv(9999)\ns.send(b'{\"event\": \"failed\", \"reason\": \"x\"}')\n";
    fs_err::write(&worker, script).unwrap();
    fs_err::set_permissions(&worker, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (status, stderr) = check_with(folder.path(), "EXEMPLAR_WORKER", &worker);
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains("does not speak this version's protocol"), "{stderr}");
}

#[test]
fn a_build_over_the_sources_is_refused_and_deletes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir(folder.path().join("book")).unwrap();
    fs_err::write(folder.path().join("book/SUMMARY.md"), "# Summary\n\n- [A](a.md)\n").unwrap();
    fs_err::write(folder.path().join("book/a.md"), "# A\n").unwrap();
    // No build-dir: mdBook's default is `book`, and it would delete these sources.
    fs_err::write(folder.path().join("book.toml"), "[book]\nsrc = \"book\"\n").unwrap();
    let output = run(folder.path(), &["build"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("is also the source directory") && stderr.contains("build-dir"), "{stderr}");
    assert!(folder.path().join("book/a.md").is_file());
}

#[test]
fn a_working_directory_that_is_gone_is_said_to_be() {
    for command in ["check", "build"] {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("gone")).unwrap();
        let output = guarded(Path::new("bash"), folder.path())
            .args(["-c", "cd gone && rmdir ../gone && exec \"$0\" \"$@\""])
            .arg(exemplar())
            .arg(command)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{stderr}");
        assert!(stderr.contains("error: the working directory can't be used"), "{stderr}");
    }
}

#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.md")).status().unwrap();
    assert!(made.success());
    let output = run(folder.path(), &["check", "pipe.md"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("`pipe.md` is no regular file"), "{stderr}");
}

#[test]
fn what_mdbook_logs_is_plain_where_nobody_sees_colours() {
    let folder = tempfile::tempdir().unwrap();
    crate::run::copy(&crate::run::workspace().join("tests/cases/invalid-summary/in"), folder.path());
    let output = guarded(&exemplar(), folder.path())
        .arg("check")
        .env_remove("NO_COLOR")
        .env("TERM", "xterm-256color")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("warning: Expected a start of a link") && !stderr.contains('\u{1b}'),
        "{stderr:?}"
    );
}

#[test]
fn who_closes_the_pipe_has_read_enough() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("page.md"), "```python\n>>> 1\n2\n```\n").unwrap();
    fs_err::write(folder.path().join("exemplar.toml"), "paths = [\"page.md\"]\n").unwrap();
    let check = ["check", "page.md", "--format"];
    let formats =
        ["human", "json", "junit", "sarif", "github"].map(|format| [&check[..], &[format]].concat());
    let others =
        [vec!["list"], vec!["explain"], vec!["completions", "bash"], vec!["fix", "--diff", "page.md"]];
    for (arguments, status) in formats.into_iter().map(|it| (it, 1)).chain(others.map(|it| (it, 0))) {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = guarded(&exemplar(), folder.path()).args(&arguments).stdout(writer).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(status), ""), "{arguments:?}");
    }
}

#[test]
fn links_to_a_folder_around_them_are_named() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("exemplar.toml"), "files = [\"data\"]\n").unwrap();
    fs_err::write(folder.path().join("page.md"), "```python\n>>> 1\n1\n```\n").unwrap();
    fs_err::create_dir(folder.path().join("data")).unwrap();
    for link in ["one", "two"] {
        fs_err::os::unix::fs::symlink(".", folder.path().join("data").join(link)).unwrap();
    }
    let output = guarded(&exemplar(), folder.path())
        .args(["check", "page.md"])
        .env_remove("EXEMPLAR_NO_CACHE")
        .env("EXEMPLAR_CACHE_DIR", folder.path().join("cache"))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("it is a link to a folder around it"), "{stderr}");
}
