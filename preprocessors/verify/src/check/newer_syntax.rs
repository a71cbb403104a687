//! Syntax that only a newer Python has. An older one calls it invalid, which does not tell the author why.
//!
//! Only asked of code that does not compile, and only about the line that is at fault; so on a Python that has the syntax nothing is said.

use std::sync::LazyLock;

use exemplar_model::outcome::Raised;
use exemplar_model::plan::{Example, ExampleKind};
use regex::Regex;

/// A kind of syntax, the first Python that has it, and how a line with it looks.
struct Syntax {
    what: &'static str,
    since: &'static str,
    line: Regex,
}

static SYNTAXES: LazyLock<[Syntax; 5]> = LazyLock::new(|| {
    let known = |what, since, line: &str| Syntax {
        what,
        since,
        line: Regex::new(line).expect("the pattern is a constant"),
    };
    let nested = r#"\b[fF][rR]?(?:"[^"]*\{[^"{}]*"[^"]*"[^"]*\}|'[^']*\{[^'{}]*'[^']*'[^']*\})"#;
    [
        known("an f-string with its own quotes within its braces", "3.12", nested),
        known("a `type` statement", "3.12", r"^\s*type\s+\w+\s*(?:\[.*\])?\s*="),
        known("type parameters in brackets", "3.12", r"^\s*(?:(?:async\s+)?def|class)\s+\w+\["),
        known("`except*`", "3.11", r"^\s*except\s*\*"),
        known("a template string", "3.14", r#"(?:^|[\s=(,\[])[tT][rR]?["']"#),
    ]
});

/// What to do about code that does not compile for want of a newer Python.
pub(super) fn hint(example: &Example, raised: &Raised) -> Option<String> {
    if !raised.at_compile || !matches!(example.kind, ExampleKind::Session | ExampleKind::Script) {
        return None;
    }
    let line =
        at_fault(&raised.traceback).and_then(|number| example.source.lines().nth(number.checked_sub(1)?));
    let line = line.or_else(|| example.source.lines().next())?;
    let is_said = raised.summary.contains("f-string expression part cannot include");
    let syntax = SYNTAXES.iter().find(|syntax| syntax.line.is_match(line));
    let (what, since) = match syntax {
        Some(syntax) => (syntax.what, syntax.since),
        None if is_said => ("an f-string with a backslash or comment within its braces", "3.12"),
        None => return None,
    };
    Some(format!("{what} needs Python {since}: say so, `python=\">={since}\"`, or write it as older ones do"))
}

/// The line of the code, from 1, that a traceback of a syntax error names.
fn at_fault(traceback: &str) -> Option<usize> {
    let line = traceback.lines().find(|line| line.trim_start().starts_with("File \""))?;
    line.rsplit_once(", line ")?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::SYNTAXES;

    #[test]
    fn each_syntax_is_known_by_its_line() {
        for (line, since) in [
            (r#"print(f"{names["a"]}")"#, Some("3.12")),
            ("f'{a['x']!r}'", Some("3.12")),
            (r#"f"{"\n".join(a)}""#, Some("3.12")),
            ("type Pair[T] = tuple[T, T]", Some("3.12")),
            ("async def first[T](items: list[T]) -> T:", Some("3.12")),
            ("except* OSError as errors:", Some("3.11")),
            (r#"greet(t"{name}")"#, Some("3.14")),
            (r#"print(f"{name}", "and {")"#, None),
            (r#"f"{a['x']}" + f"{b['x']}""#, None),
            ("kind = type(x) == int", None),
            ("print('t')", None),
        ] {
            let known = SYNTAXES.iter().find(|syntax| syntax.line.is_match(line));
            assert_eq!(known.map(|syntax| syntax.since), since, "{line}");
        }
    }
}
