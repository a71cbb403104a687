//! What of the pages is to be mended: all of a page, or what stands at some of its lines (`page.md:12`).

use std::path::{Path, PathBuf};

use exemplar_model::source::{FileId, Span};
use exemplar_verify::load::files::Files;

use crate::arguments::PageArguments;
use crate::failure::Failure;

/// Pages and lines of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// The pages.
    pub(super) pages: PageArguments,
    /// Whether someone named pages.
    pub(super) is_named: bool,
    /// Lines, each with its page without links.
    lines: Vec<(PathBuf, usize)>,
    /// Whether a page or folder is named without a line.
    has_whole: bool,
    /// Pages and folders that are named without a line.
    whole: Vec<PathBuf>,
}

impl Asked {
    pub(super) fn of(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut pages: Vec<PathBuf> = Vec::new();
        let (mut lines, mut whole) = (Vec::new(), Vec::new());
        for path in paths {
            let page = match at_line(path) {
                Some((page, line)) => {
                    lines.push((resolved(&page), line));
                    page
                }
                None if path.as_os_str() == "-" => return Err(Failure::FixStandardInput),
                None => {
                    whole.push(resolved(path));
                    path.clone()
                }
            };
            if !pages.iter().any(|known| is_same(known, &page)) {
                pages.push(page);
            }
        }
        let pages = PageArguments { paths: pages, stdin_path: None, partition: None, timings: None };
        Ok(Self {
            is_named: !paths.is_empty(),
            has_whole: lines.is_empty() || !whole.is_empty(),
            pages,
            lines,
            whole,
        })
    }

    /// Whether something at this place is to be mended. A file that a page includes is asked for with the page.
    pub(super) fn has(&self, files: &Files, span: Span) -> bool {
        let path = resolved(files.disk_path(span.file));
        let of_file: Vec<usize> =
            self.lines.iter().filter(|(page, _)| *page == path).map(|(_, line)| *line).collect();
        if of_file.is_empty() || self.whole.iter().any(|whole| path.starts_with(whole)) {
            return self.has_whole;
        }
        let lines = lines_of(files, span);
        of_file.iter().any(|line| lines.contains(line))
    }
}

fn lines_of(files: &Files, span: Span) -> std::ops::RangeInclusive<usize> {
    let place = |at: Span| -> (FileId, usize) { (at.file, files.sources.start(at).line) };
    place(span).1..=files.sources.end(span).line
}

/// A path with a line behind it, if there is no file of that name.
fn at_line(path: &Path) -> Option<(PathBuf, usize)> {
    if path.exists() {
        return None;
    }
    let (page, line) = path.to_str()?.rsplit_once(':')?;
    Some((PathBuf::from(page), line.parse().ok().filter(|line| *line > 0)?))
}

/// Whether two paths are of the same file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    resolved(one) == resolved(other)
}

fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use exemplar_model::source::Span;
    use exemplar_verify::load::files::Files;

    use super::Asked;

    #[test]
    fn a_line_asks_for_what_stands_there_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["a.md", "b.md", "part.py", "odd:3"] {
            fs_err::write(path(name), "one\ntwo\nthree\nfour\n").unwrap();
        }
        let mut files = Files::new(folder.path());
        let mut second_and_third = |name: &str| {
            let file = files.read(&path(name)).unwrap().file;
            (files.emptied(), Span::new(file, 4..12))
        };
        let spans = ["a.md", "b.md", "part.py", "odd:3"].map(|name| second_and_third(name).1);
        for (given, expected) in [
            (vec![], [true, true, true, true]),
            (vec!["a.md"], [true, true, true, true]),
            (vec!["a.md:1"], [false, false, false, false]),
            (vec!["a.md:2"], [true, false, false, false]),
            (vec!["a.md:1", "a.md:3"], [true, false, false, false]),
            (vec!["a.md:4", "b.md"], [false, true, true, true]),
            (vec!["a.md:4", "a.md"], [true, true, true, true]),
            (vec!["odd:3"], [true, true, true, true]),
        ] {
            let paths: Vec<PathBuf> = given.iter().map(|name| path(name)).collect();
            let asked = Asked::of(&paths).unwrap();
            assert_eq!(spans.map(|span| asked.has(&files, span)), expected, "{given:?}");
        }
        assert!(Asked::of(&["-".into()]).is_err());
    }
}
