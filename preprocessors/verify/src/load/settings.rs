//! What an author may set.
//!
//! The same table stands in `[preprocessor.exemplar]` of book.toml, at the top of exemplar.toml, or in `[tool.exemplar]` of
//! pyproject.toml. An unknown key is an error with its place: a misspelt limit that is silently ignored would be worse than none.
//! `docs/settings.md` is the reference for authors.
//!
//! - [`place`]: which file the table stands in, and what the environment changes in it;
//! - [`table`]: a table of TOML, read so that every mistake in it is named;
//! - [`written`]: keys and types as they are written, which the JSON Schema is made from;
//! - [`meaning`]: what the values mean, and whether they can;
//! - [`pages`]: what holds for some pages only;
//! - [`pdf`]: the PDF;
//! - [`pytest`]: the flags of doctest that a project has set for pytest.

mod meaning;
mod pages;
mod pdf;
mod place;
mod pytest;
mod table;
#[cfg(test)]
mod tests;
mod written;

use std::path::{Path, PathBuf};
use std::time::Duration;

use exemplar_model::flags::Flags;
use exemplar_model::pdf::PdfSettings;
use exemplar_model::plan::Division;
use exemplar_model::protocol::Network;
use exemplar_model::source::{SourceMap, Span};
use serde::Deserialize;
use thiserror::Error;

pub use self::pages::Override;
pub(super) use self::place::set;
pub use self::place::{SettingsFile, SettingsPlace, read};

/// What an example or session may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long an example may take.
    pub timeout: Duration,
    /// How long a session may take.
    pub session_timeout: Duration,
    /// How much memory a session's processes may hold together, in bytes.
    pub memory: u64,
    /// How many processes a session may have at a time.
    pub processes: usize,
    /// How many bytes an example may print.
    pub output: u64,
    /// What a session may reach of the network.
    pub network: Network,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            session_timeout: Duration::from_secs(600),
            memory: 2 << 30,
            processes: 64,
            output: 8 << 20,
            network: Network::None,
        }
    }
}

/// How much a fence may ask for. A pull request that changes pages can't grant itself more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caps {
    /// The longest `timeout=`.
    pub timeout: Duration,
    /// The largest `memory=`.
    pub memory: u64,
    /// The largest `processes=`.
    pub processes: usize,
    /// The largest `output=`.
    pub output: u64,
    /// The widest `network=`.
    pub network: Network,
}

impl Caps {
    /// These caps for a page with these limits: what the settings grant every fence of a page, each of them may ask for.
    #[must_use]
    pub fn at_least(&self, limits: &Limits) -> Self {
        Self {
            timeout: self.timeout.max(limits.timeout),
            memory: self.memory.max(limits.memory),
            processes: self.processes.max(limits.processes),
            output: self.output.max(limits.output),
            network: self.network.max(limits.network),
        }
    }
}

/// What to do where the system can't keep sessions from files and network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum IsolationPolicy {
    /// Run all the same, with a loud warning.
    #[default]
    Auto,
    /// Run nothing.
    Require,
    /// Don't even try.
    Off,
}

/// The settings of a run. All paths in it are absolute.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What `check` without paths checks, where there is no book.
    pub paths: Vec<PathBuf>,
    /// Patterns, as in .gitignore, of pages that are left out.
    pub exclude: Vec<String>,
    /// The interpreter whose environment the examples run in: a path, or a version such as `3.13`.
    pub python: Option<PathBuf>,
    /// How much a fence may ask for.
    pub caps: Caps,
    /// What to do where sessions can't be confined.
    pub isolation: IsolationPolicy,
    /// Which modules are loaded before the sessions begin.
    pub preload: Preload,
    /// Further tags of fences that are Python, in lower case.
    pub tags: Vec<String>,
    /// The topics of interview questions and cheat sheets, in the order of the appendices; no two of them have the same slug.
    pub topics: Vec<String>,
    /// Where results are kept between runs; none for the user's own folder.
    pub cache_dir: Option<PathBuf>,
    /// How many bytes they may take.
    pub cache_size: u64,
    /// Where results are that several machines share, as a URL.
    pub remote_cache: Option<String>,
    /// Whether those are only read.
    pub remote_cache_read_only: bool,
    /// The libraries that the index has where prose names them.
    pub libraries: Vec<String>,
    /// The PDF.
    pub pdf: PdfSettings,
    /// What holds for every page, unless an override says otherwise.
    pub rules: PageRules,
    /// What holds for some pages; of several about the same one, the last wins.
    pub overrides: Vec<Override>,
}

