//! Findings as diagnostics: each once, at its place in a file of the author's.
//!
//! A generated chapter has no file. What stands in it is collected from others, so a finding is looked for in the chapter that has the
//! same line: there it is told, and once, whatever repeats it.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::Span;
use mdbook_preprocessor::book::Chapter as BookChapter;

use crate::finding::Finding;
use crate::manuscript::{Chapter, Manuscript};
use crate::origin;

/// All findings, each with the place of its chapter in `chapters`.
pub(crate) fn diagnostics(
    manuscript: &Manuscript<'_>,
    chapters: &[Chapter],
    findings: &[(usize, Finding)],
) -> Vec<Diagnostic> {
    let mut told = HashSet::new();
    let mut told_in_file = HashSet::new();
    let (own, generated): (Vec<_>, Vec<_>) =
        findings.iter().partition(|(chapter, _)| manuscript.pages.contains_key(&chapters[*chapter].path));
    // Where a finding is told in its own chapter, no other one repeats it.
    let mut diagnostics = Vec::new();
    for (list, is_generated) in [(own, false), (generated, true)] {
        for (chapter, finding) in list {
            let Some(found) = diagnostic(manuscript, &chapters[*chapter], finding) else { continue };
            let in_file = (found.code, found.span.file, found.message.clone());
            let is_known = is_generated && told_in_file.contains(&in_file);
            told_in_file.insert(in_file);
            if !is_known && told.insert((found.code, found.span, found.message.clone())) {
                diagnostics.push(found);
            }
        }
    }
    diagnostics
}

fn diagnostic(manuscript: &Manuscript<'_>, chapter: &Chapter, finding: &Finding) -> Option<Diagnostic> {
    let span = match span(manuscript, &chapter.path, &chapter.text, &finding.range) {
        Some(span) => span,
        None => collected_from(manuscript, chapter, &finding.range).or_else(|| {
            // What no chapter has the line of is the template's; without the fatal ones there is no book at all.
            let first =
                manuscript.pages.values().map(|page| page.file).min().filter(|_| finding.is_fatal())?;
            Some(Span::new(first, 0..0))
        })?,
    };
    let mut diagnostic = if finding.is_fatal() {
        Diagnostic::error(finding.code, span, finding.message.clone())
    } else {
        Diagnostic::warning(finding.code, span, finding.message.clone())
    };
    diagnostic.help.clone_from(&finding.help);
    Some(diagnostic)
}

/// The place of a range of a chapter's woven text, if the chapter has a file.
fn span(manuscript: &Manuscript<'_>, path: &Path, woven: &str, range: &Range<usize>) -> Option<Span> {
    manuscript.pages.get(path).map(|expanded| origin::of(woven, range, expanded))
}

/// The place that a piece of a generated chapter was collected from: the first chapter that has the same line, or else the nearest line
/// above it, since the paths of pictures and links change on the way.
fn collected_from(manuscript: &Manuscript<'_>, chapter: &Chapter, range: &Range<usize>) -> Option<Span> {
    const NEAR: usize = 40;
    let text = &chapter.text;
    let end = text.get(range.start..)?.find('\n').map_or(text.len(), |at| range.start + at);
    let above = text.get(..end)?.rsplit('\n').take(NEAR).map(str::trim);
    // HTML is one line for many places: then the piece itself has to do.
    let piece = text.get(range.clone()).unwrap_or_default().lines().next().unwrap_or_default();
    let is_telling = !piece.is_ascii() || piece.len() > 8;
    let same_line =
        above.clone().next().and_then(|line| in_chapters(manuscript, |it| line_of(it, line), piece));
    let same_piece = || {
        let place = |it: &BookChapter| it.content.find(piece).map(|at| at..at + piece.len());
        is_telling.then(|| in_chapters(manuscript, place, piece))?
    };
    let near = || {
        let telling = above.skip(1).filter(|line| line.chars().filter(|c| c.is_alphabetic()).count() > 8);
        telling.filter_map(|line| in_chapters(manuscript, |it| line_of(it, line), line)).next()
    };
    same_line.or_else(same_piece).or_else(near)
}

/// The place of a piece in the first chapter with a file that has a place for it.
fn in_chapters(
    manuscript: &Manuscript<'_>,
    place: impl Fn(&BookChapter) -> Option<Range<usize>>,
    piece: &str,
) -> Option<Span> {
    manuscript.book.chapters().find_map(|other| {
        let path = other.path.as_ref().filter(|path| manuscript.pages.contains_key(*path))?;
        let at = place(other)?;
        let inner = other.content.get(at.clone()).and_then(|line| line.find(piece)).unwrap_or(0);
        let found = at.start + inner;
        span(manuscript, path, &other.content, &(found..found + piece.len()))
    })
}

/// Where a chapter has a line, but for what a quote or a list puts before it.
fn line_of(chapter: &BookChapter, line: &str) -> Option<Range<usize>> {
    if line.is_empty() {
        return None;
    }
    let content = &chapter.content;
    let found = content.match_indices(line).map(|(at, _)| at);
    found.map(|at| at..at + line.len()).find(|found| {
        let before = content[..found.start].rsplit('\n').next().unwrap_or_default();
        let behind = content[found.end..].split('\n').next().unwrap_or_default();
        before.trim_start_matches(['>', ' ']).is_empty() && behind.trim().is_empty()
    })
}
