//! The values of attributes.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use exemplar_model::fence::{Raises, Treatment};
use exemplar_model::lab::LabRole;
use exemplar_model::plan::Division;
use exemplar_model::protocol::Network;
use exemplar_model::quantity;

use super::info::Value;
use super::line::offset_in;
use crate::spelling;

/// Why a value is not one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: String,
    /// Which bytes of the value are wrong, where that is not all of it.
    pub(super) range: Option<Range<usize>>,
}

impl Problem {
    /// All of the value is wrong.
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), range: None }
    }

    /// These bytes of the value are wrong.
    pub(super) fn at(self, range: Range<usize>) -> Self {
        Self { range: Some(range), ..self }
    }
}

/// For a word that takes no value: it holds.
pub(super) fn absent(key: &str, value: Option<&Value<'_>>) -> Result<bool, Problem> {
    match value {
        None => Ok(true),
        Some(_) => Err(Problem::new(format!("`{key}` takes no value"), format!("write `{key}` alone"))),
    }
}

/// `no_run`, `no_check`, `recorded="…"`, and `ignore` with or without a reason.
pub(super) fn treatment(key: &str, value: Option<&Value<'_>>) -> Result<Treatment, Problem> {
    Ok(match key {
        "no_run" => absent(key, value).map(|_| Treatment::NoRun)?,
        "no_check" => absent(key, value).map(|_| Treatment::NoCheck)?,
        "recorded" => Treatment::Recorded { provenance: text(key, value)?.into() },
        _ if value.is_none() => Treatment::Ignore { reason: None },
        _ => Treatment::Ignore { reason: Some(text(key, value)?.into()) },
    })
}

/// A value that has to be there.
pub(super) fn text<'t>(key: &str, value: Option<&Value<'t>>) -> Result<&'t str, Problem> {
    let example = match key {
        "raises" => "TypeError: unhashable type",
        "warns" => "DeprecationWarning: use the other one",
        "flags" => "ELLIPSIS",
        "timeout" => "30s",
        "memory" => "2GiB",
        "processes" => "8",
        "output" => "1MiB",
        "network" => "loopback",
        "requires" => "numpy>=2 pandas",
        "python" => ">=3.12",
        "if" => "sys_platform == 'linux'",
        "rc" => "1",
        "title" => "What it is",
        "hl" => "2,5-7",
        "alt" => "a rising line",
        "file" | "shows" => "cart.py",
        "ignore" => "needs a printer",
        "recorded" => "PyPy 7.3, 2026-05",
        "hidelines" => "~",
        "lab" => "intervals",
        "role" => "starter",
        _ => "setup",
    };
    let help = format!("write it as `{key}=\"{example}\"`");
    match value {
        Some(value) if value.single_quoted => Err(Problem::new("values stand in double quotes", help)),
        Some(value) if !value.text.trim().is_empty() => Ok(value.text),
        _ => Err(Problem::new(format!("`{key}` needs a value"), help)),
    }
}

/// `TypeError` or `TypeError: text`, of an exception or a warning.
pub(super) fn raises(key: &str, text: &str) -> Result<Raises, Problem> {
    let (kind, message) = text.split_once(':').map_or((text, ""), |(kind, message)| (kind, message.trim()));
    let kind = kind.trim();
    let name = |part: &str| {
        part.starts_with(|it: char| it.is_alphabetic() || it == '_')
            && part.chars().all(|it| it.is_alphanumeric() || it == '_')
    };
    if !kind.split('.').all(name) {
        let (what, example) = match key {
            "warns" => ("a warning", "DeprecationWarning"),
            _ => ("an exception", "TypeError"),
        };
        let help = format!("write it as `{key}=\"{example}\"` or `{key}=\"{example}: its message\"`");
        return Err(Problem::new(format!("`{kind}` is no name of {what}"), help));
    }
    Ok(Raises {
        kind: kind.to_owned(),
        message: Some(message.to_owned()).filter(|message| !message.is_empty()),
    })
}

/// A length of time.
pub(super) fn duration(text: &str) -> Result<Duration, Problem> {
    quantity::duration(text).ok_or_else(|| {
        Problem::new(
            format!("`{text}` is no length of time"),
            format!("write it as {}", quantity::DURATION_FORM),
        )
    })
}

/// A size in bytes.
pub(super) fn bytes(text: &str) -> Result<u64, Problem> {
    quantity::bytes(text).ok_or_else(|| {
        Problem::new(format!("`{text}` is no size"), format!("write it as {}", quantity::BYTES_FORM))
    })
}

/// `none`, `loopback` or `full`.
pub(super) fn network(text: &str) -> Result<Network, Problem> {
    match text {
        "none" => Ok(Network::None),
        "loopback" => Ok(Network::Loopback),
        "full" => Ok(Network::Full),
        _ => Err(Problem::new(
            format!("`{text}` is no kind of network"),
            "write `none`, `loopback` or `full`".to_owned(),
        )),
    }
}

/// What a fence is to its lab.
pub(super) fn role(text: &str) -> Result<LabRole, Problem> {
    LabRole::named(text).ok_or_else(|| {
        let names = LabRole::WRITTEN.map(LabRole::name);
        let help = match spelling::nearest(text, names, spelling::generous(text)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("the roles are {}; a data file says `file=…` instead", names.join(", ")),
        };
        Problem::new(format!("`{text}` is no role of a fence in a lab"), help)
    })
}

