//! What is said of a place stands at that place, to the byte, in whatever way a page is written.
//!
//! `tests/spans` has the pages and says how they are marked. The places that must come out are searched for in the text of the pages,
//! line by line, with no knowledge of Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::run::{copy, report, run, workspace};

/// What examples call: it prints `fresh` where the page says `stale`.
const PRELUDE: &str = "def mark(*words):\n    print('fresh', *words)\n";

/// Another way to write the same page.
#[derive(Debug, Clone, Copy)]
struct Form {
    crlf: bool,
    byte_order_mark: bool,
    wide: bool,
}

impl Form {
    fn all() -> impl Iterator<Item = Self> {
        (0..8).map(|bits| Self { crlf: bits & 1 != 0, byte_order_mark: bits & 2 != 0, wide: bits & 4 != 0 })
    }

    fn of(self, page: &str) -> String {
        let before = if self.wide { "日本語 😀 é 👩‍💻 `コード`\n\n" } else { "" };
        let text = format!("{before}{page}");
        let text = if self.crlf { text.replace('\n', "\r\n") } else { text };
        if self.byte_order_mark { format!("\u{feff}{text}") } else { text }
    }
}

/// Writes a book of one kind of page in a folder, and gives the text of each of its files that has examples.
fn write(form: Form, folder: &Path) -> BTreeMap<String, String> {
    let spans = workspace().join("tests/spans");
    fs_err::write(folder.join("mark.py"), PRELUDE).unwrap();
    let mut texts = BTreeMap::new();
    for entry in fs_err::read_dir(spans).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_file() && name != "README.md" {
            let text = form.of(&fs_err::read_to_string(&path).unwrap());
            fs_err::write(folder.join(&name), &text).unwrap();
            texts.insert(name, text);
        }
    }
    assert!(texts.len() > 9);
    fs_err::write(folder.join("exemplar.toml"), "prelude = [\"mark.py\"]\n").unwrap();
    texts
}

/// The same of the book whose page includes the others.
fn write_included(form: Form, folder: &Path) -> BTreeMap<String, String> {
    copy(&workspace().join("tests/spans/included"), folder);
    fs_err::write(folder.join("mark.py"), PRELUDE).unwrap();
    let settings = "\n[preprocessor.exemplar]\nprelude = [\"mark.py\"]\n";
    let book = fs_err::read_to_string(folder.join("book.toml")).unwrap() + settings;
    fs_err::write(folder.join("book.toml"), book).unwrap();
    let mut texts = BTreeMap::new();
    for name in ["page.md", "part.md", "listed.md", "code.py"] {
        let path = folder.join("src").join(name);
        // What is included begins in the midst of a page, where a mark of byte order is none.
        let form =
            if name == "page.md" { form } else { Form { byte_order_mark: false, wide: false, ..form } };
        let text = form.of(&fs_err::read_to_string(&path).unwrap());
        fs_err::write(&path, &text).unwrap();
        texts.insert(format!("src/{name}"), text);
    }
    texts
}

/// The lines of a text as editors count them.
fn lines(text: &str) -> Vec<&str> {
    text.trim_start_matches('\u{feff}').split('\n').map(|line| line.trim_end_matches('\r')).collect()
}

/// Line and column (in characters, from 1) of each place that a text marks: where a line that ends in `# example` has its code.
fn examples_of(text: &str) -> BTreeSet<(u64, u64)> {
    let marked = lines(text).into_iter().zip(1..).filter(|(line, _)| line.ends_with("# example"));
    marked
        .map(|(line, number)| {
            let prompt = line.rfind(">>> ").map(|at| at + 4);
            let prompt = prompt.or_else(|| line.find("]: ").map(|at| at + 3));
            let code = prompt.or_else(|| line.find("mark(")).unwrap();
            (number, line[..code].chars().count() as u64 + 1)
        })
        .collect()
}

/// What stands between two places, from 1, the second not included.
fn slice(text: &str, from: (u64, u64), to: (u64, u64)) -> String {
    let mut found: Vec<String> = Vec::new();
    for (line, number) in lines(text).into_iter().zip(1..) {
        if number < from.0 || number > to.0 {
            continue;
        }
        let start = if number == from.0 { from.1 as usize - 1 } else { 0 };
        let end = if number == to.0 { to.1 as usize - 1 } else { usize::MAX };
        found.push(line.chars().skip(start).take(end - start).collect());
    }
    found.join("\n")
}

fn place(value: &Value, line: &str, column: &str) -> (u64, u64) {
    (value[line].as_u64().unwrap(), value[column].as_u64().unwrap())
}

