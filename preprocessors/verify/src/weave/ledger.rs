//! What was verified in the whole book, chapter by chapter, and every fence that was not run or not compared, with its reason.
//!
//! One record, written twice: as a chapter for readers and, by the renderer, as JSON for programs. It holds no duration and no path of
//! the machine: two builds of the same book give the same bytes.

use std::path::{Path, PathBuf};

use exemplar_model::report::{Python, Status, Tool};
use serde::Serialize;

use super::lines::escape;
use super::note;
use crate::pipeline::Verified;
use crate::report::PlacedExample;

/// The path of its chapter.
pub const PATH: &str = "verified.md";

/// Its name in the table of contents.
pub const NAME: &str = "How this book was verified";

/// The record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// The version of its form.
    pub schema: u32,
    /// What made it.
    pub tool: Tool,
    /// Each interpreter that ran examples, such as `CPython 3.11.7`; the book's own first.
    pub pythons: Vec<String>,
    /// The confinement achieved: of files, of the network.
    pub isolation: [String; 2],
    /// Each chapter with examples, in reading order.
    pub chapters: Vec<LedgerChapter>,
}

/// A chapter of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerChapter {
    /// Its name in the table of contents.
    pub title: String,
    /// Its path from the source folder.
    pub path: PathBuf,
    /// How many examples it has.
    pub examples: usize,
    /// Those that were run and whose output was compared.
    pub compared: usize,
    /// Those that were run and state no output.
    pub run: usize,
    /// The fences that were not run or not compared.
    pub unverified: Vec<Unverified>,
}

/// A fence that was not run or not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unverified {
    /// Its line in the file that it stands in.
    pub line: usize,
    /// Its first line of code.
    pub code: String,
    /// Why.
    pub reason: String,
}

impl Ledger {
    /// The record of a verified book, whose chapters are given with their place among the pages.
    #[must_use]
    pub fn of(verified: &Verified, chapters: &[(String, PathBuf, usize)]) -> Self {
        let report = &verified.report;
        let own = report.python.as_ref().map(named);
        let others = report.examples.iter().filter_map(|example| example.python.as_ref());
        let mut others: Vec<String> = others.map(|version| format!("Python {version}")).collect();
        others.sort();
        others.dedup();
        let chapters = chapters.iter().filter_map(|(title, path, page)| {
            chapter(verified, title, path, *page).filter(|chapter| chapter.examples > 0)
        });
        Self {
            schema: 1,
            tool: report.tool.clone(),
            pythons: own.into_iter().chain(others).collect(),
            isolation: [report.isolation.filesystem.clone(), report.isolation.network.clone()],
            chapters: chapters.collect(),
        }
    }

    /// Its chapter, as Markdown; none for a book without examples.
    #[must_use]
    pub fn markdown(&self) -> Option<String> {
        let total = |count: fn(&LedgerChapter) -> usize| self.chapters.iter().map(count).sum::<usize>();
        let (examples, compared, run) = (
            total(|chapter| chapter.examples),
            total(|chapter| chapter.compared),
            total(|chapter| chapter.run),
        );
        if examples == 0 {
            return None;
        }
        let mut text = format!(
            "# {NAME}\n\nWhen this book was built, its examples were run, and what they printed was compared with what the pages say. Of {}, {compared} were run and their output compared, {run} were run and state no output, and {} were not run.\n\n",
            note::counted(examples),
            examples - compared - run,
        );
        text.push_str(&format!(
            "They were run with {}, by {} {}. While they ran, files were kept from them by {} and the network by {}. The same as data: <a href=\"verified.json\">verified.json</a>.\n\n## Chapter by chapter\n\n",
            escape(&listed(&self.pythons)),
            escape(&self.tool.name),
            escape(&self.tool.version),
            escape(&self.isolation[0]),
            escape(&self.isolation[1]),
        ));
        text.push_str("<table class=\"exemplar-ledger\"><thead><tr><th scope=\"col\">Chapter</th><th scope=\"col\">Examples</th><th scope=\"col\">Compared</th><th scope=\"col\">Run</th><th scope=\"col\">Not run</th></tr></thead><tbody>\n");
        for chapter in &self.chapters {
            text.push_str(&format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                link(chapter),
                chapter.examples,
                chapter.compared,
                chapter.run,
                chapter.examples - chapter.compared - chapter.run
            ));
        }
        text.push_str("</tbody></table>\n\n## Not run, or not compared\n\n");
        let mut unverified = self.chapters.iter().filter(|chapter| !chapter.unverified.is_empty()).peekable();
        if unverified.peek().is_none() {
            text.push_str("Nothing: every example was run, and every stated output compared.\n");
        }
        for chapter in unverified {
            text.push_str(&format!("<p class=\"exemplar-ledger-chapter\">{}</p>\n<ul>\n", link(chapter)));
            for fence in &chapter.unverified {
                text.push_str(&format!(
                    "<li><code>{}</code> (line {}): {}</li>\n",
                    escape(&fence.code),
                    fence.line,
                    escape(&fence.reason)
                ));
            }
            text.push_str("</ul>\n\n");
        }
        Some(text)
    }
}

fn link(chapter: &LedgerChapter) -> String {
    format!("<a href=\"{}\">{}</a>", escape(&page(&chapter.path)), escape(&chapter.title))
}

/// The page that a chapter becomes, from the root of the site: mdBook's preprocessor `index` makes an index of README.md.
#[must_use]
pub fn page(chapter: &Path) -> String {
    let is_readme = chapter.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("readme"));
    let page = if is_readme { chapter.with_file_name("index.html") } else { chapter.with_extension("html") };
    page.to_string_lossy().into_owned()
}

/// How the root of the site is reached from the page of a chapter.
#[must_use]
pub fn to_root(chapter: &Path) -> String {
    "../".repeat(chapter.components().count().saturating_sub(1))
}

fn chapter(verified: &Verified, title: &str, path: &Path, page: usize) -> Option<LedgerChapter> {
    let fences = &verified.pages.get(page)?.fences;
    let examples = verified.examples_of(page);
    let unverified = fences.iter().enumerate().filter(|(_, fence)| !fence.attributes.hidden).filter_map(
        |(index, fence)| {
            let of_fence: Vec<&PlacedExample> =
                examples.iter().filter(|example| example.fence == index).collect();
            Some(Unverified {
                line: verified.files.sources.start(fence.opening).line,
                code: fence
                    .shown
                    .iter()
                    .map(|line| line.text.trim())
                    .find(|text| !text.is_empty())?
                    .to_owned(),
                reason: note::reason(fence, &of_fence)?,
            })
        },
    );
    let count = |status| examples.iter().filter(|example| example.result.status == status).count();
    Some(LedgerChapter {
        title: title.to_owned(),
        path: path.to_owned(),
        examples: examples.len(),
        compared: count(Status::Passed),
        run: count(Status::Ran),
        unverified: unverified.collect(),
    })
}

fn listed(pythons: &[String]) -> String {
    match pythons {
        [] => "no Python".to_owned(),
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        [only, ..] => only.clone(),
    }
}

fn named(python: &Python) -> String {
    format!("{} {}", python.implementation, python.version)
}
