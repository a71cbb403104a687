//! Names and messages of exceptions.

use exemplar_model::outcome::Raised;

use super::layout::first_line;

/// The types that say that code does not compile.
pub(super) const SYNTAX_ERRORS: [&str; 3] = ["SyntaxError", "IndentationError", "TabError"];

/// Whether a name is that of the raised type itself, with or without its module. The name of a base is not.
#[must_use]
pub(super) fn is_type(name: &str, raised: &Raised) -> bool {
    // Tracebacks leave these two modules out.
    let name = ["builtins.", "__main__."].iter().find_map(|module| name.strip_prefix(module)).unwrap_or(name);
    let bare = last_part(&raised.kind);
    // A lineage begins with the type's own two names.
    name == raised.kind
        || name == bare
        || raised.lineage.iter().take(2).any(|own| own == name && last_part(own) == bare)
}

/// Whether a name is that of a base of the raised type.
#[must_use]
pub(super) fn is_base(name: &str, raised: &Raised) -> bool {
    !is_type(name, raised) && raised.lineage.iter().any(|base| base == name)
}

/// What the exception says: its summary behind the type's name, notes included.
#[must_use]
pub(super) fn message(raised: &Raised) -> &str {
    let summary = raised.summary.strip_suffix('\n').unwrap_or(&raised.summary);
    let behind = summary.strip_prefix(raised.kind.as_str()).unwrap_or(summary);
    behind.strip_prefix(": ").unwrap_or(behind)
}

/// The exception in one line of a message, cut where it gets long.
#[must_use]
pub(super) fn in_short(raised: &Raised) -> String {
    const LONGEST: usize = 120;
    let line = first_line(&raised.summary);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// doctest's `_strip_exception_details`: of a message's first line the type's name, without its module.
#[must_use]
pub(super) fn without_details(message: &str) -> &str {
    last_part(first_line(message).split(':').next().unwrap_or_default())
}

/// What stands behind the last dot.
#[must_use]
pub(super) fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{is_base, is_type, message, without_details};
    use exemplar_model::outcome::Raised;

    fn raised(kind: &str, lineage: &[&str], summary: &str) -> Raised {
        Raised {
            kind: kind.into(),
            lineage: lineage.iter().map(|&name| name.into()).collect(),
            summary: summary.into(),
            traceback: String::new(),
            at_compile: false,
            exit_status: None,
        }
    }

    #[test]
    fn a_type_has_its_own_names_and_those_of_its_bases_are_not_among_them() {
        let names = ["JSONDecodeError", "json.decoder.JSONDecodeError", "ValueError", "builtins.ValueError"];
        let json = raised("json.decoder.JSONDecodeError", &names, "");
        assert!(is_type("JSONDecodeError", &json) && is_type("json.decoder.JSONDecodeError", &json));
        assert!(!is_type("ValueError", &json) && is_base("ValueError", &json));
        assert!(!is_type("json.JSONDecodeError", &json) && !is_base("KeyError", &json));
        let own = raised("Missing", &["Missing", "KeyError"], "");
        assert!(is_type("__main__.Missing", &own) && is_type("Missing", &own) && !is_type("KeyError", &own));
    }

    #[test]
    fn a_message_is_what_stands_behind_the_name() {
        for (kind, summary, expected) in [
            ("ValueError", "ValueError: a: b\nnote\n", "a: b\nnote"),
            ("ValueError", "ValueError\n", ""),
            ("a.b.E", "a.b.E: x\n", "x"),
        ] {
            assert_eq!(message(&raised(kind, &[], summary)), expected);
        }
    }

    #[test]
    fn details_are_module_and_message() {
        for (message, expected) in [
            ("foo.bar.MyError: la di da\n", "MyError"),
            ("abc.def", "def"),
            ("abc.def:\n", "def"),
            ("E\na.b: c", "E"),
            ("", ""),
        ] {
            assert_eq!(without_details(message), expected);
        }
    }
}
