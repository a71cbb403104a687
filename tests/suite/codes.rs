//! `docs/codes.md` has every code that the sources can give, and no other.

use std::collections::BTreeSet;

use regex::Regex;

use crate::run::{exemplar, guarded, workspace};
use crate::tidy::sources;

/// Codes whose page is not run by the test below, and why.
const NOT_SHOWN: [(&str, &str); 21] = [
    ("broken-anchor", BY_BUILD),
    ("broken-link", BY_BUILD),
    ("include-too-deep", "its page would be hundreds of files"),
    ("include-too-large", "its page would be megabytes"),
    ("long-cheat-sheet", "its page would be hundreds of lines"),
    ("missing-alt", "it needs matplotlib"),
    ("missing-image", BY_BUILD),
    ("not-fixed", "`exemplar fix` gives it, and `check` does not"),
    ("not-utf8", "the documentation is UTF-8"),
    ("orphan-page", BY_BUILD),
    ("pdf-broken-link", BY_BUILD),
    ("pdf-lost-footnote", BY_BUILD),
    ("pdf-missing-alt", BY_BUILD),
    ("pdf-missing-glyph", BY_BUILD),
    ("pdf-missing-picture", BY_BUILD),
    ("pdf-typesetting", BY_BUILD),
    ("pdf-unsupported-html", BY_BUILD),
    ("pdf-unsupported-mathematics", BY_BUILD),
    ("unknown-option", BY_BUILD),
    ("unstable-output", "it takes two runs to see it"),
    ("process-limit", "a bomb, which the suite of faults sets off in its guard"),
];

/// The case `dishonest-book` of `tests/cases` shows them.
const BY_BUILD: &str = "`exemplar build` gives it, and `check` does not";

/// The codes that the sources can give: the first argument of `Diagnostic::error` and `Diagnostic::warning`, also where one of the two is
/// chosen as `make`, and the constants of modules called `code`.
fn given() -> BTreeSet<String> {
    let first_argument = Regex::new(r#"(?:Diagnostic::(?:error|warning)|make)\(\s*"([a-z0-9-]+)""#).unwrap();
    let constants = Regex::new(r"(?s)\bmod code \{(.*?)\n\}").unwrap();
    let constant = Regex::new(r#"const [A-Z_]+: &str = "([a-z0-9-]+)";"#).unwrap();
    let mut codes = BTreeSet::new();
    for (_, text) in ["src", "preprocessors", "renderers"].into_iter().flat_map(sources) {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let modules: Vec<&str> =
            constants.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect();
        let found = first_argument.captures_iter(text);
        let found = found.chain(modules.into_iter().flat_map(|module| constant.captures_iter(module)));
        codes.extend(found.map(|found| found[1].to_owned()));
    }
    codes
}

#[test]
fn every_code_is_explained() {
    let page = fs_err::read_to_string(workspace().join("docs/codes.md")).unwrap();
    let explained: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    let given = given();
    assert!(given.len() > 30, "the search for codes finds too little: {given:?}");
    let missing: Vec<String> = given
        .difference(&explained)
        .map(|code| {
            format!(
                "## `{code}`\n\nWhat is wrong, in a sentence.\n\n````markdown\nA page with the mistake.\n````\n\n\
                 **To do.** What the author does about it.\n"
            )
        })
        .collect();
    assert!(
        missing.is_empty(),
        "add these sections to docs/codes.md, in alphabetical order, and fill them in:\n\n{}",
        missing.join("\n")
    );
    let gone: Vec<&String> = explained.difference(&given).collect();
    assert!(gone.is_empty(), "nothing gives these codes of docs/codes.md any more: {gone:?}");
}

#[test]
fn every_page_with_a_mistake_gives_its_code() {
    let page = fs_err::read_to_string(workspace().join("docs/codes.md")).unwrap();
    let mut wrong = Vec::new();
    for section in page.split("\n## `").skip(1) {
        let (code, text) = section.split_once('`').unwrap();
        if NOT_SHOWN.iter().any(|(name, _)| *name == code) {
            continue;
        }
        let shown = text.split("\n````").nth(1).unwrap_or_else(|| panic!("{code} shows no page"));
        let shown = shown.split_once('\n').unwrap().1.to_owned() + "\n";
        let report = report_of(&shown);
        if !report.contains(&format!("\"code\": \"{code}\"")) && !report.contains(&format!("[{code}]")) {
            wrong.push(format!("{code}:\n{shown}\n{report}"));
        }
    }
    assert!(wrong.is_empty(), "these pages don't show what they are about:\n{}", wrong.join("\n"));
}

/// What `exemplar check` says of a small book with this page in it, or with this summary, or these settings.
fn report_of(shown: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let place = match shown {
        _ if shown.starts_with("[book]") => "book.toml",
        _ if shown.starts_with("- [") || shown.starts_with("# Summary") => "src/SUMMARY.md",
        _ => "src/this-page.md",
    };
    let book = "[preprocessor.exemplar]\ntimeout = \"1s\"\noutput = \"64KiB\"\n";
    let files = [
        ("book.toml", book),
        ("src/SUMMARY.md", "- [This page](this-page.md)\n"),
        ("src/this-page.md", "# This page\n"),
        ("src/values.md", "# Values\n"),
        ("src/shop.py", "pass\n"),
        (place, shown),
    ];
    fs_err::create_dir(folder.path().join("src")).unwrap();
    for (path, text) in files {
        fs_err::write(folder.path().join(path), text).unwrap();
    }
    // Labs are proved with the packages of the book's own environment.
    let mut command = guarded(&exemplar(), folder.path());
    command.env("VIRTUAL_ENV", workspace().join(".venv"));
    let output = command.args(["check", "--format", "json"]).output().unwrap();
    [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat()
}
