//! `exemplar build`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use exemplar_site::{Site, SiteError};
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::{BookLayout, Project};
use exemplar_verify::load::summary::chapters;
use exemplar_verify::pipeline::{Verified, load_page, verify};
use exemplar_verify::report::succeeded;
use exemplar_verify::weave::{WeaveOptions, weave};
use mdbook::config::Config;

use crate::arguments::BuildArguments;
use crate::failure::{Failure, Verdict};
use crate::report::human;

/// The folder of the site in the build directory.
const SITE: &str = "html";

/// Verifies the book and renders it. A book with a failing example is reported and not rendered, and the last good one stays.
pub(crate) fn run(arguments: &BuildArguments) -> Result<Verdict, Failure> {
    let started = Instant::now();
    let start = arguments.root.clone().unwrap_or_else(|| PathBuf::from("."));
    let project = Project::find(&start)?;
    let Some(book) = project.book.clone() else { return Err(Failure::NoBook { start }) };
    let mut files = Files::new(std::env::current_dir().map_err(SiteError::Io)?);
    let chapters = chapters(&mut files, &book);
    let mut diagnostics = chapters.diagnostics;
    if !chapters.readable {
        human::diagnostics(&files.sources, &diagnostics, &mut human::standard_error());
        return Err(Failure::NoSummary);
    }
    let mut pages = Vec::new();
    let mut titles = HashMap::new();
    let mut places = HashMap::new();
    for path in &chapters.pages {
        let Some(page) = load_page(&mut files, path, true, &mut diagnostics)? else { continue };
        let chapter = path.strip_prefix(&book.source).unwrap_or(path).to_owned();
        if let Some(title) = &page.title {
            titles.insert(chapter.clone(), title.clone());
        }
        places.insert(chapter, pages.len());
        pages.push(page);
    }
    let options = super::execute_options(&project, &arguments.run)?;
    let verified = verify(files, pages, diagnostics, &project, &options, started)?;
    human::report(&verified, &mut human::standard_output()).map_err(Failure::Write)?;
    if !succeeded(&verified.report) {
        human::note("the book was not rendered; the last rendered one, if there is one, is untouched");
        return Ok(Verdict::Stale);
    }
    let site = render(&book, &verified, &places, titles)?;
    human::note(&format!("rendered {}", site.display()));
    Ok(Verdict::Verified)
}

fn render(
    book: &BookLayout,
    verified: &Verified,
    places: &HashMap<PathBuf, usize>,
    titles: HashMap<PathBuf, String>,
) -> Result<PathBuf, Failure> {
    let config = config(book)?;
    let woven = |chapter: &Path| {
        let &page = places.get(chapter)?;
        let first = verified.examples.partition_point(|example| example.page < page);
        let end = verified.examples.partition_point(|example| example.page <= page);
        let path = Path::new(&config.book.src).join(chapter);
        let options = WeaveOptions { path: &path.to_string_lossy(), python: verified.report.python.as_ref() };
        Some(weave(&verified.pages[page], &verified.examples[first..end], options))
    };
    let processed = exemplar_site::preprocess::preprocess(&book.root, &config, woven)?;
    let site =
        Site { root: &book.root, config: &config, book: processed, titles, assets: crate::assets::THEME };
    let destination = book.build.join(SITE);
    exemplar_site::render(site, &destination)?;
    Ok(destination)
}

/// book.toml as mdBook reads it, environment variables included.
fn config(book: &BookLayout) -> Result<Config, Failure> {
    let path = book.root.join("book.toml");
    let failed = |cause: String| Failure::BookSettings { path: path.clone(), cause };
    let text = fs_err::read_to_string(&path).map_err(SiteError::Io)?;
    let mut config: Config =
        text.parse().map_err(|error: mdbook::errors::Error| failed(format!("{error:#}")))?;
    config.update_from_env().map_err(|error| failed(format!("{error:#}")))?;
    // A missing chapter is an author's mistake, told before; mdBook would create it.
    config.build.create_missing = false;
    Ok(config)
}