/// How a page is divided into sessions.
pub(super) fn division(text: &str) -> Result<Division, Problem> {
    match text {
        "page" => Ok(Division::Page),
        "heading" => Ok(Division::Heading),
        "fence" => Ok(Division::Fence),
        _ => Err(Problem::new(
            format!("a page is not divided by `{text}`"),
            "write `page`, `heading` or `fence`; a name is for the fences that share it",
        )),
    }
}

/// How many processes.
pub(super) fn processes(text: &str) -> Result<usize, Problem> {
    text.parse().ok().filter(|&number: &usize| number > 0).ok_or_else(|| {
        Problem::new(
            format!("`{text}` is no number of processes"),
            "write it as `processes=8`; 1 is the least",
        )
    })
}

/// The exit status of a command: 0 to 255.
pub(super) fn exit_status(text: &str) -> Result<i32, Problem> {
    text.parse::<u8>().map(i32::from).map_err(|_| {
        Problem::new(format!("`{text}` is no exit status"), "write a number from 0 to 255, such as `rc=1`")
    })
}

/// What `input()` gets. Lines end in a line feed, whatever they end in on the page.
pub(super) fn stdin(value: Option<&Value<'_>>) -> Result<String, Problem> {
    match value {
        Some(value) if !value.single_quoted => Ok(value.text.replace("\r\n", "\n")),
        Some(_) => Err(Problem::new("values stand in double quotes", "write it as `stdin=\"…\"`")),
        None => Err(Problem::new("`stdin` needs a value", "write it as `stdin=\"first line\"`")),
    }
}

/// The target of a link, which is an `id` of HTML and the fragment of an address.
pub(super) fn id(key: &str, value: Option<&Value<'_>>) -> Result<String, Problem> {
    let text = text(key, value)?;
    let fits = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | ':');
    if !text.chars().all(fits) {
        let help = "use letters, digits, `-`, `_`, `.` and `:`, such as `id=first-script`";
        return Err(Problem::new(format!("`{text}` can't be linked to"), help));
    }
    Ok(text.to_owned())
}

/// Lines from 1, and ranges of them.
pub(super) fn highlighted(text: &str) -> Result<Vec<RangeInclusive<usize>>, Problem> {
    let words = text.split(|it: char| it == ',' || it.is_whitespace()).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let start = offset_in(text, word);
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) if 1 <= first && first <= last => Ok(first..=last),
                _ => Err(Problem::new(
                    format!("`{word}` is no line of the fence"),
                    "write numbers from 1 and ranges of them: `hl=\"2,5-7\"`",
                )
                .at(start..start + word.len())),
            }
        })
        .collect()
}

/// After how many lines a fence is folded; without a value it is folded as a whole.
pub(super) fn fold(value: Option<&Value<'_>>) -> Result<usize, Problem> {
    let Some(value) = value else { return Ok(0) };
    value.text.parse().map_err(|_| {
        Problem::new(
            format!("`{}` is no number of lines", value.text),
            "write it as `fold=12` to show twelve lines, or `fold` alone to show none",
        )
    })
}

/// A file of the session: below its directory, whatever the system.
pub(super) fn path(key: &str, value: Option<&Value<'_>>) -> Result<String, Problem> {
    let text = text(key, value)?;
    let problem = |message: String| {
        Err(Problem::new(message, format!("name a file below the session's directory: `{key}=pkg/mod.py`")))
    };
    if text.starts_with(['/', '~']) || text.contains('\\') || text.get(1..2) == Some(":") {
        return problem(format!("`{text}` is no relative path with `/`"));
    }
    if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return problem(format!("`{text}` has an empty part, `.` or `..`"));
    }
    if text.chars().any(char::is_control) {
        return problem("this path has a control character".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{highlighted, path, raises};
    use crate::parse::info::Value;

    #[test]
    fn lines_are_numbers_and_ranges() {
        assert_eq!(highlighted("2,5-7 9").unwrap(), [2..=2, 5..=7, 9..=9]);
        for (text, range) in [("0", 0..1), ("2, 7-5", 3..6), ("1 a", 2..3), ("-3", 0..2), ("1-", 0..2)] {
            assert_eq!(highlighted(text).unwrap_err().range, Some(range), "{text}");
        }
    }

    #[test]
    fn paths_stay_below_the_session() {
        let read = |text: &str| {
            path("file", Some(&Value { text, range: 0..text.len(), single_quoted: false })).is_ok()
        };
        for text in ["a.py", "a/b.py", "a b.txt", ".env", "é/..b"] {
            assert!(read(text), "{text}");
        }
        for text in ["/a", "../a", "a/../b", "a//b", "a/", "./a", "~/a", "C:/a", "a\\b", "a\0", " "] {
            assert!(!read(text), "{text}");
        }
    }

    #[test]
    fn an_exception_is_a_name_and_perhaps_a_message() {
        for (text, kind, message) in [
            ("TypeError", "TypeError", None),
            ("json.JSONDecodeError: a: b", "json.JSONDecodeError", Some("a: b")),
            ("KeyError:", "KeyError", None),
        ] {
            let read = raises("raises", text).unwrap();
            assert_eq!((read.kind.as_str(), read.message.as_deref()), (kind, message), "{text}");
        }
        for text in ["", "a b", "1Error", "a..b", ": x"] {
            assert!(raises("warns", text).is_err(), "{text}");
        }
    }
}
