//! The documentation is true: each box of it that holds a page is checked, and comes out as the line below it says.
//!
//! A box is a fence of four backticks, tagged `markdown` or `rst`. What must come out stands below it in lines that start with `→`: the
//! counts of the summary, then the options if there are any, then the codes that are reported. Fences above a box with the attribute
//! `file=` are files beside its page.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use crate::run::{report, run, workspace};

/// A page that is shown in the documentation.
#[derive(Debug)]
struct Page {
    /// The line of the documentation that its box starts in.
    line: usize,
    /// The end of its name: `md` or `rst`.
    suffix: &'static str,
    text: String,
    /// Path and text of the files beside it.
    files: Vec<(String, String)>,
    outcomes: Vec<Outcome>,
}

/// What must come out.
#[derive(Debug)]
struct Outcome {
    options: Vec<String>,
    /// The line below the box without its options.
    said: String,
}

/// The boxes of a file of `docs/`.
fn boxes(name: &str) -> Vec<Page> {
    let text = fs_err::read_to_string(workspace().join("docs").join(name)).unwrap();
    let file = Regex::new(r"^```.*\bfile=([^ }]+)").unwrap();
    let mut pages: Vec<Page> = Vec::new();
    let mut files = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let marks = line.len() - line.trim_start_matches('`').len();
        if let Some(said) = line.strip_prefix("→ ") {
            let page = pages.last_mut().unwrap_or_else(|| panic!("{name}: no box above line {}", index + 1));
            page.outcomes.push(outcome(said));
        } else if marks >= 3 {
            let close = &line[..marks];
            let body = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != close);
            let body: String = body.flat_map(|line| [line, "\n"]).collect();
            if let Some(found) = file.captures(line) {
                files.push((found[1].to_owned(), body));
            } else if let Some(suffix) = suffix(&line[marks..]).filter(|_| marks == 4) {
                let files = std::mem::take(&mut files);
                pages.push(Page { line: index + 1, suffix, text: body, files, outcomes: Vec::new() });
            }
        }
    }
    assert!(files.is_empty(), "{name}: no box below these files: {files:?}");
    pages
}

fn suffix(tag: &str) -> Option<&'static str> {
    match tag {
        "markdown" => Some("md"),
        "rst" => Some("rst"),
        _ => None,
    }
}

/// Reads ``1 failed with `--require-all`: `unmet-requirement` ``.
fn outcome(line: &str) -> Outcome {
    let options = Regex::new(" with `([^`]+)`").unwrap();
    let given = options.captures(line).map(|found| found[1].to_owned()).unwrap_or_default();
    Outcome {
        options: given.split_whitespace().map(str::to_owned).collect(),
        said: options.replace(line, "").trim().to_owned(),
    }
}

/// What a report says of a page, as the documentation writes it.
fn said(report: &Value, page: &str) -> String {
    let of = |list: &str| -> Vec<Value> {
        let all = report[list].as_array().unwrap().iter();
        all.filter(|entry| entry["file"].as_str().unwrap().ends_with(page)).cloned().collect()
    };
    let (examples, diagnostics) = (of("examples"), of("diagnostics"));
    let mut parts = Vec::new();
    for status in ["passed", "ran", "failed", "skipped", "not_run", "ignored", "compiled", "recorded"] {
        let count = examples.iter().filter(|example| example["status"] == status).count();
        if count > 0 {
            parts.push(format!("{count} {}", status.replace('_', " ")));
        }
    }
    for (severity, many) in [("error", "errors"), ("warning", "warnings")] {
        let count = diagnostics.iter().filter(|found| found["severity"] == severity).count();
        if count > 0 {
            parts.push(format!("{count} {}", if count == 1 { severity } else { many }));
        }
    }
    let codes = examples.iter().chain(&diagnostics).filter_map(|entry| entry["code"].as_str());
    let codes: BTreeSet<String> = codes.map(|code| format!("`{code}`")).collect();
    let mut said = parts.join(", ");
    if !codes.is_empty() {
        write!(said, ": {}", codes.into_iter().collect::<Vec<_>>().join(", ")).unwrap();
    }
    said
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, text).unwrap();
}

