//! The difference between two texts of a file, in the form that `git apply` and `patch` take: byte for byte, with the line endings that the
//! lines have, and a line of its own for a text that does not end its last one.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff};

use super::fixes::Change;
use super::text::escaped;

/// How many equal lines stand around those that differ.
const CONTEXT: usize = 3;

const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();

/// Writes a file's part of a patch.
pub(super) fn file(out: &mut impl Write, change: &Change) -> io::Result<()> {
    writeln!(out, "--- {}", named("a", &change.shown))?;
    writeln!(out, "+++ {}", named("b", &change.shown))?;
    for hunk in hunks(&change.old, &change.new) {
        hunk.write(out, |out, sign, line| {
            write!(out, "{sign}{line}")?;
            if line.ends_with('\n') { Ok(()) } else { writeln!(out, "\n\\ No newline at end of file") }
        })?;
    }
    Ok(())
}

/// Writes a difference for a terminal: coloured, and with nothing in it that the terminal would obey.
pub(super) fn coloured(out: &mut impl Write, old: &str, new: &str) -> io::Result<()> {
    for hunk in hunks(old, new) {
        hunk.write(out, |out, sign, line| {
            let style = match sign {
                '-' => REMOVED,
                '+' => ADDED,
                '@' => PLACE,
                _ => Style::new(),
            };
            let line = line.strip_suffix('\n').unwrap_or(line);
            writeln!(out, "{style}{sign}{}{style:#}", escaped(line.strip_suffix('\r').unwrap_or(line)))
        })?;
    }
    Ok(())
}

/// The lines that differ in one stretch, with those around them.
struct Hunk<'t> {
    ops: Vec<DiffOp>,
    old: Vec<&'t str>,
    new: Vec<&'t str>,
}

fn hunks<'t>(old: &'t str, new: &'t str) -> Vec<Hunk<'t>> {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_slices(&old, &new);
    let groups = diff.grouped_ops(CONTEXT);
    groups.into_iter().map(|ops| Hunk { ops, old: old.clone(), new: new.clone() }).collect()
}

impl Hunk<'_> {
    /// Writes the line with its place and then each line, with its sign.
    fn write<W: Write>(
        &self,
        out: &mut W,
        line: impl Fn(&mut W, char, &str) -> io::Result<()>,
    ) -> io::Result<()> {
        let (Some(first), Some(last)) = (self.ops.first(), self.ops.last()) else { return Ok(()) };
        let range = |start: usize, end: usize| match end - start {
            // A place without lines is named by the line above it.
            0 => format!("{start},0"),
            1 => format!("{}", start + 1),
            length => format!("{},{length}", start + 1),
        };
        let old = range(first.old_range().start, last.old_range().end);
        let new = range(first.new_range().start, last.new_range().end);
        line(out, '@', &format!("@ -{old} +{new} @@\n"))?;
        for change in self.ops.iter().flat_map(|op| op.iter_changes(&self.old, &self.new)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            line(out, sign, change.value())?;
        }
        Ok(())
    }
}

/// A path as git writes it in a patch: quoted where it has to be, and ended by a tab where it holds a space.
fn named(side: &str, path: &str) -> String {
    let needs_quotes = |c: char| c.is_ascii_control() || matches!(c, '"' | '\\');
    let path = format!("{side}/{}", path.trim_start_matches('/'));
    if path.contains(needs_quotes) {
        let quoted: String = path
            .chars()
            .map(|c| match c {
                '"' | '\\' => format!("\\{c}"),
                '\t' => "\\t".to_owned(),
                '\n' => "\\n".to_owned(),
                c if c.is_ascii_control() => format!("\\{:03o}", u32::from(c)),
                c => c.to_string(),
            })
            .collect();
        format!("\"{quoted}\"")
    } else if path.contains(' ') {
        path + "\t"
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::{coloured, file};
    use crate::report::fixes::Change;

    fn patch(shown: &str, old: &str, new: &str) -> String {
        let (shown, old, new) = (shown.to_owned(), old.to_owned(), new.to_owned());
        let mut out = Vec::new();
        file(&mut out, &Change { path: "x".into(), shown, old, new, examples: 1, dialects: 0 }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_have_their_own_endings() {
        for (old, new, expected) in [
            ("a\nb\nc\n", "a\nx\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"),
            ("a\r\nb\r\n", "a\r\nx\r\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+x\r\n"),
            (
                "a\nb",
                "a\nx",
                "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+x\n\\ No newline at end of file\n",
            ),
            ("a\rb\n", "a\rc\n", "@@ -1 +1 @@\n-a\rb\n+a\rc\n"),
        ] {
            assert_eq!(patch("p.md", old, new), format!("--- a/p.md\n+++ b/p.md\n{expected}"));
        }
        let numbered = |change: &str| {
            (1..=20).map(|n| if n == 10 { change.to_owned() } else { format!("{n}\n") }).collect::<String>()
        };
        let said = patch("p.md", &numbered(""), &numbered("new\n"));
        assert!(said.contains("@@ -7,6 +7,7 @@\n 7\n 8\n 9\n+new\n 11\n"), "{said}");
    }

    #[test]
    fn paths_are_written_as_git_reads_them() {
        for (path, expected) in [
            ("docs/é.md", "--- a/docs/é.md\n"),
            ("my page.md", "--- a/my page.md\t\n"),
            ("a\"b.md", "--- \"a/a\\\"b.md\"\n"),
        ] {
            assert!(patch(path, "a\n", "b\n").starts_with(expected), "{path}");
        }
    }

    #[test]
    fn a_terminal_is_told_nothing_that_it_would_obey() {
        let mut out = Vec::new();
        coloured(&mut out, "a\x1b[2J\n", "b\r\n").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("-a\\x1b[2J") && text.contains("+b") && !text.contains('\r'), "{text}");
    }
}
