//! Checking against CPython's own doctest, on random texts that nearly match, and on all that its own tests compare.
//!
//! `EXEMPLAR_ORACLE_PAIRS` is how many are compared (20 000), `EXEMPLAR_ORACLE_SEED` is where they start, and
//! `EXEMPLAR_ORACLE_PYTHON` is another interpreter than the `.venv` of the workspace. By themselves the texts are the same in each run, so
//! that a change is not blamed for a text that nobody had met before; who asks for a number of pairs gets new ones, and the seed of what
//! fails. The claim of no difference in 100 000 pairs, and in 100 000 exceptions, is checked by
//!
//! ```text
//! EXEMPLAR_ORACLE_PAIRS=400000 cargo test --release -p exemplar-verify --test check_oracle
//! ```

#![expect(clippy::unwrap_used, reason = "all of this is a test; clippy looks for the attribute")]

mod oracle;

use std::env;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use exemplar_model::fence::{Expected, Treatment};
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, ExampleKind, Expectation};
use exemplar_model::report::Status;
use exemplar_model::source::{SourceMap, Span};
use exemplar_verify::check::check;
use exemplar_verify::check::matcher::matches;
use exemplar_verify::load::settings::PageRules;
use serde_json::{Value, json};

use self::oracle::ask;

#[test]
fn texts_match_as_they_do_for_output_checker() {
    let mut random = Random::new();
    let seed = random.seed;
    let pairs: Vec<(String, String, Flags)> = (0..pair_count())
        .map(|_| {
            let want = random.want();
            let got = random.near(&want);
            (want, got, random.flags())
        })
        .collect();
    let answers =
        ask("output_checker.py", pairs.iter().map(|(want, got, flags)| json!([want, got, names(*flags)])));
    let mut agreed = 0;
    for ((want, got, flags), answer) in pairs.iter().zip(&answers) {
        let expected = answer == &json!(1);
        let found = matches(want, got, *flags);
        assert_eq!(found, expected, "want {want:?}, got {got:?}, {flags:?}, seed {seed}");
        agreed += usize::from(found);
    }
    assert_is_mixed(agreed, pairs.len(), seed);
}

#[test]
fn what_the_tests_of_doctest_compare_has_the_same_verdict_here() {
    let made = ask("suite.py", std::iter::empty());
    for comparison in &made {
        let (want, got, names, expected): (String, String, Vec<String>, u8) =
            serde_json::from_value(comparison.clone()).unwrap();
        let flags = names.iter().filter_map(|name| Flags::named(name)).fold(Flags::none(), Flags::with);
        assert_eq!(matches(&want, &got, flags), expected == 1, "want {want:?}, got {got:?}, {flags:?}");
    }
    // Some systems have the standard library without its tests.
    assert!(made.is_empty() || made.len() > 100, "{} comparisons", made.len());
}

#[test]
fn exceptions_match_as_they_do_for_a_runner() {
    let mut random = Random::new();
    let seed = random.seed;
    let cases: Vec<Case> = (0..pair_count() / 4).map(|_| random.case()).collect();
    let answers = ask("runner.py", cases.iter().map(Case::to_json));
    let mut agreed = 0;
    for (case, answer) in cases.iter().zip(&answers) {
        let expected = answer["passed"] == json!(true);
        let found = case.passes(&answer["raised"]);
        // Everything that doctest accepts is accepted, and only by what the module says of tracebacks is more than that.
        let agrees = found == expected || (found && case.is_beyond_doctest());
        assert!(agrees, "doctest: {expected}, {case:#?}, {answer}, seed {seed}");
        agreed += usize::from(expected);
        // What Python prints may stand in a page as it is.
        if let Some(traceback) = answer["raised"]["traceback"].as_str() {
            let verbatim = Case { want: traceback.to_owned(), flags: Flags::none(), ..case.clone() };
            assert!(verbatim.passes(&answer["raised"]), "{verbatim:#?}, {answer}, seed {seed}");
        }
    }
    assert_is_mixed(agreed, cases.len(), seed);
}