/// Checks each page in a folder of its own, those without files or options in one run, and compares.
fn compare(name: &str) -> Vec<Page> {
    let pages = boxes(name);
    assert!(pages.len() > 10, "{name} has boxes: {pages:?}");
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let plain = |page: &Page, outcome: &Outcome| page.files.is_empty() && outcome.options.is_empty();
    let mut together = Vec::new();
    for page in &pages {
        let place = folder.join(page.line.to_string());
        write(&place, &format!("{}.{}", page.line, page.suffix), &page.text);
        page.files.iter().for_each(|(path, text)| write(&place, path, text));
        if page.outcomes.iter().any(|outcome| plain(page, outcome)) {
            together.push(format!("{0}/{0}.{1}", page.line, page.suffix));
        }
    }
    let arguments: Vec<&str> = together.iter().map(String::as_str).collect();
    let all = report(&folder, &arguments);
    let mut wrong = Vec::new();
    for page in &pages {
        let file = format!("{}.{}", page.line, page.suffix);
        if page.outcomes.is_empty() {
            wrong.push(format!("docs/{name}:{}: no line below this box says what comes out", page.line));
        }
        for outcome in &page.outcomes {
            let said = if plain(page, outcome) {
                said(&all, &format!("/{file}"))
            } else {
                let mut arguments: Vec<&str> = outcome.options.iter().map(String::as_str).collect();
                arguments.push(&file);
                said(&report(&folder.join(page.line.to_string()), &arguments), &file)
            };
            if said != outcome.said {
                wrong.push(format!(
                    "docs/{name}:{}: says → {}\n  and gives → {said}",
                    page.line, outcome.said
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} boxes differ:\n{}", wrong.len(), wrong.join("\n"));
    pages
}

/// The names of all attributes, as the tool lists them when it is given one that it has never heard of.
fn attributes() -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "page.md", "<!-- exemplar: qwertyuiop -->\n\n```python\n1\n```\n");
    let report = report(folder.path(), &["page.md"]);
    let help = report["diagnostics"][0]["help"].as_str().unwrap().to_owned();
    let names = help.strip_prefix("the attributes are ").unwrap_or_else(|| panic!("{help}"));
    names.split(", ").map(str::to_owned).collect()
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}

#[test]
fn the_reference_shows_every_attribute_working() {
    let pages = compare("writing-examples.md");
    let text = fs_err::read_to_string(workspace().join("docs/writing-examples.md")).unwrap();
    for name in attributes() {
        let row = Regex::new(&format!(r"(?m)^\| `{name}[`=].*\]\(#")).unwrap();
        assert!(row.is_match(&text), "the table of writing-examples.md has no row for `{name}`");
        let used = Regex::new(&format!(r"(?m)(^```|exemplar:).*\b{name}\b")).unwrap();
        let is_shown = pages.iter().any(|page| used.is_match(&page.text));
        assert!(is_shown, "no box of writing-examples.md shows `{name}`");
    }
}

#[test]
fn what_is_said_of_moving_is_so() {
    compare("moving.md");
}

#[test]
fn links_between_the_pages_of_the_documentation_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)#\s:]*)(?:#([^)\s]+))?\)").unwrap();
    let code = Regex::new("`[^`\n]*`").unwrap();
    let prose = |text: &str| {
        let mut inside: Option<String> = None;
        let mut kept = String::new();
        for line in text.lines() {
            let marks: String = line.chars().take_while(|&it| it == '`').collect();
            match &inside {
                Some(open) if *open == line => inside = None,
                Some(_) => {}
                None if marks.len() >= 3 => inside = Some(marks),
                None => kept.extend([line, "\n"]),
            }
        }
        code.replace_all(&kept, |found: &regex::Captures<'_>| found[0].replace(['[', ']'], "")).into_owned()
    };
    let root = workspace();
    let pages = fs_err::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let mut wrong = Vec::new();
    for page in pages.chain([root.join("README.md"), root.join("CHANGELOG.md")]) {
        let text = prose(&fs_err::read_to_string(&page).unwrap());
        for found in link.captures_iter(&text) {
            let target = if found[1].is_empty() { page.clone() } else { page.with_file_name(&found[1]) };
            let leads = match found.get(2) {
                None => target.exists(),
                Some(wanted) => fs_err::read_to_string(&target).is_ok_and(|text| {
                    let headings = prose(&text);
                    headings.lines().any(|line| line.starts_with('#') && anchor(line) == wanted.as_str())
                }),
            };
            if !leads {
                wrong.push(format!("{}: {}", page.display(), &found[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "these lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn the_repository_checks_its_own_documentation() {
    let output = run(&workspace(), &["check", "docs/", "README.md"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_readme_shows_what_its_first_example_prints() {
    let readme = fs_err::read_to_string(workspace().join("README.md")).unwrap();
    let between = |open: &str, close: &str| {
        let (_, rest) = readme.split_once(open).unwrap();
        rest.split_once(close).unwrap().0.to_owned()
    };
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("prices.md"), between("````markdown\n", "````\n")).unwrap();
    let output = run(folder.path(), &["check", "prices.md"]);
    let moment = Regex::new(r"CPython [\d.]+ (.*) in [\d.]+ s").unwrap();
    let without_moment = |text: &str| moment.replace(text, "CPython $1").into_owned();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(without_moment(&printed), without_moment(&between("```text\n", "```\n")));
    assert_eq!(output.status.code(), Some(1));
}
