//! Fences that say the same for different Pythons.
//!
//! Neighbours whose `python=` attributes exclude each other are one example to the reader. They stand one after another in the page, each
//! with its label; the script of the theme makes tabs of them, and without it, and on paper, nothing is missing.

use std::ops::Range;
use std::str::FromStr;

use exemplar_model::fence::Fence;
use exemplar_model::plan::Page;
use pep440_rs::{Version, VersionSpecifiers};

/// The runs of fences that are one example, each of two or more.
pub(super) fn groups(page: &Page) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut first = 0;
    for index in 1..=page.fences.len() {
        let belongs = page.fences.get(index).is_some_and(|fence| {
            follows(page, &page.fences[index - 1], fence)
                && page.fences[first..index].iter().all(|other| excludes(other, fence))
        });
        if !belongs {
            if index - first > 1 {
                groups.push(first..index);
            }
            first = index;
        }
    }
    groups
}

/// Whether nothing but blank lines stands between two fences of the same list item or block quote.
fn follows(page: &Page, before: &Fence, fence: &Fence) -> bool {
    let end = before.output_range.as_ref().unwrap_or(&before.range).end;
    let between = page.expanded.text.get(end..fence.range.start).unwrap_or("none");
    before.prefix == fence.prefix
        && between.chars().all(|c| c.is_whitespace() || (c == '>' && fence.prefix.contains('>')))
}

/// Whether no Python runs both.
fn excludes(one: &Fence, other: &Fence) -> bool {
    if one.attributes.hidden || other.attributes.hidden {
        return false;
    }
    match (&one.attributes.python, &other.attributes.python) {
        (Some(one), Some(other)) => disjoint(one, other).unwrap_or(false),
        _ => false,
    }
}

/// Whether no version is in both; none where one of them can't be read, which the planner tells the author.
///
/// Versions are tried: where the two ranges begin, or the release after it, and every feature release from first to last; what both
/// have in common begins at one of these.
fn disjoint(one: &str, other: &str) -> Option<bool> {
    let one = VersionSpecifiers::from_str(one).ok()?;
    let other = VersionSpecifiers::from_str(other).ok()?;
    let named = one.iter().chain(other.iter()).flat_map(|specifier| {
        let version = specifier.version();
        let part = |index: usize| version.release().get(index).copied().unwrap_or(0);
        [version.clone(), Version::new([part(0), part(1), part(2).saturating_add(1)])]
    });
    let released = (0..100).flat_map(|minor| [Version::new([3, minor, 0]), Version::new([3, minor, 9999])]);
    Some(!named.chain(released).any(|version| one.contains(&version) && other.contains(&version)))
}

/// The versions of a `python=` attribute, in words.
pub(super) fn label(python: &str) -> String {
    let specifiers: Vec<&str> = python.split(',').map(str::trim).collect();
    let version = |specifier: &str, operator: &str| {
        let version = specifier.strip_prefix(operator)?.trim();
        version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
    };
    match specifiers.as_slice() {
        [single] => {
            if let Some(from) = version(single, ">=") {
                return format!("Python {from} and newer");
            }
            if let Some(before) = version(single, "<") {
                return format!("Python before {before}");
            }
            if let Some(exactly) = version(single, "==") {
                return format!("Python {}", exactly.trim_end_matches(".*"));
            }
        }
        [one, other] => {
            let bounds = |from: &str, before: &str| Some((version(from, ">=")?, version(before, "<")?));
            if let Some((from, before)) = bounds(one, other).or_else(|| bounds(other, one)) {
                return between(&from, &before);
            }
        }
        _ => {}
    }
    format!("Python {}", specifiers.join(", "))
}

/// The versions from one to another, the last not among them: by name, where both are feature releases.
fn between(from: &str, before: &str) -> String {
    let minor = |version: &str| version.strip_prefix("3.")?.parse::<u32>().ok();
    match (minor(from), minor(before)) {
        (Some(first), Some(end)) if end == first + 1 => format!("Python {from}"),
        (Some(first), Some(end)) if end == first + 2 => format!("Python {from} and 3.{}", first + 1),
        (Some(first), Some(end)) if end > first + 2 => format!("Python {from} to 3.{}", end - 1),
        _ => format!("Python {from} and newer, before {before}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{disjoint, label};

    #[test]
    fn ranges_that_share_a_version_are_not_variants() {
        for (one, other, expected) in [
            (">=3.12", "<3.12", Some(true)),
            (">=3.12", "<=3.12", Some(false)),
            (">=3.12", "<3.13", Some(false)),
            ("==3.11.*", ">=3.12", Some(true)),
            ("==3.11.*", ">=3.11.4", Some(false)),
            (">3.11.4,<3.11.6", "==3.11.5", Some(false)),
            (">3.11.4,<3.11.6", ">3.11.3,<3.11.7", Some(false)),
            (">=3.10,<3.12", ">=3.12", Some(true)),
            ("nonsense", ">=3.12", None),
        ] {
            assert_eq!(disjoint(one, other), expected, "{one} {other}");
            assert_eq!(disjoint(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn labels_are_words() {
        for (python, expected) in [
            (">=3.12", "Python 3.12 and newer"),
            ("<3.12", "Python before 3.12"),
            ("== 3.11.*", "Python 3.11"),
            ("<3.12, >=3.10", "Python 3.10 and 3.11"),
            (">=3.13,<3.14", "Python 3.13"),
            (">=3.10,<3.14", "Python 3.10 to 3.13"),
            (">=3.11.4,<3.13", "Python 3.11.4 and newer, before 3.13"),
            (">=3.12,<3.12", "Python 3.12 and newer, before 3.12"),
            ("~=3.11,!=3.11.2", "Python ~=3.11, !=3.11.2"),
            ("<=3.11", "Python <=3.11"),
        ] {
            assert_eq!(label(python), expected);
        }
    }
}