/// Texts that always match, or never do, would test nothing.
#[track_caller]
fn assert_is_mixed(agreed: usize, all: usize, seed: u64) {
    assert!((all / 10..all * 9 / 10).contains(&agreed), "{agreed} of {all} match, seed {seed}");
}

fn pair_count() -> usize {
    env::var("EXEMPLAR_ORACLE_PAIRS").map_or(20_000, |count| count.parse().unwrap())
}

fn names(flags: Flags) -> Vec<&'static str> {
    Flags::names().filter(|name| flags.has(Flags::named(name).unwrap())).collect()
}

/// An example of one statement that prints, raises, or both.
#[derive(Debug, Clone)]
struct Case {
    want: String,
    flags: Flags,
    stdout: String,
    raises: Option<Raises>,
}

#[derive(Debug, Clone)]
struct Raises {
    kind: &'static str,
    message: String,
    notes: Vec<String>,
    chained: bool,
}

impl Case {
    fn to_json(&self) -> Value {
        let raises = self.raises.as_ref().map(|Raises { kind, message, notes, chained }| {
            json!({ "kind": kind, "message": message, "notes": notes, "chained": chained })
        });
        json!({ "want": self.want, "flags": names(self.flags), "stdout": self.stdout, "raises": raises })
    }

    /// Whether we say that the example passes, given what it raised.
    fn passes(&self, raised: &Value) -> bool {
        let text = |name: &str| raised[name].as_str().unwrap().to_owned();
        let ending = if raised.is_null() {
            Ending::Completed
        } else {
            Ending::Raised(Box::new(Raised {
                kind: text("kind"),
                lineage: serde_json::from_value(raised["lineage"].clone()).unwrap(),
                summary: text("summary"),
                traceback: text("traceback"),
                at_compile: false,
                exit_status: None,
            }))
        };
        let outcome = Outcome {
            ending,
            stdout: self.stdout.as_str().into(),
            duration: Duration::ZERO,
            ..Outcome::not_run(0)
        };
        let example = Example {
            fence: 0,
            id: "page.md#main:1".into(),
            span: Span::new(SourceMap::default().add("page.md", ""), 0..0),
            source: "act()".into(),
            step: Some(0),
            expectation: Expectation::Output(
                Expected { text: self.want.as_str().into(), ..Expected::nothing() }.into(),
            ),
            raises: None,
            warns: None,
            exit_status: 0,
            unmet: None,
            reported: true,
            exempt: None,
            flags: self.flags,
            treatment: Treatment::Check,
            kind: ExampleKind::Session,
            role: None,
        };
        check(&[example], &[outcome], &PageRules::default())[0].status == Status::Passed
    }

    /// Whether the page states what doctest does not read: output before a traceback, a chain, an exception without a header, or other
    /// white space at the ends of lines, which passes with a lint.
    fn is_beyond_doctest(&self) -> bool {
        let Some(raises) = &self.raises else {
            let visible =
                |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
            return visible(&self.want) == visible(&self.stdout);
        };
        let headers: Vec<usize> = self.want.match_indices("Traceback (").map(|(at, _)| at).collect();
        let is_below_text = headers.iter().any(|&at| at > 0 && self.want[..at].ends_with('\n'));
        let is_syntax_error = ["SyntaxError", "IndentationError"].contains(&raises.kind);
        let name = raises.kind.rsplit('.').next().unwrap();
        let names = |line: &str| {
            let stated = line.split(':').next().unwrap();
            stated == raises.kind || stated == name
        };
        let is_bare = !self.want.starts_with("Traceback (") && self.want.split('\n').any(names);
        (raises.chained && !headers.is_empty())
            || is_below_text
            || is_bare
            || (is_syntax_error && self.want.contains("  File \"page.md\", line 1"))
    }
}

