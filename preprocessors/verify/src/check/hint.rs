//! What to do about a failure: one sentence that can be acted on, or nothing. A hint that only repeats the message is worse than none.

use exemplar_model::flags::Flags;
use exemplar_model::outcome::Raised;
use exemplar_model::plan::{Example, ExampleKind, Expectation};

use super::bindings::Bindings;
use super::comparison::Comparison;
use super::exception::{is_base, message};
use super::{module, newer_syntax, refusal, unstable};

/// For an output that is not as stated, where the difference is one of notation.
pub(super) fn for_stale(rules: &Comparison<'_>, want: &str, got: &str) -> Option<String> {
    let with = |flag: Flags| rules.with(flag).is_printed(want, got);
    let session = rules.example.kind == ExampleKind::Session;
    if got.is_empty()
        && matches!(rules.example.expectation, Expectation::Mark { .. })
        && ends_in_value(&rules.example.source)
    {
        return Some("a script shows no values of expressions, as the REPL does: `print(…)` it".to_owned());
    }
    if session
        && got.is_empty()
        && is_assignment(&rules.example.source)
        && let Some(name) = Bindings::of(&rules.example.source).names.first()
    {
        return Some(format!("a statement that binds a name shows nothing: put `>>> {name}` below it"));
    }
    let add = |name: &str| {
        if session {
            format!("add `# doctest: +{name}` to it")
        } else {
            format!("add `flags=\"{name}\"` to its fence")
        }
    };
    if want.contains("...") && with(Flags::ELLIPSIS) {
        Some(format!("`...` stands for any text only with a flag: {}", add("ELLIPSIS")))
    } else if session
        && !got.is_empty()
        && !got.ends_with('\n')
        && rules.is_printed(want, &format!("{got}\n"))
    {
        let hint =
            "its output does not end its last line, which can't be stated below a prompt: print a line end";
        Some(hint.to_owned())
    } else if with(Flags::NORMALIZE_WHITESPACE) {
        let add = add("NORMALIZE_WHITESPACE");
        Some(format!("only white space differs: copy the output as it is printed, or {add}"))
    } else {
        let in_dialect = match &rules.example.expectation {
            Expectation::Output(expected) => expected.dialect.as_deref().filter(|text| !text.is_empty()),
            _ => None,
        };
        let notation = in_other_notation(in_dialect.unwrap_or(want), got).map(str::to_owned);
        notation.or_else(|| {
            unstable::suspected(&rules.example.source)
                .map(|cause| format!("{}: {}", cause.words(), cause.proposal()))
        })
    }
}

/// For code below a prompt that is just what the statement above it printed: an output with a prompt before it.
pub(super) fn for_prompted_output() -> String {
    "this is what the example above prints: take its `>>> ` away".to_owned()
}

/// For texts that say the same to a reader.
fn in_other_notation(want: &str, got: &str) -> Option<&'static str> {
    const LONGEST: usize = 10_000;
    if want.len().max(got.len()) > LONGEST {
        return None;
    }
    let plain = |text: &str| -> String {
        text.chars().filter(|it| !it.is_whitespace()).map(|it| if it == '"' { '\'' } else { it }).collect()
    };
    let (plain_want, plain_got) = (plain(want), plain(got));
    if plain_want.is_empty() || plain_got.is_empty() {
        return None;
    }
    if plain_want == plain_got {
        return Some("only its notation differs (quotes, white space): copy the output as it is printed");
    }
    if plain_want.trim_matches('\'') == plain_got.trim_matches('\'') {
        let hint = match plain_want.len() > plain_got.len() {
            true => "what `print` shows has no quotes: copy the output as it is printed",
            false => "the value of a string is shown in quotes: copy the output as it is printed",
        };
        return Some(hint);
    }
    if numbers_alone_differ(&plain_want, &plain_got) {
        return Some(
            "only numbers differ: if they do from run to run, say that they are not compared: `no_check`, or +IGNORE_OUTPUT",
        );
    }
    let parts_of = |text: &str| -> Vec<String> {
        let parts = text.split([',', '{', '}', '[', ']', '(', ')', '\n']).map(plain);
        parts.filter(|it| !it.is_empty()).collect()
    };
    let (mut parts, mut printed) = (parts_of(want), parts_of(got));
    let is_in_order = parts == printed;
    parts.sort();
    printed.sort();
    // `('x',)` and `('x')` have the same parts.
    let commas = |text: &str| text.matches(',').count();
    if parts.len() < 2 || parts != printed || commas(want) != commas(got) {
        return None;
    }
    if is_in_order {
        return Some("only its brackets differ: copy the output as it is printed");
    }
    Some("only the order differs: copy the output as it is printed")
}

/// Whether two texts are the same but for their digits, of which both have several.
fn numbers_alone_differ(want: &str, got: &str) -> bool {
    let is_part = |it: char| it.is_ascii_digit() || it == '.';
    let frame =
        |text: &str| text.split(is_part).filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    frame(want) == frame(got) && digits(want).min(digits(got)) >= 4
}

/// Whether the last statement of a script seems to be a mere expression, whose value the REPL would show.
fn ends_in_value(source: &str) -> bool {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let Some(last) = source.lines().rfind(is_code) else { return false };
    let last = last.trim();
    let word = last.split(|it: char| !it.is_alphanumeric() && it != '_').next().unwrap_or_default();
    let is_statement = ["from", "import", "return", "pass", "raise", "yield", "await", "del", "print"];
    !last.starts_with(['"', '\''])
        && !last.ends_with(':')
        && !last.contains(" = ")
        && !is_statement.contains(&word)
}

