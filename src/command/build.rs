//! `exemplar build`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use exemplar_appendix::AppendixOptions;
use exemplar_site::{Rendered, Site, SiteError};
use exemplar_verify::execute::{ExecuteOptions, WorkerError};
use exemplar_verify::load::environment::overrides;
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::{BookLayout, Project};
use exemplar_verify::load::settings::Settings;
use exemplar_verify::load::summary::chapters;
use exemplar_verify::pipeline::{Verified, load_page, verify};
use exemplar_verify::report::succeeded;
use exemplar_verify::weave::{WeaveOptions, weave};
use mdbook::config::Config;

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
    let mut options = ExecuteOptions::of(&project, arguments.run.python.as_deref(), arguments.run.jobs)?;
    options.observer = progress::bar();
    let verified = verify(files, pages, diagnostics, &project, &options, started)?;
    report::people(&(&verified).into(), 0, &mut human::standard_output()).map_err(Failure::Write)?;
    if !succeeded(&verified.report) {
        human::note("the book was not rendered; the last rendered one, if there is one, is untouched");
        return Ok(Verdict::Stale);
    }
    let rendered = render(&book, &verified, &places, titles, &project.settings);
    // Whatever else went wrong after a signal went wrong because of it: a terminal sends Ctrl-C to preprocessors too.
    if let Some(signal) = options.interrupt.raised() {
        return Err(WorkerError::Interrupted { signal }.into());
    }
    rendered?.publish()?;
    human::note(&format!("rendered {}", book.site().display()));
    Ok(Verdict::Verified)
}

fn render(
    book: &BookLayout,
    verified: &Verified,
    places: &HashMap<PathBuf, usize>,
    titles: HashMap<PathBuf, String>,
    settings: &Settings,
) -> Result<Rendered, Failure> {
    let config = config(book)?;
    let woven = |chapter: &Path| {
        let &page = places.get(chapter)?;
        let path = book.written_source.join(chapter);
        let options = WeaveOptions { path: &path.to_string_lossy(), python: verified.report.python.as_ref() };
        Some(weave(&verified.pages[page], verified.examples_of(page), options))
    };
    let processed = exemplar_site::preprocess::preprocess(&book.root, &config, woven)?;
    let theme: Option<PathBuf> = config.get("output.html.theme").ok().flatten();
    let options = AppendixOptions {
        title: config.book.title.as_deref().unwrap_or_default(),
        topics: &settings.topics,
        libraries: &settings.libraries,
        theme: &book.root.join(theme.unwrap_or_else(|| "theme".into())),
        templates: exemplar_appendix::TEMPLATES,
    };
    let kits = exemplar_appendix::kits(&processed, options.title);
    let processed = exemplar_appendix::append(processed, options)?;
    let site =
        Site { root: &book.root, config: &config, book: processed, titles, assets: crate::assets::THEME };
    let rendered = exemplar_site::render(site, &book.site())?;
    for kit in kits {
        rendered.add(&format!("labs/{}.zip", kit.name), &kit.zip()?)?;
    }
    Ok(rendered)
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
