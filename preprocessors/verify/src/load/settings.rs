//! What an author may set.
//!
//! The same table stands in `[preprocessor.exemplar]` of book.toml, at the top of exemplar.toml, or in `[tool.exemplar]` of
//! pyproject.toml. An unknown key is an error with its place: a misspelt limit that is silently ignored would be worse than none.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use exemplar_model::flags::Flags;
use exemplar_model::plan::Division;
use exemplar_model::protocol::Network;
use exemplar_model::quantity;
use exemplar_model::source::{SourceMap, Span};
use serde::Deserialize;
use thiserror::Error;

use crate::spelling;

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
    /// The most `processes=`.
    pub processes: usize,
    /// The largest `output=`.
    pub output: u64,
    /// The widest `network=`.
    pub network: Network,
}

/// What to do where the system can't keep sessions from files and network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
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

/// The settings of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What `check` without paths checks, where there is no book.
    pub paths: Vec<PathBuf>,
    /// Patterns, as in .gitignore, of pages that are left out.
    pub exclude: Vec<String>,
    /// The interpreter whose environment the examples run in.
    pub python: Option<PathBuf>,
    /// How much a fence may ask for.
    pub caps: Caps,
    /// What to do where sessions can't be confined.
    pub isolation: IsolationPolicy,
    /// Which modules are loaded before the sessions begin.
    pub preload: Preload,
    /// What holds for every page, unless an override says otherwise.
    pub rules: PageRules,
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
    /// What holds for a page.
    #[must_use]
    pub fn rules_for(&self, _page: &Path) -> PageRules {
        self.rules.clone()
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
            rules: PageRules { flags: Flags::ADDRESS, limits, ..PageRules::default() },
        }
    }
}

/// A settings file that can't be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// It can't be read.
    #[error("{source}")]
    Read {
        /// Names the path and the cause.
        source: std::io::Error,
    },
    /// It is no TOML, or holds something that is no setting.
    #[error("{path}:{line}:{column}: {message}")]
    Invalid {
        /// The file.
        path: String,
        /// Where.
        line: usize,
        /// Where.
        column: usize,
        /// What is wrong.
        message: String,
    },
}

impl SettingsError {
    /// What is wrong at these bytes of a file; where it is the file as a whole, at its beginning.
    pub(super) fn at(path: &Path, text: &str, range: Option<std::ops::Range<usize>>, message: &str) -> Self {
        let path = path.display().to_string();
        let mut sources = SourceMap::default();
        let file = sources.add(path.clone(), text);
        let position = sources.start(Span::new(file, range.unwrap_or(0..0)));
        let message = message.trim().to_owned();
        Self::Invalid { path, line: position.line, column: position.column, message }
    }
}

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    paths: Vec<PathBuf>,
    exclude: Vec<String>,
    flags: Option<toml::Spanned<String>>,
    python: Option<PathBuf>,
    timeout: Option<toml::Spanned<String>>,
    session_timeout: Option<toml::Spanned<String>>,
    memory: Option<toml::Spanned<String>>,
    processes: Option<NonZeroUsize>,
    output: Option<toml::Spanned<String>>,
    network: Option<Network>,
    isolation: IsolationPolicy,
    caps: WrittenCaps,
    // mdBook's own keys of a preprocessor's table.
    command: Option<toml::Value>,
    before: Option<toml::Value>,
    after: Option<toml::Value>,
    renderers: Option<toml::Value>,
    optional: Option<toml::Value>,
}

/// The table `caps`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenCaps {
    timeout: Option<toml::Spanned<String>>,
    memory: Option<toml::Spanned<String>>,
    network: Option<Network>,
}

/// Where the table stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsPlace {
    /// `[preprocessor.exemplar]` of book.toml.
    Book,
    /// exemplar.toml as a whole.
    Own,
    /// `[tool.exemplar]` of pyproject.toml.
    Project,
}