/// For an exception that nobody asked for, with what was printed to stderr beside it.
pub(super) fn for_unasked(example: &Example, raised: &Raised, stderr: &str) -> Option<String> {
    for_raised(example, raised, stderr).or_else(|| {
        let Raised { kind, .. } = raised;
        match example.kind {
            ExampleKind::Session if raised.at_compile => None,
            _ if kind == "NameError" => Some(
                "bind it in a fence above, which may be `hidden`; or leave this one out of the check: `ignore=\"a part\"`".to_owned(),
            ),
            ExampleKind::Session => Some(format!("if it is to raise {kind}, show the traceback below it")),
            ExampleKind::Script if raised.at_compile => Some(format!(
                "if it is a sketch and no program, say so: `ignore=\"a sketch\"`; if it is to raise {kind}: `raises=\"{kind}\"`"
            )),
            ExampleKind::Script => Some(format!("if it is to raise {kind}, say so: `raises=\"{kind}\"`")),
            ExampleKind::Console | ExampleKind::File => None,
        }
    })
}

/// Whether what a statement binds is what it is about: not so of loops, definitions and imports.
fn is_assignment(source: &str) -> bool {
    const OTHERS: [&str; 11] =
        ["for", "while", "if", "with", "try", "def", "class", "async", "import", "from", "match"];
    let word = source.split(|it: char| !it.is_alphanumeric() && it != '_').next().unwrap_or_default();
    !OTHERS.contains(&word)
}

/// For an exception, asked for or not, whose type or message says what is missing.
pub(super) fn for_raised(example: &Example, raised: &Raised, stderr: &str) -> Option<String> {
    let says = message(raised);
    if let Some(module) = module::missing(raised) {
        return Some(module::hint(module));
    }
    if matches!(example.expectation, Expectation::Excerpt(_)) && raised.kind == "FileNotFoundError" {
        let hint =
            "the session has no such file by now: write it with `file=` on a fence above, or mend the path";
        return Some(hint.to_owned());
    }
    if let Some(hint) = refusal::hint(example, raised, stderr) {
        return Some(hint.to_owned());
    }
    if is_for_want_of_input(raised) {
        return Some(
            "stdin is empty here: give it what it reads, line by line, with `stdin=\"…\"`".to_owned(),
        );
    }
    if let Some(hint) = newer_syntax::hint(example, raised) {
        return Some(hint);
    }
    if raised.at_compile && says_of_ipython(&example.source) {
        let hint = "this is a command of IPython, and Python has none of these: show what it does in a fence tagged `text`, or give this one `ignore=\"…\"`";
        return Some(hint.to_owned());
    }
    if raised.at_compile
        && says.contains("invalid character")
        && example.source.contains(['“', '”', '‘', '’'])
    {
        let hint = "its quotes are typographical: put `\"` or `'` in their place";
        return Some(hint.to_owned());
    }
    if raised.at_compile
        && example.source.lines().any(|line| line.starts_with("Traceback (most recent call last)"))
    {
        let hint = "the traceback in it is read as code: move it to a fence of its own, tagged `output`, and give this one `raises`";
        return Some(hint.to_owned());
    }
    if raised.kind == "FileNotFoundError" {
        let hint = "its directory has only what the page writes: show the file in a fence with `file=…`, or name it in the settings' `files`";
        return Some(hint.to_owned());
    }
    let is_block_of_comments = says.contains("expected an indented block") && example.source.contains('#');
    if raised.at_compile && example.kind == ExampleKind::Script && is_block_of_comments {
        let hint =
            "a comment is no block: put `...` below it; or say that this is a sketch: `ignore=\"a sketch\"`";
        return Some(hint.to_owned());
    }
    let unfinished = ["expected an indented block", "was never closed", "unexpected EOF"];
    (raised.at_compile
        && example.kind == ExampleKind::Session
        && unfinished.iter().any(|part| says.contains(part)))
    .then(|| "lines that continue a statement begin with `... `".to_owned())
}

/// Whether a line is a command for `IPython`: `%timeit x`, `!ls`, `x?`.
fn says_of_ipython(source: &str) -> bool {
    let is_name = |text: &str| text.starts_with(|it: char| it.is_alphabetic() || it == '_');
    source.lines().any(|line| {
        let line = line.trim();
        let is_magic = line.strip_prefix('%').is_some_and(|rest| is_name(rest.trim_start_matches('%')));
        let is_shell = line.strip_prefix('!').is_some_and(is_name);
        let help = line.strip_suffix('?').map(|name| name.trim_end_matches('?'));
        let is_help = help.is_some_and(|name| {
            is_name(name) && name.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '.'))
        });
        is_magic || is_shell || is_help
    })
}

/// Whether something was to be read from stdin, where nothing is. `getpass` reads it where there is no terminal, and says nothing when
/// it ends.
pub(super) fn is_for_want_of_input(raised: &Raised) -> bool {
    raised.kind == "EOFError"
        && (message(raised).contains("EOF when reading a line") || raised.traceback.contains("getpass"))
}

/// For `raises` with the name of a base.
pub(super) fn for_base(name: &str, raised: &Raised) -> Option<String> {
    let kind = &raised.kind;
    is_base(name, raised).then(|| {
        format!("{kind} derives from {name}, and `raises` names the type itself: `raises=\"{kind}\"`")
    })
}
