//! The attributes that there are, as data: where each may stand, and which can't stand together.

/// What sort of content a fence has, as far as attributes care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Statements with prompts.
    Session,
    /// A file body.
    Script,
    /// Commands of a shell.
    Console,
    /// A file that is written.
    File,
    /// A file that is shown.
    Excerpt,
    /// A part of a lab.
    Lab,
}

use Kind::{Console, Excerpt, File, Lab, Script, Session};

impl Kind {
    /// What a fence of this kind is called in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Session => "a session",
            Script => "a script",
            Console => "for a shell",
            File => "a file",
            Excerpt => "an excerpt of a file",
            Lab => "a part of a lab",
        }
    }
}

const EVERYWHERE: &[Kind] = &[Session, Script, Console, File, Excerpt, Lab];
const ALL: &[Kind] = &[Session, Script, Console, File, Excerpt];
const CODE: &[Kind] = &[Session, Script];
const RUNS: &[Kind] = &[Session, Script, Console];
const STARTS: &[Kind] = &[Session, Script, Console, File, Lab];
const ASKS: &[Kind] = &[Session, Script, Console, File];

/// One attribute.
#[derive(Debug)]
pub(super) struct Known {
    /// Its name.
    pub(super) name: &'static str,
    /// What sort of fences it is for.
    pub(super) on: &'static [Kind],
    /// Whether a page may set it for all of its fences.
    pub(super) page: bool,
    /// Whether other tools have an attribute of this name. In foreign Markdown a value that is not in our form is then theirs.
    pub(super) shared: bool,
    /// What to do instead where it can't stand.
    pub(super) instead: &'static str,
}

const fn fence(name: &'static str, on: &'static [Kind]) -> Known {
    Known { name, on, page: false, shared: false, instead: "take it out" }
}

const fn page(name: &'static str, on: &'static [Kind]) -> Known {
    Known { page: true, ..fence(name, on) }
}

const fn shared(known: &Known) -> Known {
    Known { shared: true, ..*known }
}

const fn instead(instead: &'static str, known: &Known) -> Known {
    Known { instead, ..*known }
}

/// All attributes, in the order in which messages name them.
pub(super) const KNOWN: [Known; 32] = [
    page("session", ALL),
    fence("isolated", ALL),
    fence("hidden", ALL),
    instead(
        "take it out; in a session, write the traceback below the prompt that raises",
        &fence("raises", &[Script, File, Lab]),
    ),
    fence("warns", &[Session, Script, File]),
    page("flags", ALL),
    page("no_run", CODE),
    page("no_check", &[Session, Script, Console, Excerpt]),
    page("ignore", ALL),
    page("recorded", RUNS),
    page("timeout", STARTS),
    page("memory", STARTS),
    page("processes", STARTS),
    shared(&page("output", STARTS)),
    page("network", STARTS),
    page("requires", EVERYWHERE),
    shared(&page("python", EVERYWHERE)),
    page("if", EVERYWHERE),
    fence("stdin", ASKS),
    page("stderr", ASKS),
    instead("take it out; sessions and scripts run anyway", &shared(&fence("run", &[Console, File]))),
    instead("take it out; a script that is to fail says so with `raises=\"…\"`", &fence("rc", &[Console])),
    shared(&fence("title", EVERYWHERE)),
    shared(&fence("id", EVERYWHERE)),
    shared(&fence("hl", ALL)),
    shared(&page("fold", EVERYWHERE)),
    instead("take it out; only what Python draws is a figure", &shared(&fence("alt", CODE))),
    shared(&fence("file", EVERYWHERE)),
    fence("shows", ALL),
    page("hidelines", &[Session, Script, File, Excerpt]),
    instead("take it out; labs are for books", &fence("lab", &[Lab])),
    instead("name its lab too: `lab=NAME role=…`", &fence("role", &[Lab])),
];

/// What has a meaning in books alone. Elsewhere such a word in an info string is another tool's.
pub(super) const OF_BOOKS: [&str; 2] = ["lab", "role"];

/// Words of mdBook, MkDocs, `MyST`, Quarto, rustdoc and pytest plugins that are surely not meant for us, though some come near.
pub(super) const FOREIGN: [&str; 22] = [
    "linenums",
    "hl_lines",
    "test",
    "lint",
    "group",
    "notest",
    "continuation",
    "editable",
    "mdbook-runnable",
    "should_panic",
    "compile_fail",
    "startFrom",
    "name",
    "src",
    "code",
    "line",
    "lines",
    "mode",
    "note",
    "label",
    "include",
    "hide",
];

/// Pairs that can't both hold, and why.
pub(super) const CONTRADICTIONS: [(&str, &str, &str); 28] = [
    ("session", "isolated", "an isolated fence shares its session with nobody"),
    ("ignore", "raises", "an ignored fence raises nothing"),
    ("recorded", "raises", "a recorded fence does not run"),
    ("no_run", "raises", "it does not run; `raises=\"SyntaxError\"` alone says that it does not compile"),
    ("ignore", "warns", "an ignored fence warns of nothing"),
    ("recorded", "warns", "a recorded fence does not run"),
    ("no_run", "warns", "it does not run"),
    ("ignore", "run", "an ignored fence does not run"),
    ("recorded", "run", "a recorded fence does not run"),
    ("ignore", "rc", "an ignored fence does not run"),
    ("recorded", "rc", "a recorded fence does not run"),
    ("ignore", "no_run", "one fence has one treatment"),
    ("ignore", "no_check", "one fence has one treatment"),
    ("ignore", "recorded", "one fence has one treatment"),
    ("no_run", "no_check", "one fence has one treatment"),
    ("no_run", "recorded", "one fence has one treatment"),
    ("no_check", "recorded", "one fence has one treatment"),
    ("file", "role", "starter, tests, solution and mutants have names of their own"),
    ("file", "shows", "a fence is written, or compared with what is there"),
    ("shows", "raises", "nothing runs here"),
    ("shows", "warns", "nothing runs here"),
    ("shows", "run", "nothing runs here"),
    ("hidden", "shows", "nobody would see what it shows"),
    ("hidden", "title", "a hidden fence has no caption"),
    ("hidden", "id", "nothing can link to a hidden fence"),
    ("hidden", "hl", "nobody sees the lines of a hidden fence"),
    ("hidden", "fold", "a hidden fence is hidden as a whole"),
    ("hidden", "alt", "a hidden fence shows no figure"),
];

/// The attribute of a name.
pub(super) fn named(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// Their names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|known| known.name)
}

/// Whether an attribute of another tool says that the code is not tried, or not expected to work: pytest-examples, pytest-markdown-docs,
/// phmdoctest, and rustdoc's words in Markdown for Python.
pub(super) fn exempts(key: &str, value: Option<&str>) -> bool {
    matches!((key, value), ("test", Some("skip")) | ("notest" | "skip" | "no-test" | "noexec", None))
}

#[cfg(test)]
mod tests {
    use super::{CONTRADICTIONS, FOREIGN, KNOWN, OF_BOOKS, named};

    #[test]
    fn the_tables_name_each_other() {
        for (index, known) in KNOWN.iter().enumerate() {
            assert!(KNOWN[..index].iter().all(|other| other.name != known.name), "{}", known.name);
        }
        for (one, other, _) in CONTRADICTIONS {
            assert!(named(one).is_some() && named(other).is_some() && one != other, "{one} {other}");
        }
        assert!(OF_BOOKS.iter().all(|name| named(name).is_some()));
        assert!(FOREIGN.iter().all(|name| named(name).is_none()));
    }
}
