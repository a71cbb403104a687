//! Values that Python's own standards define: versions (PEP 440), requirements and markers (PEP 508).

use std::ops::Range;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{MarkerTree, Requirement, VerbatimUrl};

use super::line::offset_in;
use super::value::Problem;

const PYTHON_HELP: &str = "write it as `python=\">=3.12\"`, `python=\">=3.11,<3.13\"` or `python=\"3.12\"`";

const REQUIRES_HELP: &str =
    "write it as `requires=\"numpy>=2 pandas\"`: names as pip has them, with versions where they matter";

const IF_HELP: &str = "write it as `if=\"sys_platform == 'linux'\"`: `sys_platform`, `platform_system`, `platform_machine`, \
                       `python_version`, … compared with a text in single quotes, joined by `and` and `or`";

/// Versions of Python, as PEP 440 specifiers. `3.12` stands for `==3.12.*`, and `3.12+` for `>=3.12`.
pub(super) fn python(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let (number, plus) = text.strip_suffix('+').map_or((text, false), |number| (number, true));
    let is_number = number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    let written = match Version::from_str(number) {
        Ok(_) if is_number && plus => format!(">={number}"),
        // All releases of a series, but only one release where that is written in full.
        Ok(version) if is_number && version.release().len() <= 2 => format!("=={number}.*"),
        Ok(_) if is_number => format!("=={number}"),
        _ => text.to_owned(),
    };
    let problem = |help: String| Problem::new(format!("`{text}` says no versions of Python"), help);
    let specifiers = VersionSpecifiers::from_str(&written).map_err(|_| problem(meant_version(text)))?;
    if specifiers.is_empty() {
        return Err(problem(PYTHON_HELP.to_owned()));
    }
    Ok(written)
}

/// Help for the slips that are seen most.
fn meant_version(text: &str) -> String {
    let range = text.split_once('-').and_then(|(first, last)| {
        let last = Version::from_str(last.trim()).ok()?;
        let [major, minor] = *last.release() else { return None };
        Some(format!(">={},<{major}.{}", first.trim(), minor.checked_add(1)?))
    });
    let suggestion = match (text.strip_prefix("=>"), text.strip_prefix("=<"), text.strip_prefix('=')) {
        _ if range.is_some() => range,
        (Some(rest), ..) => Some(format!(">={}", rest.trim())),
        (_, Some(rest), _) => Some(format!("<={}", rest.trim())),
        (_, _, Some(rest)) => Some(format!("=={}.*", rest.trim_start_matches('=').trim())),
        _ => Some(text.trim_start_matches(|it: char| it.is_ascii_alphabetic()).trim().to_owned()),
    };
    match suggestion.filter(|it| it != text && python(it).is_ok()) {
        Some(right) => format!("did you mean `python=\"{right}\"`?"),
        None => PYTHON_HELP.to_owned(),
    }
}

/// Requirements, with white space or commas between them; each as it is passed on, in the form of its standard.
pub(super) fn requires(text: &str) -> Result<Vec<String>, Problem> {
    let mut requirements = Vec::new();
    for range in pieces(text) {
        let piece = &text[range.clone()];
        let problem = |message: String, help: &str| Problem::new(message, help).at(range.clone());
        if piece.contains('@') || piece.contains("://") {
            let help = "name the package alone: what is installed is looked at, and nothing is fetched";
            return Err(problem(format!("`{piece}` has an address"), help));
        }
        if piece.contains(';') {
            let help = "put the condition into an attribute of its own: `if=\"sys_platform == 'linux'\"`";
            return Err(problem(format!("`{piece}` has a condition"), help));
        }
        let read = Requirement::<VerbatimUrl>::from_str(piece)
            .map_err(|_| problem(format!("`{piece}` is no requirement"), REQUIRES_HELP))?;
        requirements.push(read.to_string());
    }
    Ok(requirements)
}