/// `SplitMix64`: enough for a test, and the same on every machine.
struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    fn new() -> Self {
        let seed = match env::var("EXEMPLAR_ORACLE_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) if env::var_os("EXEMPLAR_ORACLE_PAIRS").is_none() => 0,
            Err(_) => {
                u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
            }
        };
        Self { seed, state: seed }
    }

    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::none();
        for (flag, rarity) in [
            (Flags::ELLIPSIS, 2),
            (Flags::NORMALIZE_WHITESPACE, 2),
            (Flags::DONT_ACCEPT_BLANKLINE, 5),
            (Flags::DONT_ACCEPT_TRUE_FOR_1, 5),
            (Flags::IGNORE_EXCEPTION_DETAIL, 3),
        ] {
            if self.one_in(rarity) {
                flags = flags.with(flag);
            }
        }
        flags
    }

    /// A stated output: up to four lines of up to four pieces. Two letters are enough for pieces to be found in wrong places.
    fn want(&mut self) -> String {
        if self.one_in(30) {
            return self.pick(&["1\n", "0\n", "True\n", "False\n", "", "\n", "...\n", "1\n1\n"]).to_owned();
        }
        let mut want = String::new();
        for _ in 0..self.below(4) + 1 {
            for _ in 0..self.below(5) {
                want.push_str(self.pick(PIECES));
            }
            want.push_str(if self.one_in(40) { "\r\n" } else { "\n" });
        }
        if self.one_in(10) {
            want.pop();
        }
        want
    }

    /// A text that is likely to match, or to just not match: what stands for something is replaced, the rest sometimes changed.
    fn near(&mut self, want: &str) -> String {
        if self.one_in(30) {
            return self.pick(&["1\n", "0\n", "True\n", "False\n", "", "\n"]).to_owned();
        }
        let mut got = String::new();
        let mut rest = want;
        while let Some(first) = rest.chars().next() {
            let known = PIECES.iter().filter(|piece| piece.len() > 1).find(|piece| rest.starts_with(**piece));
            let piece = known.map_or(&rest[..first.len_utf8()], |piece| *piece);
            rest = &rest[piece.len()..];
            match piece {
                "..." => (0..self.below(4)).for_each(|_| got.push_str(self.pick(PIECES))),
                "<BLANKLINE>" => {
                    got.push_str(self.pick(&["", "", " ", "\t ", "\x0b", "\u{a0}", "<BLANKLINE>"]));
                }
                // A character and its escape are one to doctest, if they are written in its way.
                "é" if self.one_in(2) => got.push_str("\\xe9"),
                "\\xe9" if self.one_in(2) => got.push('é'),
                "😀" if self.one_in(2) => got.push_str("\\U0001f600"),
                "日" if self.one_in(2) => got.push_str("\\u65e5"),
                _ if first.is_whitespace() && self.one_in(4) => got.push_str(self.pick(SPACES)),
                _ if self.one_in(40) => got.push_str(self.pick(PIECES)),
                _ if self.one_in(60) => {}
                _ => got.push_str(piece),
            }
        }
        match self.below(30) {
            0 => got.push_str(self.pick(PIECES)),
            1 => got.insert_str(0, self.pick(PIECES)),
            2 => drop(got.pop()),
            _ => {}
        }
        got
    }

    /// An example whose traceback is nearly the one that the page states.
    fn case(&mut self) -> Case {
        let raises = (!self.one_in(12)).then(|| Raises {
            kind: self.pick(KINDS),
            message: self.message(),
            notes: (0..self.below(8).saturating_sub(5)).map(|_| self.message()).collect(),
            chained: self.one_in(15),
        });
        let stdout = if self.one_in(4) { self.want() } else { String::new() };
        let mut want = String::new();
        if self.one_in(10) {
            want.push_str(&self.near(&stdout));
        }
        want.push_str(self.pick(HEADERS));
        (0..self.below(3)).for_each(|_| want.push_str(self.pick(STACK)));
        if let Some(Raises { kind, message, notes, .. }) = &raises {
            let kind = if self.one_in(8) { self.pick(KINDS) } else { kind };
            let kind = if self.one_in(6) { kind.rsplit('.').next().unwrap() } else { kind };
            let quote = if kind == "KeyError" && !message.is_empty() { "'" } else { "" };
            let colon = if message.is_empty() && !self.one_in(4) { "" } else { ": " };
            want.push_str(kind);
            let mut text = format!("{colon}{quote}{message}{quote}\n");
            notes.iter().for_each(|note| text.push_str(&format!("{note}\n")));
            if self.one_in(5) {
                let (start, end) = (self.below(text.len()), self.below(text.len()));
                if start < end && text.is_char_boundary(start) && text.is_char_boundary(end) {
                    text.replace_range(start..end, "...");
                }
            }
            want.push_str(&if self.one_in(2) { self.near(&text) } else { text });
        }
        if !want.is_empty() && !want.ends_with('\n') {
            // Wants are made of whole lines.
            want.push('\n');
        }
        Case { want, flags: self.flags(), stdout, raises }
    }

    fn message(&mut self) -> String {
        let mut message = String::new();
        for _ in 0..self.below(6) {
            message.push_str(self.pick(WORDS));
        }
        message
    }
}