#[track_caller]
fn check(form: Form, folder: &Path, texts: &BTreeMap<String, String>, paths: &[&str]) {
    let report = report(folder, paths);
    let mut found: BTreeMap<&str, BTreeSet<(u64, u64)>> = BTreeMap::new();
    // What each statement ends with, by the place where it begins. Of a script, the first statement is meant.
    let mut ends: BTreeMap<(&str, u64), &str> = BTreeMap::new();
    for example in report["examples"].as_array().unwrap() {
        let file = example["file"].as_str().unwrap();
        let source = example["source"].as_str().unwrap();
        let at = place(example, "line", "column");
        assert_eq!(example["code"], "stale-output", "{form:?} {example:#}");
        found.entry(file).or_default().insert(at);
        let last = source.trim_end().lines().last().unwrap().trim();
        let is_session = example["kind"] == "session";
        ends.insert((file, at.0), if is_session { last } else { "# example" });
        if is_session {
            // Each line of the statement ends the line of the page that it stands in.
            for (number, line) in (at.0..).zip(source.lines()) {
                let whole = lines(&texts[file])[number as usize - 1];
                let line = line.trim();
                assert!(whole.trim_end().ends_with(line), "{form:?} {file}:{number}: {whole:?} for {line:?}");
            }
        }
    }
    for (file, text) in texts {
        let marked = examples_of(text);
        assert_eq!(found.remove(file.as_str()).unwrap_or_default(), marked, "{form:?} {file}");
    }
    assert_eq!(found, BTreeMap::new(), "{form:?}");
    let misspelt: Vec<&Value> = report["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["code"] == "unknown-attribute")
        .collect();
    for diagnostic in &misspelt {
        let text = &texts[diagnostic["file"].as_str().unwrap()];
        let marked =
            slice(text, place(diagnostic, "line", "column"), place(diagnostic, "end_line", "end_column"));
        assert_eq!(marked, "hiden", "{form:?} {diagnostic:#}");
    }
    let misspelt_places = texts.values().map(|text| text.matches("exemplar: hiden").count()).sum::<usize>();
    assert!(misspelt.len() >= misspelt_places, "{form:?}: {} of {misspelt_places}", misspelt.len());
    check_sarif(form, folder, texts, paths, &ends);
}

/// The regions of SARIF are whole statements.
fn check_sarif(
    form: Form,
    folder: &Path,
    texts: &BTreeMap<String, String>,
    paths: &[&str],
    ends: &BTreeMap<(&str, u64), &str>,
) {
    let output = run(folder, &[&["check", "--format", "sarif"], paths].concat());
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut regions: BTreeMap<&str, usize> = BTreeMap::new();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        if result["ruleId"] != "stale-output" {
            continue;
        }
        let physical = &result["locations"][0]["physicalLocation"];
        let file = physical["artifactLocation"]["uri"].as_str().unwrap();
        let region = &physical["region"];
        let from = place(region, "startLine", "startColumn");
        let marked = slice(&texts[file], from, place(region, "endLine", "endColumn"));
        assert!(marked.ends_with(ends[&(file, from.0)]), "{form:?} {file}: {marked:?}");
        *regions.entry(file).or_default() += 1;
    }
    for (file, text) in texts {
        let marked = regions.get(file.as_str()).copied().unwrap_or_default();
        assert_eq!(marked, examples_of(text).len(), "{form:?} {file}");
    }
}

/// `fix` writes what is printed over what is stated, and nothing else.
fn check_fix(form: Form, folder: &Path, texts: &BTreeMap<String, String>, paths: &[&str]) {
    // What is misspelt is an error that `fix` leaves.
    run(folder, &[&["fix"], paths].concat());
    for (file, text) in texts {
        let fixed = fs_err::read_to_string(folder.join(file)).unwrap();
        assert_eq!(fixed, text.replace("stale", "fresh"), "{form:?} {file}");
    }
}

#[test]
fn spans_are_right_to_the_byte() {
    for form in Form::all() {
        let folder = tempfile::tempdir().unwrap();
        let texts = write(form, folder.path());
        check(form, folder.path(), &texts, &["."]);
        check_fix(form, folder.path(), &texts, &["."]);
    }
}

#[test]
fn spans_are_right_to_the_byte_in_included_files() {
    for form in Form::all() {
        let folder = tempfile::tempdir().unwrap();
        let texts = write_included(form, folder.path());
        check(form, folder.path(), &texts, &[]);
        check_fix(form, folder.path(), &texts, &[]);
    }
}