/// Cuts a list of requirements. `numpy >= 2, < 3` is one of them: what begins with an operator, or stands behind one, belongs to what is
/// before it, and so does all within brackets.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let is_operator = |it: char| matches!(it, '<' | '>' | '=' | '!' | '~');
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut condition = false;
    for word in text.split(|it: char| it.is_whitespace() || it == ',').filter(|word| !word.is_empty()) {
        let start = offset_in(text, word);
        let end = start + word.len();
        let before = pieces.last().map_or("", |last| &text[last.clone()]);
        let open = before.matches(['[', '(']).count() > before.matches([']', ')']).count();
        let belongs = open
            || condition
            || word.starts_with(is_operator)
            || word.starts_with(['[', '(', '@', ';'])
            || before.ends_with(is_operator)
            || before.ends_with('@');
        condition |= word.contains(';');
        match pieces.last_mut().filter(|_| belongs) {
            Some(last) => last.end = end,
            None => pieces.push(start..end),
        }
    }
    pieces
}

/// Markers of the environment.
pub(super) fn condition(text: &str) -> Result<String, Problem> {
    let mut problems = Vec::new();
    let mut reporter = |_, problem: String| problems.push(problem);
    let read = MarkerTree::parse_reporter(text, &mut reporter);
    if read.is_err() || !problems.is_empty() {
        return Err(Problem::new(format!("`{}` is no condition", text.trim()), IF_HELP));
    }
    if text.split(|it: char| !it.is_alphanumeric() && it != '_').any(|word| word == "extra") {
        return Err(Problem::new("a fence has no `extra`", IF_HELP));
    }
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{condition, python, requires};

    #[test]
    fn versions_are_specifiers_or_a_series() {
        for (text, read) in [
            (">=3.12", ">=3.12"),
            (" >=3.11, <3.13", ">=3.11, <3.13"),
            ("~=3.12", "~=3.12"),
            ("==3.12.*", "==3.12.*"),
            ("3.12", "==3.12.*"),
            ("3", "==3.*"),
            ("3.12.1", "==3.12.1"),
            ("3.12+", ">=3.12"),
        ] {
            assert_eq!(python(text).unwrap(), read, "{text}");
        }
        for (text, help) in [
            ("=>3.12", "`python=\">=3.12\"`"),
            ("=3.12", "`python=\"==3.12.*\"`"),
            ("3.11-3.13", "`python=\">=3.11,<3.14\"`"),
            ("py3.12", "`python=\"3.12\"`"),
            ("python 3.12", "`python=\"3.12\"`"),
            ("3.x", "write it as"),
            ("", "write it as"),
            ("+", "write it as"),
            (",", "write it as"),
            ("new", "write it as"),
            ("3.12 3.13", "write it as"),
        ] {
            let problem = python(text).unwrap_err();
            assert!(problem.help.contains(help), "{text}: {}", problem.help);
        }
    }

    #[test]
    fn requirements_are_cut_where_one_ends() {
        for (text, read) in [
            ("numpy>=2 pandas", &["numpy>=2", "pandas"][..]),
            ("numpy >= 2, <3, Pandas", &["numpy>=2,<3", "pandas"]),
            ("a[b, c]>1\nd", &["a[b,c]>1", "d"]),
            ("ruamel.yaml", &["ruamel-yaml"]),
        ] {
            assert_eq!(requires(text).unwrap(), read, "{text}");
        }
        for (text, range, help) in [
            ("a numpy=2", 2..9, "numpy>=2"),
            ("a @ https://b.c/d", 0..17, "alone"),
            ("a git+https://b.c/d", 2..19, "alone"),
            ("a b; python_version < '3'", 2..25, "`if=\""),
            ("é ü", 0..2, "as pip has them"),
        ] {
            let problem = requires(text).unwrap_err();
            assert_eq!(problem.range, Some(range), "{text}");
            assert!(problem.help.contains(help), "{text}: {}", problem.help);
        }
    }

    #[test]
    fn conditions_are_markers() {
        for text in [
            "sys_platform == 'linux'",
            "python_version >= '3.11' and (os_name != 'nt' or platform_machine == 'x')",
        ] {
            assert_eq!(condition(text).unwrap(), text);
        }
        for text in [
            "linux",
            "",
            "platform == 'linux'",
            "extra == 'x'",
            "sys_platform = 'linux'",
            "sys_platform == linux",
        ] {
            assert!(condition(text).is_err(), "{text}");
        }
    }
}
