//! `exemplar build`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use exemplar_appendix::AppendixOptions;
use exemplar_model::source::ExpandedText;
use exemplar_site::{Rendered, Site, SiteError, VerifiedChapter, review};
use exemplar_verify::execute::{ExecuteOptions, WorkerError};
use exemplar_verify::load::environment::overrides;
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::{BookLayout, Project};
use exemplar_verify::load::summary::chapters;
use exemplar_verify::pipeline::{Verified, load_page, verify};
use exemplar_verify::report::succeeded;
use exemplar_verify::weave::ledger::{self, Ledger};
use exemplar_verify::weave::{WeaveOptions, weave};
use mdbook::book::{Book, BookItem, Chapter};
use mdbook::config::Config;

#[cfg(feature = "pdf")]
use super::typeset;
use crate::arguments::BuildArguments;
use crate::failure::{Failure, Verdict};
use crate::report::{self, human, progress};

/// Verifies the book and renders it. A book with a failing example is reported and not rendered, and the last good one stays.
pub(crate) fn run(arguments: &BuildArguments) -> Result<Verdict, Failure> {
    let started = Instant::now();
    let working = super::working_directory()?;
    let start = arguments.root.clone().unwrap_or_else(|| PathBuf::from("."));
    let project = Project::find(&start)?;
    let Some(book) = project.book.clone() else { return Err(Failure::NoBook { start }) };
    let mut files = Files::new(working);
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
    let texts: Vec<(PathBuf, &ExpandedText)> = chapters
        .pages
        .iter()
        .filter_map(|path| {
            let chapter = path.strip_prefix(&book.source).unwrap_or(path);
            Some((chapter.to_owned(), &pages[*places.get(chapter)?].expanded))
        })
        .collect();
    diagnostics.extend(review::links(&texts, &book.source));
    diagnostics.extend(review::orphans(&mut files, &book, &chapters.pages));
    diagnostics.extend(review::options(&mut files, &book.root));
    let mut options = ExecuteOptions::of(&project, arguments.run.python.as_deref(), arguments.run.jobs)?;
    options.observer = progress::bar();
    let verified = verify(files, pages, diagnostics, &project, &options, started)?;
    report::people(&(&verified).into(), 0, &mut human::standard_output()).map_err(Failure::Write)?;
    if !succeeded(&verified.report) {
        human::note("the book was not rendered; the last rendered one, if there is one, is untouched");
        return Ok(Verdict::Stale);
    }
    let rendered = render(&project, &book, &verified, &places, titles);
    // Whatever else went wrong after a signal went wrong because of it: a terminal sends Ctrl-C to preprocessors too.
    if let Some(signal) = options.interrupt.raised() {
        return Err(WorkerError::Interrupted { signal }.into());
    }
    let Some(rendered) = rendered? else {
        human::note("the book was not rendered; the last rendered one, if there is one, is untouched");
        return Ok(Verdict::Stale);
    };
    rendered.site.publish()?;
    human::note(&format!("rendered {}", book.site().display()));
    #[cfg(feature = "pdf")]
    if let Some((pdf, path)) = rendered.pdf {
        typeset::publish(&pdf, &path)?;
        human::note(&format!("typeset {}", path.display()));
    }
    Ok(Verdict::Verified)
}

/// The book in all its forms, none of which anybody sees yet.
struct Output {
    site: Rendered,
    /// The file, and where it goes.
    #[cfg(feature = "pdf")]
    pdf: Option<(Vec<u8>, PathBuf)>,
}

