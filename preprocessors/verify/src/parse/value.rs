//! The values of attributes.

use std::time::Duration;

use exemplar_model::fence::{Raises, Treatment};
use exemplar_model::protocol::Network;
use exemplar_model::quantity;

use super::info::Value;

/// Why a value is not one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: String,
}

impl Problem {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
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
        "recorded" => Treatment::Recorded { provenance: text(key, value)?.to_owned() },
        _ if value.is_none() => Treatment::Ignore { reason: None },
        _ => Treatment::Ignore { reason: Some(text(key, value)?.to_owned()) },
    })
}

/// A value that has to be there.
pub(super) fn text<'t>(key: &str, value: Option<&Value<'t>>) -> Result<&'t str, Problem> {
    let example = match key {
        "raises" => "TypeError: unhashable type",
        "flags" => "ELLIPSIS",
        "timeout" => "30s",
        "memory" => "2GiB",
        "network" => "loopback",
        "ignore" => "needs a printer",
        "recorded" => "PyPy 7.3, 2026-05",
        "hidelines" => "~",
        _ => "setup",
    };
    let help = format!("write it as `{key}=\"{example}\"`");
    match value {
        Some(value) if value.single_quoted => Err(Problem::new("values stand in double quotes", help)),
        Some(value) if !value.text.trim().is_empty() => Ok(value.text),
        _ => Err(Problem::new(format!("`{key}` needs a value"), help)),
    }
}

/// `TypeError` or `TypeError: text`.
pub(super) fn raises(text: &str) -> Result<Raises, Problem> {
    let (kind, message) = text.split_once(':').map_or((text, ""), |(kind, message)| (kind, message.trim()));
    let kind = kind.trim();
    let name = |part: &str| {
        part.starts_with(|it: char| it.is_alphabetic() || it == '_')
            && part.chars().all(|it| it.is_alphanumeric() || it == '_')
    };
    if !kind.split('.').all(name) {
        let help = "write it as `raises=\"TypeError\"` or `raises=\"TypeError: its message\"`";
        return Err(Problem::new(format!("`{kind}` is no name of an exception"), help));
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

#[cfg(test)]
mod tests {
    use super::raises;

    #[test]
    fn an_exception_is_a_name_and_perhaps_a_message() {
        for (text, kind, message) in [
            ("TypeError", "TypeError", None),
            ("json.JSONDecodeError: a: b", "json.JSONDecodeError", Some("a: b")),
            ("KeyError:", "KeyError", None),
        ] {
            let read = raises(text).unwrap();
            assert_eq!((read.kind.as_str(), read.message.as_deref()), (kind, message), "{text}");
        }
        for text in ["", "a b", "1Error", "a..b", ": x"] {
            assert!(raises(text).is_err(), "{text}");
        }
    }
}
