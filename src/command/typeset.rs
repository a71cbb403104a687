//! The PDF of `exemplar build`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use exemplar_model::source::ExpandedText;
use exemplar_model::teaching::slug;
use exemplar_pdf::{Manuscript, Rendered};
use exemplar_site::Companion;
use exemplar_verify::cache::{Cache, Ingredients};
use exemplar_verify::load::project::{BookLayout, Project};
use exemplar_verify::pipeline::Verified;
use mdbook::book::Book;
use mdbook::config::{Config, HtmlConfig};

use super::provenance::{self, Provenance};
use crate::failure::Failure;
use crate::{assets, atomic};

/// Typesets the book that the site is made from, unless that very book was typeset before and is kept. `places` says which page a chapter is.
pub(crate) fn typeset(
    project: &Project,
    layout: &BookLayout,
    config: &Config,
    book: &Book,
    verified: &Verified,
    places: &HashMap<PathBuf, usize>,
    cache: Option<&Cache>,
) -> Result<Rendered, Failure> {
    let pages: HashMap<PathBuf, &ExpandedText> =
        places.iter().map(|(chapter, page)| (chapter.clone(), &verified.pages[*page].expanded)).collect();
    let html: HtmlConfig = config.get("output.html").ok().flatten().unwrap_or_default();
    let Provenance { lines, date } = provenance::of(layout, verified);
    let manuscript = Manuscript {
        title: title(config),
        description: config.book.description.as_deref().filter(|description| !description.is_empty()),
        authors: &config.book.authors,
        language: config.book.language.as_deref().unwrap_or("en"),
        smart_punctuation: html.smart_punctuation,
        mathematics: html.mathjax_support,
        source: &layout.source,
        book,
        pages: &pages,
        screen_only: exemplar_appendix::SCREEN_ONLY,
        provenance: &lines,
        date,
    };
    let kept =
        cache.and_then(|cache| Some((cache, ingredients(&manuscript, project, layout, config, cache)?)));
    if let Some(pdf) = kept.as_ref().and_then(|(cache, of)| cache.made(of)) {
        return Ok(Rendered { pdf: Some(pdf), pages: 0, diagnostics: Vec::new() });
    }
    let mut rendered = exemplar_pdf::render(&manuscript, &project.settings.pdf, assets::PDF)?;
    if project.settings.pdf.chapters.is_empty() {
        // A link that leads nowhere in the whole book is told already.
        rendered.diagnostics.retain(|found| found.code != "pdf-broken-link");
    }
    // What is wrong with it is to be told each time.
    if let (Some((cache, of)), Some(pdf)) =
        (kept, rendered.pdf.as_ref().filter(|_| rendered.diagnostics.is_empty()))
    {
        cache.keep_made(&of, pdf);
    }
    Ok(rendered)
}

/// All that the PDF is made of; none where that can't be said.
fn ingredients(
    manuscript: &Manuscript<'_>,
    project: &Project,
    layout: &BookLayout,
    config: &Config,
    cache: &Cache,
) -> Option<Ingredients> {
    // Images lie among the sources. Where that is the whole project, what is built lies there too.
    if layout.source == layout.root {
        return None;
    }
    let mut pages: Vec<(&PathBuf, &str)> =
        manuscript.pages.iter().map(|(chapter, page)| (chapter, page.text.as_str())).collect();
    pages.sort();
    let settings = &project.settings.pdf;
    let mut of = Ingredients::of(cache, "PDF")
        .text(&serde_json::to_string(manuscript.book).ok()?)
        .text(&serde_json::to_string(config).ok()?)
        .text(&format!("{pages:?} {settings:?} {:?} {:?}", manuscript.provenance, manuscript.date))
        .files(&layout.source);
    for folder in &settings.fonts {
        of = of.files(folder);
    }
    Some(of)
}

fn title(config: &Config) -> &str {
    config.book.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or("Untitled")
}

/// Where the PDF goes: beside the site, by the book's title.
pub(crate) fn destination(layout: &BookLayout, config: &Config) -> PathBuf {
    let name = slug(title(config));
    layout.build.join(format!("{}.pdf", if name.is_empty() { "book" } else { &name }))
}

/// The file for readers of the site to take along.
pub(crate) fn companion(pdf: &[u8], destination: &Path) -> Option<Companion> {
    let path = destination.file_name()?.to_string_lossy().into_owned();
    Some(Companion { path, words: "the whole book as a PDF", content: pdf.to_vec() })
}

/// Puts the file in its place in one step. The same file stays, with its time.
///
/// # Errors
/// When the system refuses that; the last good one is then in its place.
pub(crate) fn publish(pdf: &[u8], destination: &Path) -> Result<(), Failure> {
    if fs_err::read(destination).is_ok_and(|published| published == pdf) {
        return Ok(());
    }
    destination
        .parent()
        .map_or(Ok(()), fs_err::create_dir_all)
        .and_then(|()| atomic::write(destination, pdf))
        .map_err(|source| Failure::PdfWrite { path: destination.to_owned(), source })
}
