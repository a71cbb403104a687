//! `docs/codes.md` has every code that the sources can give, and no other.

use std::collections::BTreeSet;

use regex::Regex;

use crate::run::workspace;
use crate::tidy::sources;

/// The codes that the sources can give: the first argument of `Diagnostic::error` and `Diagnostic::warning`, and the constants of modules
/// called `code`.
fn given() -> BTreeSet<String> {
    let first_argument = Regex::new(r#"Diagnostic::(?:error|warning)\(\s*"([a-z0-9-]+)""#).unwrap();
    let constants = Regex::new(r"(?s)\bmod code \{(.*?)\n\}").unwrap();
    let constant = Regex::new(r#"const [A-Z_]+: &str = "([a-z0-9-]+)";"#).unwrap();
    let mut codes = BTreeSet::new();
    for (_, text) in ["src", "preprocessors", "renderers"].into_iter().flat_map(sources) {
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
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
