//! What to do about a failure: one sentence that can be acted on, or nothing. A hint that only repeats the message is worse than none.

use exemplar_model::flags::Flags;
use exemplar_model::outcome::Raised;
use exemplar_model::plan::{Example, ExampleKind};

use super::comparison::Comparison;
use super::exception::{is_base, message};
use super::{module, refusal};

/// For an output that is not as stated, where the difference is one of notation.
pub(super) fn for_stale(rules: &Comparison<'_>, want: &str, got: &str) -> Option<String> {
    let with = |flag: Flags| rules.with(flag).is_printed(want, got);
    let session = rules.example.kind == ExampleKind::Session;
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
        None
    }
}

/// For an exception that nobody asked for, with what was printed to stderr beside it.
pub(super) fn for_unasked(example: &Example, raised: &Raised, stderr: &str) -> Option<String> {
    for_raised(example, raised, stderr).or_else(|| {
        let Raised { kind, .. } = raised;
        match example.kind {
            ExampleKind::Session if raised.at_compile => None,
            ExampleKind::Session => Some(format!("if it is to raise {kind}, show the traceback below it")),
            ExampleKind::Script => Some(format!("if it is to raise {kind}, say so: `raises=\"{kind}\"`")),
            ExampleKind::Console | ExampleKind::File => None,
        }
    })
}

/// For an exception, asked for or not, whose type or message says what is missing.
pub(super) fn for_raised(example: &Example, raised: &Raised, stderr: &str) -> Option<String> {
    let says = message(raised);
    if let Some(module) = module::missing(raised) {
        return Some(module::hint(module));
    }
    if let Some(hint) = refusal::hint(example, raised, stderr) {
        return Some(hint.to_owned());
    }
    // `getpass` reads stdin where there is no terminal, and says nothing when it ends.
    if raised.kind == "EOFError"
        && (says.contains("EOF when reading a line") || raised.traceback.contains("getpass"))
    {
        let hint = "stdin is empty here: use a value in place of what it reads, or mark the fence `no_run`";
        return Some(hint.to_owned());
    }
    let unfinished = ["expected an indented block", "was never closed", "unexpected EOF"];
    (raised.at_compile
        && example.kind == ExampleKind::Session
        && unfinished.iter().any(|part| says.contains(part)))
    .then(|| "lines that continue a statement begin with `... `".to_owned())
}

/// For `raises` with the name of a base.
pub(super) fn for_base(name: &str, raised: &Raised) -> Option<String> {
    let kind = &raised.kind;
    is_base(name, raised).then(|| {
        format!("{kind} derives from {name}, and `raises` names the type itself: `raises=\"{kind}\"`")
    })
}