/// Renders the book; nothing where it can't be, which is told.
fn render(
    project: &Project,
    book: &BookLayout,
    verified: &Verified,
    places: &HashMap<PathBuf, usize>,
    titles: HashMap<PathBuf, String>,
) -> Result<Option<Output>, Failure> {
    let config = config(book)?;
    let woven = |chapter: &Path| {
        let &page = places.get(chapter)?;
        let path = book.written_source.join(chapter);
        let options = WeaveOptions {
            path: &path.to_string_lossy(),
            python: verified.report.python.as_ref(),
            to_root: &ledger::to_root(chapter),
            sessions: &verified.runnables_of(page),
        };
        Some(weave(&verified.pages[page], verified.examples_of(page), options))
    };
    let mut record = None;
    let mut chapters = Vec::new();
    let processed = exemplar_site::preprocess::preprocess(&book.root, &config, woven, |book| {
        let placed = placed(book, places);
        let ledger = record.insert(Ledger::of(verified, &placed));
        chapters = placed;
        let text = ledger.markdown()?;
        let mut chapter = Chapter::new(ledger::NAME, text, ledger::PATH, Vec::new());
        chapter.source_path = None;
        Some(chapter)
    })?;
    let theme: Option<PathBuf> = config.get("output.html.theme").ok().flatten();
    let options = AppendixOptions {
        title: config.book.title.as_deref().unwrap_or_default(),
        topics: &project.settings.topics,
        libraries: &project.settings.libraries,
        theme: &book.root.join(theme.unwrap_or_else(|| "theme".into())),
        templates: exemplar_appendix::TEMPLATES,
    };
    let kits = exemplar_appendix::kits(&processed, options.title);
    let processed = exemplar_appendix::append(processed, options)?;
    #[cfg(feature = "pdf")]
    let pdf = if project.settings.pdf.enabled {
        let made = typeset::typeset(project, book, &config, &processed, verified, places)?;
        human::diagnostics(&verified.files.sources, &made.diagnostics, &mut human::standard_error());
        let Some(pdf) = made.pdf else { return Ok(None) };
        Some((pdf, typeset::destination(book, &config)))
    } else {
        None
    };
    #[cfg(feature = "pdf")]
    let companions = pdf.iter().filter_map(|(pdf, path)| typeset::companion(pdf, path)).collect();
    #[cfg(not(feature = "pdf"))]
    let companions = Vec::new();
    let chapters = chapters.into_iter().map(|(title, path, page)| VerifiedChapter {
        title,
        path,
        page: &verified.pages[page],
        examples: verified.examples_of(page),
        sessions: verified.runnables_of(page),
    });
    let site = Site {
        root: &book.root,
        config: &config,
        book: processed,
        chapters: chapters.collect(),
        ledger: record.unwrap_or_else(|| Ledger::of(verified, &[])),
        companions,
        python: verified.report.python.as_ref(),
        titles,
        assets: crate::assets::THEME,
    };
    let site = exemplar_site::render(site, &book.site())?;
    for kit in kits {
        site.add(&format!("labs/{}.zip", kit.name), &kit.zip()?)?;
    }
    Ok(Some(Output {
        site,
        #[cfg(feature = "pdf")]
        pdf,
    }))
}

/// The chapters that were verified, with their names and their places among the pages.
fn placed(book: &Book, places: &HashMap<PathBuf, usize>) -> Vec<(String, PathBuf, usize)> {
    let chapters = book.iter().filter_map(|item| match item {
        BookItem::Chapter(chapter) => Some(chapter),
        _ => None,
    });
    chapters
        .filter_map(|chapter| {
            let path = chapter.path.clone()?;
            let &page = places.get(&path)?;
            Some((chapter.name.clone(), path, page))
        })
        .collect()
}

/// book.toml as mdBook reads it, environment variables included, and with the folders that were verified.
pub(super) fn config(book: &BookLayout) -> Result<Config, Failure> {
    let path = book.root.join("book.toml");
    let failed = |cause: String| Failure::BookSettings { path: path.clone(), cause };
    let text = fs_err::read_to_string(&path).map_err(SiteError::Io)?;
    let mut config: Config =
        text.parse().map_err(|error: mdbook::errors::Error| failed(format!("{error:#}")))?;
    for (key, value) in overrides() {
        config
            .set(&key, value)
            .map_err(|error| failed(format!("`{key}`, as the environment sets it: {error:#}")))?;
    }
    config.book.src.clone_from(&book.written_source);
    config.build.build_dir.clone_from(&book.build);
    // A missing chapter is an author's mistake, told before; mdBook would create it.
    config.build.create_missing = false;
    Ok(config)
}
