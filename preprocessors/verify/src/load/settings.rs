//! What an author may set.
//!
//! The same table stands in `[preprocessor.exemplar]` of book.toml, at the top of exemplar.toml, or in `[tool.exemplar]` of
//! pyproject.toml. An unknown key is an error with its place: a misspelt limit that is silently ignored would be worse than none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use exemplar_model::flags::Flags;
use exemplar_model::source::{SourceMap, Span};
use serde::Deserialize;
use thiserror::Error;

/// How long an example may take when nobody says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many bytes an example may print before it is killed.
pub const OUTPUT_LIMIT: usize = 8 << 20;

/// The settings of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What `check` without paths checks, where there is no book.
    pub paths: Vec<PathBuf>,
    /// Patterns, as in .gitignore, of pages that are left out.
    pub exclude: Vec<String>,
    /// The flags that every example starts with.
    pub flags: Flags,
    /// The interpreter whose environment the examples run in.
    pub python: Option<PathBuf>,
    /// How long an example may take.
    pub timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            exclude: Vec::new(),
            flags: Flags::ADDRESS,
            python: None,
            timeout: DEFAULT_TIMEOUT,
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

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    paths: Vec<PathBuf>,
    exclude: Vec<String>,
    flags: Option<toml::Spanned<String>>,
    python: Option<PathBuf>,
    timeout: Option<toml::Spanned<String>>,
    // mdBook's own keys of a preprocessor's table.
    command: Option<toml::Value>,
    before: Option<toml::Value>,
    after: Option<toml::Value>,
    renderers: Option<toml::Value>,
    optional: Option<toml::Value>,
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
    let shown = path.display().to_string();
    let invalid = |range: Option<std::ops::Range<usize>>, message: &str| {
        let mut sources = SourceMap::default();
        let file = sources.add(shown.clone(), text);
        let position = sources.start(Span::new(file, range.unwrap_or(0..0)));
        SettingsError::Invalid {
            path: shown.clone(),
            line: position.line,
            column: position.column,
            message: message.trim().to_owned(),
        }
    };
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
                invalid(
                    Some(flags.span()),
                    &format!("unknown flag `{name}`; {}", nearest(name, Flags::names())),
                )
            })?;
            settings.flags = if on { settings.flags.with(flag) } else { settings.flags.without(flag) };
        }
    }
    if let Some(timeout) = &written.timeout {
        settings.timeout = duration(timeout.get_ref()).ok_or_else(|| {
            invalid(Some(timeout.span()), "a time limit is a number with `ms`, `s` or `m`, such as \"30s\"")
        })?;
    }
    Ok(Some(settings))
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

/// A time such as `500ms`, `30s` or `2m`; more than nothing and at most a day.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = text[..digits].parse().ok()?;
    let milliseconds = match &text[digits..] {
        "ms" => number,
        "s" => number.checked_mul(1_000)?,
        "m" => number.checked_mul(60_000)?,
        _ => return None,
    };
    (1..=86_400_000).contains(&milliseconds).then(|| Duration::from_millis(milliseconds))
}

/// "did you mean `X`", or the list of what there is.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let best = known.iter().map(|name| (strsim::damerau_levenshtein(word, name), name)).min();
    match best {
        Some((distance, name)) if distance <= 2.max(word.len() / 3) => format!("did you mean `{name}`?"),
        _ => format!("known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Settings, SettingsPlace, duration, read};
    use exemplar_model::flags::Flags;
    use std::path::Path;
    use std::time::Duration;

    #[test]
    fn times_have_a_unit_and_a_bound() {
        let cases = [("500ms", 500), ("30s", 30_000), ("2m", 120_000)];
        assert!(cases.iter().all(|&(text, ms)| duration(text) == Some(Duration::from_millis(ms))));
        assert!(
            ["", "5", "s", "0s", "-1s", "1h", "99999999999999999999s", "1.5s"]
                .iter()
                .all(|text| duration(text).is_none())
        );
    }

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
        let wanted =
            Settings { flags: Flags::ELLIPSIS, timeout: Duration::from_secs(30), ..Settings::default() };
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
        assert!(message("[preprocessor.exemplar\n").starts_with("book.toml:1:"));
    }
}
