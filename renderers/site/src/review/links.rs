//! Links of chapters to chapters, to places in them, and to files beside them; and their images.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::ExpandedText;
use exemplar_verify::spelling;
use exemplar_verify::weave::ledger;
use mdbook::book::Book;
use mdbook_markdown::pulldown_cmark::{Event, Tag};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::anchors::Anchors;
use crate::preprocess;

/// What the renderer and the appendices write, below the root of the site.
const GENERATED: [&str; 9] = [
    "appendix",
    "index.html",
    "labs",
    "llms-full.txt",
    "llms.txt",
    "pagefind",
    "print.html",
    "verified.html",
    "verified.md",
];

mod code {
    pub(super) const ANCHOR: &str = "broken-anchor";
    pub(super) const LINK: &str = "broken-link";
    pub(super) const IMAGE: &str = "missing-image";
}

/// A link as it stands in a page.
struct Found {
    target: String,
    range: Range<usize>,
    is_image: bool,
}

/// What links can lead to in chapters, which are known by their paths from the book's source folder.
#[derive(Debug, Clone, Default)]
pub struct Targets(HashMap<PathBuf, Arc<Anchors>>);

impl Targets {
    /// In a chapter with this text.
    #[must_use]
    pub fn of(chapter: &Path, expanded: &ExpandedText) -> Self {
        Self(HashMap::from([(chapter.to_owned(), Arc::new(Anchors::of(&expanded.text)))]))
    }

    /// The links and images of chapters that lead nowhere. `source` is the book's source folder.
    #[must_use]
    pub fn missed_by(&self, chapters: &[(PathBuf, &ExpandedText)], source: &Path) -> Vec<Diagnostic> {
        told(chapters, |found, path| wrong(found, path, &self.0, source))
    }
}

impl<'a> Extend<&'a Self> for Targets {
    /// Of a chapter that is in several, the last one counts.
    fn extend<T: IntoIterator<Item = &'a Self>>(&mut self, others: T) {
        for other in others {
            self.0.extend(other.0.iter().map(|(path, anchors)| (path.clone(), Arc::clone(anchors))));
        }
    }
}

/// The links of chapters into generated ones, which have no file, that lead nowhere. `book` has both.
#[must_use]
pub fn generated_links(chapters: &[(PathBuf, &ExpandedText)], book: &Book, source: &Path) -> Vec<Diagnostic> {
    let has_file =
        |path: &Path| source.join(path).exists() || chapters.iter().any(|(chapter, _)| chapter == path);
    let generated: HashMap<PathBuf, Arc<Anchors>> = preprocess::chapters(book)
        .filter_map(|chapter| Some((chapter.path.as_deref()?, chapter)))
        .filter(|(path, chapter)| chapter.source_path.is_none() && !has_file(path))
        .map(|(path, chapter)| (path.to_owned(), Arc::new(Anchors::of(&chapter.content))))
        .collect();
    told(chapters, |found, path| wrong_in_generated(found, path, &generated, has_file))
}

