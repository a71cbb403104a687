//! Why an output is another one in another run: told from three runs of its session, and from the code that it comes from.
//!
//! The first and the third run had the same hash seed and the same history of allocations, the second had others. What differs between
//! the first two alone depends on those: mostly on the order of a set. What differs between the first and the third depends on the
//! clock, on random numbers or on the process itself, and which of them it is, the code says.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Example, Expectation, Session};
use regex::Regex;

use super::bindings::Bindings;
use super::chance;
use super::comparison::with_traceback;
use super::tokens::{Token, lines};

/// Why an output changes from run to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The members of a set come in another order.
    SetOrder,
    /// It holds a hash of a string.
    Hash,
    /// It holds an address in memory.
    Address,
    /// It holds what `id()` gives.
    Identity,
    /// It holds the time, or how long something took.
    Time,
    /// It holds random numbers, or what is named by them.
    Random,
    /// It holds the number of a process or thread.
    Process,
    /// It holds what only this machine has: no run on it finds that out.
    Machine,
    /// None of these can be seen.
    Unknown,
}

impl Cause {
    /// Why, as the end of a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SetOrder => "the order of a set is another one under each hash seed",
            Self::Hash => "the hash of a string is another one under each hash seed",
            Self::Address => "it holds an address in memory",
            Self::Identity => "`id()` is another number in each run",
            Self::Time => "it depends on the time, or on how long something takes",
            Self::Random => "it depends on random numbers",
            Self::Process => "it holds the number of a process or thread",
            Self::Machine => "it holds what only this machine has, such as its paths or its name",
            Self::Unknown => "nothing in its code says why",
        }
    }

    /// What its author can do.
    #[must_use]
    pub fn proposal(self) -> &'static str {
        match self {
            Self::SetOrder => "print the members in an order of their own, with `sorted(…)`",
            Self::Hash => "compare hashes with each other in place of printing one",
            Self::Address => "write `...` in its place, with `# doctest: +ELLIPSIS`",
            Self::Identity => "compare with `is`, or write `...` in its place, with `# doctest: +ELLIPSIS`",
            Self::Time => {
                "write `...` in its place, with `# doctest: +ELLIPSIS`, or show a moment that is written down"
            }
            Self::Random => {
                "seed the generator, such as `random.seed(1)`, or write `...` with `# doctest: +ELLIPSIS`"
            }
            Self::Machine => {
                "write `...` in its place, with `# doctest: +ELLIPSIS`, or show a part that is the same everywhere, such as `path.name`"
            }
            Self::Process | Self::Unknown => {
                "write `...` for what changes, with `# doctest: +ELLIPSIS`, or mark the fence `no_check`"
            }
        }
    }
}

static IDENTITY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\w.])id\s*\(|\bmap\(id\b").ok());
static HASH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bhash\s*\(|__hash__").ok());
static RANDOM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = [
        "random",
        "shuffle",
        "uuid[14]?",
        "secrets",
        "urandom",
        "getrandom",
        "token_(?:hex|bytes|urlsafe)",
        "default_rng",
        "rand(?:int|n|range|bits|bytes)?",
        "getrandbits",
        "choices?",
        "gauss",
        "faker",
        "tempfile",
        "mkdtemp",
        "mkstemp",
        "NamedTemporaryFile",
        "TemporaryDirectory",
        "SystemRandom",
    ];
    Regex::new(&format!(r"\b(?:{})\b", words.join("|"))).ok()
});
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = [
        "time(?:_ns)?",
        "datetime",
        "perf_counter(?:_ns)?",
        "monotonic(?:_ns)?",
        "process_time(?:_ns)?",
        "thread_time",
        "today",
        "now",
        "utcnow",
        "timeit",
        "strftime",
        "localtime",
        "gmtime",
        "ctime",
        "clock(?:_gettime)?",
        "default_timer",
        "cProfile",
        "st_[acm]time",
        "getmtime",
        "getrusage",
        "uptime",
    ];
    Regex::new(&format!(r"\b(?:{})\b", words.join("|"))).ok()
});
static PROCESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(?:getp?pid|getpgid|get_ident|get_native_id|native_id|ident|pid)\b|\$\$").ok()
});
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^0x[0-9a-fA-F]+$").ok());
static PIECE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"0x[0-9a-fA-F]+|\d+\.\d+(?:[eE][+-]?\d+)?|\w+|\S").ok());

static FORMATTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\{([^{}'\n]+)\}").ok());

fn has(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Why the output of a piece of code may be another one in another run, told from its text alone.
pub(super) fn suspected(code: &str) -> Option<Cause> {
    [(&RANDOM, Cause::Random), (&IDENTITY, Cause::Identity), (&TIME, Cause::Time), (&PROCESS, Cause::Process)]
        .into_iter()
        .find(|(pattern, _)| has(pattern, code))
        .map(|(_, cause)| cause)
}

/// What an example printed in a run, and what it raised.
#[must_use]
pub fn printed(example: &Example, outcome: &Outcome) -> String {
    let text = match &example.expectation {
        Expectation::Mark { index, .. } => outcome.marks.get(*index).cloned().flatten(),
        _ => None,
    };
    let text = text.as_ref().unwrap_or(&outcome.stdout);
    match &outcome.ending {
        Ending::Raised(raised) => with_traceback(text, &raised.summary),
        _ => text.to_string(),
    }
}

/// Why an example of a session prints something else in the second of three runs, given what its steps gave in each.
#[must_use]
pub fn cause(session: &Session, example: &Example, runs: [&[Outcome]; 3]) -> Cause {
    let Some(step) = example.step else { return Cause::Unknown };
    let texts = runs.map(|run| run.get(step).map(|outcome| printed(example, outcome)).unwrap_or_default());
    let [first, second, third] = texts.each_ref().map(|text| pieces(text));
    let own = session.steps.get(step).map(|step| step.code.as_str()).unwrap_or_default();
    let related = related_code(session, step);
    if texts[0] == texts[1] && texts[0] == texts[2] {
        return chance::of(session, step).unwrap_or(Cause::Unknown);
    }
    if texts[0] == texts[2] {
        return with_the_seed(&first, &second, own, &related);
    }
    let changed = changed(&first, &third);
    let of_code = |code: &str| {
        [
            (&IDENTITY, Cause::Identity),
            (&RANDOM, Cause::Random),
            (&TIME, Cause::Time),
            (&PROCESS, Cause::Process),
        ]
        .into_iter()
        .filter(|(pattern, _)| has(pattern, code))
        .map(|(_, cause)| cause)
        .collect::<Vec<_>>()
    };
    let own_causes = of_code(own);
    if changed.iter().all(|piece| has(&ADDRESS, piece)) && !own_causes.contains(&Cause::Identity) {
        return Cause::Address;
    }
    let mut causes = own_causes;
    for code in [&related, &mentioning_code(session, step)] {
        if causes.is_empty() {
            causes = of_code(code);
        }
    }
    match causes[..] {
        [] => Cause::Unknown,
        // A duration and a random number look alike; a moment is later in a later run.
        [Cause::Random, Cause::Time, ..] if is_later(&first, &third) => Cause::Time,
        [cause, ..] => cause,
    }
}

/// What differs only under another seed.
fn with_the_seed(first: &[&str], second: &[&str], own: &str, related: &str) -> Cause {
    let changed = changed(first, second);
    let is_order = sorted(first) == sorted(second)
        || sorted(&first.concat().split("").collect::<Vec<_>>())
            == sorted(&second.concat().split("").collect::<Vec<_>>());
    if is_order {
        Cause::SetOrder
    } else if changed.iter().all(|piece| has(&ADDRESS, piece)) && !has(&IDENTITY, own) {
        Cause::Address
    } else if has(&HASH, own) {
        Cause::Hash
    } else if has(&IDENTITY, own) {
        Cause::Identity
    } else if has(&HASH, related) {
        Cause::Hash
    } else if has(&IDENTITY, related) {
        Cause::Identity
    } else {
        Cause::SetOrder
    }
}

/// A step's code and that of the steps above it which bind what it uses, directly or not.
pub(crate) fn related_code(session: &Session, step: usize) -> String {
    let Some(own) = session.steps.get(step) else { return String::new() };
    let mut related = own.code.to_string();
    let mut used = words(&own.code);
    for above in session.steps[..step].iter().rev() {
        let bindings = Bindings::of(&above.code);
        if used.iter().any(|word| bindings.has(word)) || bindings.has_star() {
            used.extend(words(&above.code));
            related.push('\n');
            related.push_str(&above.code);
        }
    }
    related
}

/// The code of the steps above one that use the same names: `shuffle(cards)` binds nothing.
fn mentioning_code(session: &Session, step: usize) -> String {
    let Some(own) = session.steps.get(step) else { return String::new() };
    let used = words(&own.code);
    let above = session.steps[..step].iter().map(|above| above.code.as_str());
    above.filter(|code| !used.is_disjoint(&words(code))).collect()
}

/// Whether a piece of code shows what an object is called by, and not what it is worth.
pub(super) fn is_of_identity(code: &str) -> bool {
    has(&IDENTITY, code) || has(&HASH, code)
}

/// The names that a piece of Python uses, those of everyone aside.
fn words(code: &str) -> BTreeSet<String> {
    let of_everyone =
        |word: &str| COMMON.contains(&word) || word.chars().all(|scalar| scalar.is_ascii_digit());
    let lines = lines(code);
    let names = lines.iter().flat_map(|line| &line.tokens).filter_map(|token| match token {
        Token::Word(word) => Some(*word),
        _ => None,
    });
    // What stands in the braces of an f-string is code too, and a token of none of its names.
    let formatted = FORMATTED.as_ref().into_iter().flat_map(|field| field.captures_iter(code));
    let formatted = formatted.filter_map(|field| field.get(1)).flat_map(|field| {
        field
            .as_str()
            .split(|scalar: char| !scalar.is_alphanumeric() && scalar != '_')
            .filter(|word| !word.is_empty())
    });
    names.chain(formatted).filter(|word| !of_everyone(word)).map(str::to_owned).collect()
}

/// Keywords, and functions that give the same for the same.
const COMMON: [&str; 72] = [
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "dict",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "int",
    "isinstance",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "object",
    "ord",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
    "self",
];

fn pieces(text: &str) -> Vec<&str> {
    PIECE
        .as_ref()
        .map(|piece| piece.find_iter(text).map(|found| found.as_str()).collect())
        .unwrap_or_default()
}

/// The pieces that differ: of texts with as many pieces, one by one; else all between what both begin and end with.
fn changed<'t>(one: &[&'t str], other: &[&'t str]) -> Vec<&'t str> {
    if one.len() == other.len() {
        let pairs = one.iter().zip(other).filter(|(one, other)| one != other);
        return pairs.flat_map(|(one, other)| [*one, *other]).collect();
    }
    let start = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let ends = one[start..].iter().rev().zip(other[start..].iter().rev());
    let end = ends.take_while(|(one, other)| one == other).count();
    [&one[start..one.len() - end], &other[start..other.len() - end]].concat()
}

/// Whether the first number that differs is a moment: greater in the later run, and by little.
fn is_later(first: &[&str], third: &[&str]) -> bool {
    let differing = first.iter().zip(third).find(|(one, other)| one != other);
    let Some((Ok(before), Ok(after))) =
        differing.map(|(one, other)| (one.parse::<f64>(), other.parse::<f64>()))
    else {
        return false;
    };
    after > before && after - before < before.abs() / 1e3
}

fn sorted<'t>(pieces: &[&'t str]) -> Vec<&'t str> {
    let mut pieces = pieces.to_vec();
    pieces.sort_unstable();
    pieces
}
