//! `exemplar build`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use exemplar_appendix::AppendixOptions;
use exemplar_model::source::ExpandedText;
use exemplar_site::{Rendered, Site, SiteError, VerifiedChapter, review};
use exemplar_verify::cache::Cache;
use exemplar_verify::execute::{ExecuteOptions, WorkerError};
use exemplar_verify::load::environment::overrides;
use exemplar_verify::load::project::{BookLayout, Project};
use exemplar_verify::load::settings::Settings;
use exemplar_verify::pipeline::{Keep, Verified, verify};
use exemplar_verify::report::succeeded;
use exemplar_verify::weave::ledger::{self, Ledger};
use mdbook::book::{Book, BookItem, Chapter};
use mdbook::config::Config;

use super::book::{Chapters, woven};
use super::cache;
use super::published::Recipe;
#[cfg(feature = "pdf")]
use super::{pictures, typeset};
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
    let mut chapters = Chapters::load(&book, &working, |_| true)?;
    chapters.review(&book);
    let Chapters { files, diagnostics, pages, titles, places, .. } = chapters;
    let mut options = ExecuteOptions::of(&project, arguments.run.python.as_deref(), arguments.run.jobs)?;
    options.observer = progress::bar();
    options.cache = cache::of(&project, &arguments.run);
    let verified = verify(files, pages, diagnostics, &project, &options, started, Keep::Everything)?;
    if arguments.run.explain_cache {
        cache::explain(&verified);
    }
    report::told(report::people(&(&verified).into(), 0, &mut human::standard_output()))?;
    if !succeeded(&verified.report) {
        human::note("the book was not rendered; the last rendered one, if there is one, is untouched");
        return Ok(Verdict::Stale);
    }
    let rendered =
        render(Audience::Readers, &project, &book, &verified, &places, titles, options.cache.as_ref());
    // Whatever else went wrong after a signal went wrong because of it: a terminal sends Ctrl-C to preprocessors too.
    if let Some(signal) = options.interrupt.raised() {
        return Err(WorkerError::Interrupted { signal }.into());
    }
    let Some(rendered) = rendered? else {
        human::note("the book was not rendered; the last rendered one, if there is one, is untouched");
        return Ok(Verdict::Stale);
    };
    let site = book.site();
    if let Some(new) = rendered.site {
        new.publish()?;
        if let Some(recipe) = &rendered.recipe {
            recipe.keep(&site);
        }
        human::note(&format!("rendered {}", site.display()));
    } else {
        human::note(&format!("{} is up to date", site.display()));
    }
    #[cfg(feature = "pdf")]
    if let Some((pdf, path)) = rendered.pdf {
        typeset::publish(&pdf, &path)?;
        human::note(&format!("typeset {}", path.display()));
    }
    Ok(Verdict::Verified)
}

/// The book in all its forms, none of which anybody sees yet.
pub(super) struct Output<'a> {
    /// The site; none where it is published already.
    pub(super) site: Option<Rendered>,
    /// What it is made of.
    recipe: Option<Recipe<'a>>,
    /// The file, and where it goes.
    #[cfg(feature = "pdf")]
    pdf: Option<(Vec<u8>, PathBuf)>,
}

/// Whom a book is rendered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Those who read it: in all its forms.
    Readers,
    /// Its author, between two saves: the pages alone. The rest takes longer, and nobody looks at it then.
    Author,
}

/// Renders the book; nothing where it can't be, which is told.
pub(super) fn render<'a>(
    audience: Audience,
    project: &Project,
    book: &BookLayout,
    verified: &Verified,
    places: &HashMap<PathBuf, usize>,
    mut titles: HashMap<PathBuf, String>,
    cache: Option<&'a Cache>,
) -> Result<Option<Output<'a>>, Failure> {
    let config = config(book)?;
    let woven = |chapter: &Path| Some(woven(book, verified, *places.get(chapter)?, chapter));
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
    let theme = theme(book, &config);
    let options = appendix(&config, &project.settings, &theme);
    let kits = exemplar_appendix::kits(&processed, options.title);
    let processed = exemplar_appendix::append(processed, options)?;
    titles.extend(exemplar_appendix::titles(&processed, options.title));
    let broken = review::generated_links(&written(verified, places), &processed, &book.source);
    if !broken.is_empty() && audience == Audience::Readers {
        human::diagnostics(&verified.files.sources, &broken, &mut human::standard_error());
        return Ok(None);
    }
    #[cfg(feature = "pdf")]
    let pdf = if project.settings.pdf.enabled && audience == Audience::Readers {
        let made = typeset::typeset(project, book, &config, &processed, verified, places, cache)?;
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
    let python = verified.report.python.as_ref();
    let examples: Vec<_> = chapters.iter().map(|(.., page)| verified.examples_of(*page)).collect();
    let chapters =
        chapters.into_iter().zip(&examples).map(|((title, path, page), examples)| VerifiedChapter {
            title,
            path,
            page: &verified.pages[page],
            examples,
            sessions: verified.runnables_of(page),
        });
    let mut site = Site {
        root: &book.root,
        config: &config,
        book: processed,
        chapters: chapters.collect(),
        ledger: record.unwrap_or_else(|| Ledger::of(verified, &[])),
        companions,
        pictures: Vec::new(),
        python,
        is_timed: audience == Audience::Readers,
        titles,
        assets: crate::assets::THEME,
    };
    let recipe = cache.and_then(|cache| Recipe::of(&site, book, &theme, cache));
    if recipe.as_ref().is_some_and(|recipe| recipe.is_published(&book.site())) {
        return Ok(Some(Output {
            site: None,
            recipe,
            #[cfg(feature = "pdf")]
            pdf,
        }));
    }
    #[cfg(feature = "pdf")]
    if audience == Audience::Readers {
        let is_verified =
            |path: &Path| places.get(path).is_some_and(|&page| !verified.examples_of(page).is_empty());
        let version = python.map(|python| python.version.as_str());
        site.pictures = pictures::of(&config, &site.book, is_verified, version)?;
    }
    let site = exemplar_site::render(site, &book.site())?;
    for kit in kits {
        site.add(&format!("labs/{}.zip", kit.name), &kit.zip()?)?;
    }
    Ok(Some(Output {
        site: Some(site),
        recipe,
        #[cfg(feature = "pdf")]
        pdf,
    }))
}

/// The texts of the chapters that have a file, by their paths from the source folder, in order.
fn written<'v>(verified: &'v Verified, places: &HashMap<PathBuf, usize>) -> Vec<(PathBuf, &'v ExpandedText)> {
    let mut chapters: Vec<(&PathBuf, usize)> =
        places.iter().map(|(chapter, page)| (chapter, *page)).collect();
    chapters.sort_by_key(|(_, page)| *page);
    chapters.into_iter().map(|(chapter, page)| (chapter.clone(), &verified.pages[page].expanded)).collect()
}

/// The folder of the book's own theme.
pub(super) fn theme(book: &BookLayout, config: &Config) -> PathBuf {
    let theme: Option<PathBuf> = config.get("output.html.theme").ok().flatten();
    book.root.join(theme.unwrap_or_else(|| "theme".into()))
}

/// How the appendices are made.
pub(super) fn appendix<'a>(
    config: &'a Config,
    settings: &'a Settings,
    theme: &'a Path,
) -> AppendixOptions<'a> {
    let title = config.book.title.as_deref().unwrap_or_default();
    AppendixOptions {
        title,
        topics: &settings.topics,
        libraries: &settings.libraries,
        theme,
        templates: exemplar_appendix::TEMPLATES,
    }
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