/// What is wrong with the links of chapters, each at its place.
fn told(
    chapters: &[(PathBuf, &ExpandedText)],
    wrong: impl Fn(&Found, &Path) -> Option<Wrong>,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (path, expanded) in chapters {
        for found in found(&expanded.text) {
            if let Some(wrong) = wrong(&found, path) {
                let span = expanded.origin(found.range.clone());
                let diagnostic = Diagnostic::error(wrong.code, span, wrong.message);
                diagnostics.push(match wrong.help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
            }
        }
    }
    diagnostics
}

fn wrong_in_generated(
    found: &Found,
    from: &Path,
    generated: &HashMap<PathBuf, Arc<Anchors>>,
    has_file: impl Fn(&Path) -> bool,
) -> Option<Wrong> {
    let (target, anchor) = found.target.split_once('#').unwrap_or((&found.target, ""));
    let target = decoded(target.split('?').next().unwrap_or_default());
    if leads_out(&found.target) || target.is_empty() {
        return None;
    }
    let path = resolved(from, &target)?;
    let is_generated = path.starts_with("appendix") || path.with_extension("md") == Path::new(ledger::PATH);
    let is_page = path.extension().is_some_and(|ending| ending == "html" || ending == "md");
    let page = path.with_extension("md");
    if !is_generated || !is_page || has_file(&path) || has_file(&page) {
        return None;
    }
    let Some(anchors) = generated.get(page.as_path()) else {
        let missing = missing(found, &target, &path, generated, Path::new(""));
        return Some(Wrong {
            help: missing.help.map(|help| help.replace(" in the source folder", "")),
            ..missing
        });
    };
    let anchor = Some(decoded(anchor)).filter(|anchor| !anchor.is_empty() && !anchors.has(anchor))?;
    Some(Wrong {
        code: code::ANCHOR,
        message: format!("`{target}` has no heading or anchor `#{anchor}`"),
        help: anchors.nearest(&anchor).map(|near| format!("did you mean `#{near}`?")),
    })
}

struct Wrong {
    code: &'static str,
    message: String,
    help: Option<String>,
}

fn wrong(
    found: &Found,
    from: &Path,
    anchors: &HashMap<PathBuf, Arc<Anchors>>,
    source: &Path,
) -> Option<Wrong> {
    let (target, anchor) = match found.target.split_once('#') {
        Some((target, anchor)) => (target, Some(decoded(anchor))),
        None => (found.target.as_str(), None),
    };
    let target = decoded(target.split('?').next().unwrap_or_default());
    if leads_out(&found.target) {
        return None;
    }
    let path = if target.is_empty() { from.to_owned() } else { resolved(from, &target)? };
    let chapter = chapter_of(&path, anchors);
    let Some((chapter, anchors)) = chapter else {
        let first = path.components().next();
        if first.is_some_and(|first| GENERATED.iter().any(|name| first.as_os_str() == *name)) {
            return None;
        }
        if source.join(&path).exists() && !is_markdown(&path) {
            return None;
        }
        return Some(missing(found, &target, &path, anchors, source));
    };
    let anchor = anchor.filter(|anchor| !anchor.is_empty() && !anchors.has(anchor))?;
    let shown = if chapter == from { "this page".to_owned() } else { format!("`{}`", chapter.display()) };
    Some(Wrong {
        code: code::ANCHOR,
        message: format!("{shown} has no heading or anchor `#{anchor}`"),
        help: anchors.nearest(&anchor).map(|near| format!("did you mean `#{near}`?")),
    })
}

/// The chapter that a link is about: by its own name, or by that of its page or of what is written beside it.
fn chapter_of<'a>(
    path: &Path,
    anchors: &'a HashMap<PathBuf, Arc<Anchors>>,
) -> Option<(&'a Path, &'a Anchors)> {
    let find = |path: &Path| anchors.get_key_value(path).map(|(path, anchors)| (path.as_path(), &**anchors));
    let is_page =
        path.extension().is_some_and(|ending| ["html", "py", "ipynb"].iter().any(|known| ending == *known));
    let is_index = path.file_stem().is_some_and(|stem| stem == "index");
    find(path)
        .or_else(|| is_page.then(|| find(&path.with_extension("md"))).flatten())
        .or_else(|| is_index.then(|| find(&path.with_file_name("README.md"))).flatten())
}

fn missing(
    found: &Found,
    target: &str,
    path: &Path,
    anchors: &HashMap<PathBuf, Arc<Anchors>>,
    source: &Path,
) -> Wrong {
    if found.is_image {
        return Wrong {
            code: code::IMAGE,
            message: format!("the image `{target}` does not exist"),
            help: Some(format!("create `{}` in the source folder, or mend the path", path.display())),
        };
    }
    if source.join(path).is_file() {
        return Wrong {
            code: code::LINK,
            message: format!("`{target}` is not a chapter of the book"),
            help: Some("list it in SUMMARY.md: pages that are not there are not rendered".to_owned()),
        };
    }
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut stems: Vec<String> = anchors.keys().map(|path| stem(path)).collect();
    stems.sort();
    let wanted = stem(path);
    let near = spelling::nearest(&wanted, stems.iter().map(String::as_str), spelling::tolerance(&wanted));
    let place = near.and_then(|near| anchors.keys().filter(|path| stem(path) == near).min());
    Wrong {
        code: code::LINK,
        message: format!("`{target}` does not exist"),
        help: place.map(|place| format!("there is a chapter `{}` in the source folder", place.display())),
    }
}

/// Links of Markdown and of the HTML in it.
fn found(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                found.push(Found { target: dest_url.into_string(), range, is_image: false });
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                found.push(Found { target: dest_url.into_string(), range, is_image: true });
            }
            Event::Html(html) | Event::InlineHtml(html) if !html.trim_start().starts_with("<!--") => {
                for (attribute, is_image) in [(" href=\"", false), (" src=\"", true)] {
                    for (at, _) in html.match_indices(attribute) {
                        let from = at + attribute.len();
                        let Some(length) = html[from..].find('"') else { continue };
                        let target = html[from..from + length].to_owned();
                        let start = range.start + from;
                        found.push(Found { target, range: start..start + length, is_image });
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a link leads out of the book: it has a scheme or a host, or begins at the root of a site that the book may be a part of.
fn leads_out(target: &str) -> bool {
    let scheme: String =
        target.chars().take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c)).collect();
    target.starts_with('/')
        || (scheme.len() > 1 && target[scheme.len()..].starts_with(':'))
        || target.starts_with("{{")
}

/// The path from the source folder; none for one that leaves it.
fn resolved(from: &Path, target: &str) -> Option<PathBuf> {
    let mut path = from.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md"))
}

/// Percent-encoding undone.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
