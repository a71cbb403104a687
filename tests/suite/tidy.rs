//! The invariants of ARCHITECTURE.md that can be read off the sources.

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

#[test]
fn unsafe_and_python_stay_in_the_worker() {
    let forbidden = "unsafe_code = \"forbid\"";
    let root = fs_err::read_to_string(workspace().join("Cargo.toml")).unwrap();
    assert!(root.contains(forbidden));
    for crate_folder in
        [".", "preprocessors/model", "preprocessors/verify", "preprocessors/appendix", "renderers/site"]
    {
        let manifest = fs_err::read_to_string(workspace().join(crate_folder).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{crate_folder} has lints of its own");
        let own = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        assert!(!own.contains("pyo3") && !own.contains("libc"), "{crate_folder} depends on PyO3 or libc");
    }
}

#[test]
fn only_reports_print() {
    let words = ["println!", "eprintln!", "print!(", "stdout()", "stderr()"];
    for (path, text) in sources("src").into_iter().chain(sources("renderers/site/src")) {
        let allowed = path.starts_with(workspace().join("src/report")) || path.ends_with("src/main.rs");
        assert!(allowed || lines_with(&path, &text, &words).is_empty(), "{} prints", path.display());
    }
    for (path, text) in
        ["preprocessors/verify/src", "preprocessors/appendix/src"].into_iter().flat_map(sources)
    {
        let allowed = path.ends_with("mdbook-exemplar.rs") || path.ends_with("mdbook-exemplar-appendix.rs");
        assert!(allowed || lines_with(&path, &text, &words[..3]).is_empty(), "{} prints", path.display());
    }
}

#[test]
fn every_dependency_has_its_line_in_the_architecture() {
    let architecture = fs_err::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    let root = fs_err::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&root).unwrap();
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    for name in dependencies.keys().filter(|name| !name.starts_with("exemplar-")) {
        assert!(architecture.contains(&format!("`{name}`")), "`{name}` has no line in ARCHITECTURE.md");
    }
}

#[test]
fn no_test_is_switched_off_and_nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let words = [concat!("#[", "ignore"), concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[", "allow(")];
    for folder in ["src", "tests/suite", "preprocessors", "renderers"] {
        for (path, text) in sources(folder) {
            let found: Vec<&str> = words.iter().copied().filter(|word| text.contains(word)).collect();
            assert_eq!(found, Vec::<&str>::new(), "{}", path.display());
        }
    }
}