/// What holds for a page, where its fences say nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRules {
    /// The flags that every example starts with.
    pub flags: Flags,
    /// What holds where a fence asks for nothing.
    pub limits: Limits,
    /// Which fences share a session.
    pub division: Division,
    /// Whether console fences run.
    pub console: bool,
    /// What a warning that nobody asked for is.
    pub warnings: WarningPolicy,
    /// What is replaced in both texts before they are compared: a regular expression, and what comes in the place of its matches.
    pub filters: Vec<Filter>,
    /// Files of Python that every session begins with.
    pub prelude: Vec<PathBuf>,
    /// Files and folders that are copied into every session's directory.
    pub files: Vec<PathBuf>,
    /// Folders that modules are imported from.
    pub pythonpath: Vec<PathBuf>,
}

/// Something that is replaced on both sides of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// A regular expression, known to be one.
    pub pattern: String,
    /// What comes in the place of each match; `$1` is a group.
    pub replacement: String,
}

/// What a warning is that an example gives and nobody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WarningPolicy {
    /// A lint.
    #[default]
    Lint,
    /// A failure of the example.
    Error,
}

/// Which modules of the standard library and of site-packages are loaded before the sessions begin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Preload {
    /// Those that at least two sessions import.
    #[default]
    Auto,
    /// These.
    Named(Vec<String>),
    /// None.
    Off,
}

impl Settings {
    /// The settings of a project that sets nothing: the defaults, with the flags that it has set for pytest.
    #[must_use]
    pub fn without_file(root: &Path) -> Self {
        let mut settings = Self::default();
        settings.rules.flags = pytest::flags(root).apply(settings.rules.flags);
        settings
    }

    /// What holds for a page, by its path: an absolute one, or from the working directory.
    #[must_use]
    pub fn rules_for(&self, page: &Path) -> PageRules {
        let mut rules = self.rules.clone();
        for change in self.overrides.iter().filter(|change| change.is_about(page)) {
            change.apply(&mut rules);
        }
        rules
    }
}

impl Default for Settings {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            paths: Vec::new(),
            exclude: Vec::new(),
            python: None,
            caps: Caps {
                timeout: Duration::from_secs(60),
                memory: limits.memory,
                processes: limits.processes,
                output: limits.output,
                network: limits.network,
            },
            isolation: IsolationPolicy::default(),
            preload: Preload::default(),
            tags: Vec::new(),
            topics: Vec::new(),
            cache_dir: None,
            cache_size: 1 << 30,
            remote_cache: None,
            remote_cache_read_only: false,
            libraries: Vec::new(),
            pdf: PdfSettings::default(),
            rules: PageRules { flags: Flags::ADDRESS, limits, ..PageRules::default() },
            overrides: Vec::new(),
        }
    }
}

/// Settings that can't be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A file can't be read.
    #[error("{source}")]
    Read {
        /// Names the path and the cause.
        source: std::io::Error,
    },
    /// A file is no TOML, or holds something that is no setting.
    #[error("{}", lines(mistakes))]
    Invalid {
        /// Everything that is wrong with it, in its order; at least one.
        mistakes: Vec<PlacedMistake>,
    },
    /// A variable of the environment sets a key of book.toml to what it can't hold.
    #[error("the environment sets `{key}` of book.toml: {cause}")]
    Environment {
        /// The key.
        key: String,
        /// Why it can't.
        cause: String,
    },
}

/// What is wrong at a place of a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}:{line}:{column}: {message}")]
pub struct PlacedMistake {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in Unicode scalars, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

fn lines(mistakes: &[PlacedMistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl SettingsError {
    /// What is wrong at these bytes of a file; where it is the file as a whole, at its beginning.
    pub(super) fn at(path: &Path, text: &str, range: Option<std::ops::Range<usize>>, message: &str) -> Self {
        let mistake = table::Mistake { range: range.unwrap_or(0..0), message: message.trim().to_owned() };
        Self::of_file(path, text, vec![mistake])
    }

    /// Everything that is wrong with a file.
    fn of_file(path: &Path, text: &str, mut mistakes: Vec<table::Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.range.start);
        let path = path.display().to_string();
        let mut sources = SourceMap::default();
        let file = sources.add(path.clone(), text);
        let place = |mistake: table::Mistake| {
            let position = sources.start(Span::new(file, mistake.range));
            let (line, column) = (position.line, position.column);
            PlacedMistake { path: path.clone(), line, column, message: mistake.message }
        };
        Self::Invalid { mistakes: mistakes.into_iter().map(place).collect() }
    }
}