/// What outputs are made of: doctest's markers, what they stand for, and white space of all kinds.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "...", "...", "...", "....", "<BLANKLINE>", "<BLANKLINE>", "<BLANKLINE", "<BLANKLINE> ",
    "a", "a", "a", "b", "b", "aa", "ab", "aab", "True", "False", "1", "0", ".",
    " ", " ", "  ", "\n", "\t", "\x0b", "\x0c", "\r", "\x1c", "\x1d", "\x1e", "\x1f",
    "\u{85}", "\u{a0}", "\u{2028}", "\u{3000}", "é", "\\xe9", "日", "😀",
];

/// What white space turns into.
#[rustfmt::skip]
const SPACES: &[&str] = &[
    "", " ", "  ", "\n", "\n\n", " \n", "\n ", "\t", "\x0b", "\x0c", "\r", "\x1c", "\x1f", "\u{85}", "\u{a0}", "\u{2028}",
];

/// What messages of exceptions are made of.
#[rustfmt::skip]
const WORDS: &[&str] =
    &["a", "b", " ", ": ", ".", "\n", "\n  ", "\n\n", "é", "'k'", "...", "E: ", "Traceback (x):"];

#[rustfmt::skip]
const KINDS: &[&str] = &[
    "ValueError", "ValueError", "KeyError", "ZeroDivisionError", "SystemExit", "GeneratorExit", "EOFError",
    "SyntaxError", "IndentationError", "ExceptionGroup",
    "Missing", "pkg.mod.Missing", "pkg.Missing", "Nested.Error",
];

/// Lines that are a header, five of them often, and lines that just are not.
#[rustfmt::skip]
const HEADERS: &[&str] = &[
    "Traceback (most recent call last):\n", "Traceback (most recent call last):\n",
    "Traceback (most recent call last):\n", "Traceback (most recent call last):\n",
    "Traceback (most recent call last):\n", "Traceback (innermost last):\n",
    "Traceback (most recent call last): \t\n", "Traceback (most recent call last):\u{2028}\x1c\u{a0}\n\n",
    "Traceback (most recent call last): x\n", " Traceback (most recent call last):\n",
    "traceback (most recent call last):\n", "",
];

/// Lines between header and message; the message starts at some of them.
#[rustfmt::skip]
const STACK: &[&str] = &[
    "  File \"page.md\", line 1, in <module>\n", "    act()\n", "    ^^^^\n", "    @\u{85}ValueError\n",
    "  ...\n", "...\n", "\n", "<BLANKLINE>\n", "(E)\n", "\u{93e}\n", "7\n", "日\n",
];
