//! The invariants of ARCHITECTURE.md that can be read off the sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::run::{files_below, workspace};

/// The Rust files below a folder, with their text.
pub(crate) fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for path in files_below(&workspace().join(folder)) {
        if path.extension().is_some_and(|end| end == "rs") {
            let text = fs_err::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    assert!(!found.is_empty(), "{folder} has no Rust files");
    found
}

/// The lines of a file that hold one of these words, comments aside.
fn lines_with(path: &Path, text: &str, words: &[&str]) -> Vec<String> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter(|(_, line)| words.iter().any(|word| line.contains(word)))
        .map(|(number, line)| format!("{}:{}: {}", path.display(), number + 1, line.trim()))
        .collect()
}

#[test]
fn parse_plan_and_check_do_no_input_or_output() {
    let words =
        ["std::fs", "fs_err", "std::process", "std::net", "std::io", "std::env", "rustix", "crate::execute"];
    for stage in ["parse", "plan", "check"] {
        for (path, text) in sources(&format!("preprocessors/verify/src/{stage}")) {
            assert_eq!(lines_with(&path, &text, &words), Vec::<String>::new(), "in `{stage}`");
        }
    }
    for (path, text) in sources("preprocessors/model/src") {
        assert_eq!(lines_with(&path, &text, &words), Vec::<String>::new(), "in the model");
    }
}

/// The workspace's manifest.
fn manifest() -> toml::Table {
    toml::from_str(&fs_err::read_to_string(workspace().join("Cargo.toml")).unwrap()).unwrap()
}

/// The folders of all crates but the worker.
fn crates() -> Vec<String> {
    let manifest = manifest();
    let members = manifest["workspace"]["members"].as_array().unwrap();
    let mut crates: Vec<String> = members.iter().map(|member| member.as_str().unwrap().to_owned()).collect();
    let before = crates.len();
    crates.retain(|folder| folder != "preprocessors/worker");
    assert_eq!(crates.len() + 1, before);
    crates.push(".".to_owned());
    crates
}

#[test]
fn unsafe_and_python_stay_in_the_worker() {
    assert_eq!(manifest()["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for folder in crates() {
        let manifest = fs_err::read_to_string(workspace().join(&folder).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        let lints = manifest["lints"].as_table().unwrap();
        assert!(
            lints.len() == 1 && lints["workspace"].as_bool() == Some(true),
            "{folder} has lints of its own"
        );
        let own = manifest["dependencies"].as_table().unwrap();
        assert!(!own.contains_key("pyo3") && !own.contains_key("libc"), "{folder} depends on PyO3 or libc");
    }
}

#[test]
fn only_reports_print() {
    let words = ["println!", "eprintln!", "print!(", "stdout()", "stderr()"];
    for (path, text) in sources("src").into_iter().chain(sources("renderers")) {
        let allowed = path.starts_with(workspace().join("src/report"));
        assert!(allowed || lines_with(&path, &text, &words).is_empty(), "{} prints", path.display());
    }
    let stages = ["preprocessors/model/src", "preprocessors/verify/src", "preprocessors/appendix/src"];
    for (path, text) in stages.into_iter().flat_map(sources) {
        let allowed = path.ends_with("mdbook-exemplar.rs") || path.ends_with("mdbook-exemplar-appendix.rs");
        assert!(allowed || lines_with(&path, &text, &words[..3]).is_empty(), "{} prints", path.display());
    }
}

#[test]
fn every_dependency_has_its_line_in_the_architecture_and_every_line_its_dependency() {
    let architecture = fs_err::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    let manifest = manifest();
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    let packages = dependencies.values().filter_map(|dependency| dependency.get("package")?.as_str());
    let known: BTreeSet<&str> =
        dependencies.keys().map(String::as_str).chain(packages).filter(|name| !is_own(name)).collect();
    let (_, table) = architecture.split_once("| crate | for |").unwrap();
    let lines = table.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let told: BTreeSet<&str> = lines.flat_map(|line| line.split('`').step_by(2)).collect();
    assert_eq!(told, known);
    for folder in crates().into_iter().chain(["preprocessors/worker".to_owned()]) {
        let manifest = fs_err::read_to_string(workspace().join(&folder).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, dependency) in manifest.get(kind).and_then(toml::Value::as_table).into_iter().flatten()
            {
                let is_shared = dependency.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                assert!(is_shared, "{folder}: `{name}` is no dependency of the workspace");
            }
        }
    }
}

/// Whether a crate is one of the workspace's.
fn is_own(name: &str) -> bool {
    name.starts_with("exemplar-")
}

#[test]
fn no_test_is_switched_off_and_nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let words = [
        concat!("#[", "ignore"),
        concat!("#[", "should_panic"),
        concat!("#[", "allow("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    for folder in ["src", "tests/suite", "preprocessors", "renderers"] {
        for (path, text) in sources(folder) {
            let found: Vec<&str> = words.iter().copied().filter(|word| text.contains(word)).collect();
            assert_eq!(found, Vec::<&str>::new(), "{}", path.display());
        }
    }
}