impl SettingsPlace {
    /// The places in the order in which they are looked for, with the file's name.
    pub const ALL: [(&'static str, Self); 3] =
        [("book.toml", Self::Book), ("exemplar.toml", Self::Own), ("pyproject.toml", Self::Project)];
}

/// Reads the settings from a file's text; none when the file has no table of ours.
///
/// # Errors
/// When the text is no TOML, or the table holds something that is no setting.
pub fn read(path: &Path, text: &str, place: SettingsPlace) -> Result<Option<Settings>, SettingsError> {
    let invalid =
        |range: Option<std::ops::Range<usize>>, message: &str| SettingsError::at(path, text, range, message);
    let parse_error = |error: &toml::de::Error| invalid(error.span(), error.message());
    let written = match place {
        SettingsPlace::Own => Some(toml::from_str::<Written>(text).map_err(|error| parse_error(&error))?),
        SettingsPlace::Book => {
            toml::from_str::<Book>(text).map_err(|error| parse_error(&error))?.preprocessor.exemplar
        }
        SettingsPlace::Project => {
            toml::from_str::<Project>(text).map_err(|error| parse_error(&error))?.tool.exemplar
        }
    };
    let Some(written) = written else { return Ok(None) };
    let Written { command, before, after, renderers, optional, .. } = &written;
    let of_mdbook = [command, before, after, renderers, optional];
    if place != SettingsPlace::Book && of_mdbook.iter().any(|key| key.is_some()) {
        return Err(invalid(
            None,
            "`command`, `before`, `after`, `renderers` and `optional` belong into book.toml",
        ));
    }
    let mut settings = Settings {
        paths: written.paths,
        exclude: written.exclude,
        python: written.python,
        ..Settings::default()
    };
    if let Some(flags) = &written.flags {
        for name in
            flags.get_ref().split(|c: char| c == ',' || c.is_whitespace()).filter(|name| !name.is_empty())
        {
            let (name, on) = match name.strip_prefix('-') {
                Some(name) => (name, false),
                None => (name.strip_prefix('+').unwrap_or(name), true),
            };
            let flag = Flags::named(name).ok_or_else(|| {
                invalid(Some(flags.span()), &format!("unknown flag `{name}`; {}", what_is_meant(name)))
            })?;
            let flags = &mut settings.rules.flags;
            *flags = if on { flags.with(flag) } else { flags.without(flag) };
        }
    }
    let time = |written: &Option<toml::Spanned<String>>, default: Duration| {
        quantity_of(written, default, quantity::duration, quantity::DURATION_FORM, invalid)
    };
    let size = |written: &Option<toml::Spanned<String>>, default: u64| {
        quantity_of(written, default, quantity::bytes, quantity::BYTES_FORM, invalid)
    };
    let limits = &mut settings.rules.limits;
    limits.timeout = time(&written.timeout, limits.timeout)?;
    limits.session_timeout = time(&written.session_timeout, limits.session_timeout)?;
    limits.memory = size(&written.memory, limits.memory)?;
    limits.output = size(&written.output, limits.output)?;
    limits.processes = written.processes.map_or(limits.processes, NonZeroUsize::get);
    limits.network = written.network.unwrap_or(limits.network);
    // What the settings grant every fence, a fence may ask for.
    let caps = &mut settings.caps;
    caps.timeout = time(&written.caps.timeout, caps.timeout)?.max(limits.timeout);
    caps.memory = size(&written.caps.memory, caps.memory)?.max(limits.memory);
    caps.processes = caps.processes.max(limits.processes);
    caps.output = caps.output.max(limits.output);
    caps.network = written.caps.network.unwrap_or(caps.network).max(limits.network);
    settings.isolation = written.isolation;
    Ok(Some(settings))
}

/// A time or size of the settings, or what holds without it.
fn quantity_of<T>(
    written: &Option<toml::Spanned<String>>,
    default: T,
    read: impl Fn(&str) -> Option<T>,
    form: &str,
    invalid: impl Fn(Option<std::ops::Range<usize>>, &str) -> SettingsError,
) -> Result<T, SettingsError> {
    let Some(written) = written else { return Ok(default) };
    read(written.get_ref()).ok_or_else(|| invalid(Some(written.span()), &format!("write it as {form}")))
}

#[derive(Debug, Deserialize)]
struct Book {
    #[serde(default)]
    preprocessor: Preprocessors,
}

#[derive(Debug, Default, Deserialize)]
struct Preprocessors {
    exemplar: Option<Written>,
}

#[derive(Debug, Deserialize)]
struct Project {
    #[serde(default)]
    tool: Tools,
}

#[derive(Debug, Default, Deserialize)]
struct Tools {
    exemplar: Option<Written>,
}

/// The flag that was meant, or the list of what there is.
fn what_is_meant(flag: &str) -> String {
    let flag = flag.to_ascii_uppercase();
    match spelling::nearest(&flag, Flags::names(), spelling::generous(&flag)) {
        Some(right) => format!("did you mean `{right}`?"),
        None => format!("known are {}", Flags::names().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, PageRules, Settings, SettingsPlace, read};
    use exemplar_model::flags::Flags;
    use std::path::Path;
    use std::time::Duration;

    #[test]
    fn one_table_in_three_places() {
        let table = "flags = 'ELLIPSIS -ADDRESS'\ntimeout = '30s'\n";
        let places = [
            (SettingsPlace::Own, String::new()),
            (
                SettingsPlace::Book,
                "[book]\ntitle = 'x'\n[preprocessor.exemplar]\nbefore = ['links']\n".into(),
            ),
            (SettingsPlace::Project, "[project]\nname = 'x'\n[tool.exemplar]\n".into()),
        ];
        let wanted = Settings {
            rules: PageRules {
                flags: Flags::ELLIPSIS,
                limits: Limits { timeout: Duration::from_secs(30), ..Limits::default() },
                ..PageRules::default()
            },
            ..Settings::default()
        };
        for (place, head) in places {
            let found = read(Path::new("x.toml"), &format!("{head}{table}"), place).unwrap();
            assert_eq!(found, Some(wanted.clone()), "{place:?}");
        }
    }

    #[test]
    fn mistakes_name_their_line() {
        let message =
            |text: &str| read(Path::new("book.toml"), text, SettingsPlace::Book).unwrap_err().to_string();
        assert!(
            message("[preprocessor.exemplar]\ntimeuot = '1s'\n")
                .starts_with("book.toml:2:1: unknown field `timeuot`")
        );
        assert!(message("[preprocessor.exemplar]\nflags = 'ELIPSIS'\n").contains("did you mean `ELLIPSIS`?"));
        assert!(message("[preprocessor.exemplar]\nflags = 'elipsis'\n").contains("did you mean `ELLIPSIS`?"));
        // As parsing has it: in a word of two letters every other word is two edits away.
        assert!(message("[preprocessor.exemplar]\nflags = 'XY'\n").contains("unknown flag `XY`; known are "));
        assert!(message("[preprocessor.exemplar\n").starts_with("book.toml:1:"));
    }
}
