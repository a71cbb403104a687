//! Reads doctest's directives, `# doctest: +ELLIPSIS, -SKIP`, by doctest's own rules.
//!
//! doctest does not parse Python for it: a directive in a string literal counts too, unless a quote follows it on its line.

use std::ops::Range;
use std::sync::LazyLock;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::CodeLine;
use exemplar_model::flags::{FlagChange, Flags};
use exemplar_model::source::Span;
use regex::Regex;

use super::line::offset_in;
use crate::spelling;

static DIRECTIVE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?m)#\s*doctest:\s*([^\n'"]*)$"#).expect("the pattern is a constant"));

/// The flags that an example's own directives change. `place` gives the span of some bytes of a line of the code.
pub(super) fn read(
    code: &[CodeLine],
    place: impl Fn(usize, Range<usize>) -> Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> FlagChange {
    let mut change = FlagChange::default();
    if !code.iter().any(|line| line.text.contains("doctest:")) {
        return change;
    }
    let texts: Vec<&str> = code.iter().map(|line| line.text.as_str()).collect();
    let source = texts.join("\n");
    for options in DIRECTIVE.captures_iter(&source).filter_map(|found| found.get(1)) {
        for option in words(options.as_str()) {
            let start = options.start() + offset_in(options.as_str(), option);
            let before = &source[..start];
            let column = start - before.rfind('\n').map_or(0, |at| at + 1);
            let span = place(before.matches('\n').count(), column..column + option.len());
            let (sign, name) = option.split_at(option.chars().next().map_or(0, char::len_utf8));
            match (sign, Flags::named(name)) {
                ("+", Some(flag)) => change.set(flag, true),
                ("-", Some(flag)) => change.set(flag, false),
                ("+" | "-", None) => diagnostics.push(unknown_flag("invalid-directive", name, span)),
                _ => diagnostics.push(
                    Diagnostic::error("invalid-directive", span, format!("`{option}` is no doctest option"))
                        .help("an option is `+` or `-` and the name of a flag, such as `+ELLIPSIS`"),
                ),
            }
        }
    }
    change
}

/// What a fence's `flags` attribute changes. A sign may be left out; then the flag is set.
pub(super) fn read_flags(value: &str, place: impl Fn(usize, usize) -> Span) -> (FlagChange, Vec<Diagnostic>) {
    let mut change = FlagChange::default();
    let mut diagnostics = Vec::new();
    for word in words(value) {
        let start = offset_in(value, word);
        let name = word.trim_start_matches(['+', '-']);
        match Flags::named(name) {
            Some(flag) => change.set(flag, !word.starts_with('-')),
            None => diagnostics.push(unknown_flag("unknown-flag", name, place(start, word.len()))),
        }
    }
    (change, diagnostics)
}

/// A line of a session without a directive at its end, as readers get it.
pub(super) fn without(line: &str) -> Option<&str> {
    if !line.contains("doctest:") {
        return None;
    }
    let found = DIRECTIVE.find(line)?;
    Some(line[..found.start()].trim_end())
}

fn words(options: &str) -> impl Iterator<Item = &str> {
    options.split(|it: char| it == ',' || it.is_whitespace()).filter(|word| !word.is_empty())
}

fn unknown_flag(code: &'static str, name: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error(code, span, format!("there is no flag `{name}`"));
    let upper = name.to_ascii_uppercase();
    match spelling::nearest(&upper, Flags::names(), spelling::generous(&upper)) {
        Some(right) => diagnostic.help(format!("did you mean `{right}`?")),
        None => {
            let names: Vec<&str> = Flags::names().filter(|name| !name.starts_with("REPORT")).collect();
            diagnostic.help(format!("the flags are {}", names.join(", ")))
        }
    }
}
