//! The two kinds of work: the whole book, and a few pages of it by themselves.
//!
//! Both read, verify, weave and render. What ran before is taken from the kept results, so a few pages cost what has changed on them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use exemplar_model::diagnostic::Severity;
use exemplar_site::review::Targets;
use exemplar_site::{Rendered, render_pages};
use exemplar_verify::cache::{Cache, CacheOptions};
use exemplar_verify::execute::{ExecuteOptions, Standby, stand_by};
use exemplar_verify::load::project::{BookLayout, Project};
use exemplar_verify::pipeline::{Keep, Verified, verify};
use mdbook::book::{Book, BookItem};

use super::issues::Issue;
use crate::arguments::RunArguments;
use crate::command::book::{Chapters, woven};
use crate::command::build::{self, Audience};
use crate::command::cache;
use crate::command::changes::{canonical, files_of, is_part};
use crate::failure::Failure;

/// What both kinds of work need to know.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The folder that the book was looked for from.
    pub(super) start: PathBuf,
    /// The working directory.
    pub(super) working: PathBuf,
    /// How examples are run.
    pub(super) run: RunArguments,
    /// Workers that wait for the next save.
    pub(super) standby: Standby,
    /// A folder that goes with the program: for the site, and for results where they are not kept otherwise.
    pub(super) scratch: PathBuf,
}

/// What is known of a page.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The files that it consists of, without links.
    pub(super) files: BTreeSet<PathBuf>,
    /// Whether a part of it was missing, so that a new file may complete it.
    pub(super) incomplete: bool,
    /// What is wrong with it.
    pub(super) issues: Vec<Issue>,
    /// What links can lead to in it.
    targets: Targets,
    /// The round in which it was found so.
    pub(super) round: u64,
}

/// A whole book.
pub(super) struct Whole {
    /// The site, which nobody sees yet.
    pub(super) rendered: Rendered,
    /// The pages, by their own files.
    pub(super) known: BTreeMap<PathBuf, Known>,
    /// What is wrong with each page, by its path in the site.
    pub(super) issues: BTreeMap<String, Vec<Issue>>,
}

/// Some pages.
pub(super) struct Pages {
    /// The pages, by their own files.
    pub(super) known: BTreeMap<PathBuf, Known>,
    /// Of each its path in the site, what stands in `<main>`, and what is wrong.
    pub(super) rendered: Vec<(String, String, Vec<Issue>)>,
    /// How many steps of their examples were not run again, since they stand above what was edited.
    pub(super) resumed: usize,
}

impl Plan {
    /// The project, and its book.
    pub(super) fn project(&self) -> Result<(Project, BookLayout), Failure> {
        let project = Project::find(&self.start)?;
        let book = project.book.clone().ok_or_else(|| Failure::NoBook { start: self.start.clone() })?;
        Ok((project, book))
    }

    fn options(&self, project: &Project) -> Result<ExecuteOptions, Failure> {
        let mut options = ExecuteOptions::of(project, self.run.python.as_deref(), self.run.jobs)?;
        let own = || {
            Cache::new(CacheOptions {
                folder: self.scratch.join("results"),
                limit: project.settings.cache_size,
                root: project.root.clone(),
                recall: true,
                resumed: true,
                remote: None,
            })
        };
        options.cache = Some(cache::of(project, &self.run).unwrap_or_else(own).with_resumed());
        options.standby = Some(self.standby.clone());
        Ok(options)
    }

    /// The whole book. A page with a stale example is rendered too, and told of.
    pub(super) fn whole(&self, round: u64) -> Result<Whole, Failure> {
        let started = Instant::now();
        let (project, book) = self.project()?;
        let mut chapters = Chapters::load(&book, &self.working, |_| true)?;
        let targets = chapters.review(&book);
        let Chapters { files, diagnostics, pages, titles, places, .. } = chapters;
        let options = self.options(&project)?;
        let verified = verify(files, pages, diagnostics, &project, &options, started, Keep::Everything)?;
        let book = BookLayout { build: self.scratch.clone(), ..book };
        let output = build::render(Audience::Author, &project, &book, &verified, &places, titles, None)?;
        let nothing = || Failure::Serve(std::io::Error::other("there is no site"));
        let rendered = output.and_then(|output| output.site).ok_or_else(nothing)?;
        let mut issues: BTreeMap<String, Vec<Issue>> = pages_of(&rendered.path())?;
        for (chapter, page) in
            places.iter().map(|(chapter, page)| (chapter, *page)).collect::<BTreeMap<_, _>>()
        {
            let found = issues_of(&verified, page);
            if page == 0 {
                // The first chapter is the site's first page too.
                issues.insert("index.html".to_owned(), found.clone());
            }
            issues.insert(path_in_site(chapter), found);
        }
        let known = known(&verified, targets, round);
        if let Err(error) = stand_by(&verified.sessions, &options) {
            tracing::debug!("no worker stands by: {error}");
        }
        Ok(Whole { rendered, known, issues })
    }

    /// A few pages, by their own files. `before` is what is known of all pages, to which their links may lead.
    pub(super) fn pages(
        &self,
        round: u64,
        wanted: &BTreeSet<PathBuf>,
        before: &BTreeMap<PathBuf, Known>,
    ) -> Result<Pages, Failure> {
        let started = Instant::now();
        let (project, book) = self.project()?;
        let first = std::cell::Cell::new(None);
        let mut chapters = Chapters::load(&book, &self.working, |path| {
            let own = canonical(path);
            if first.get().is_none() {
                first.set(Some(wanted.contains(&own)));
            }
            wanted.contains(&own)
        })?;
        let targets = chapters.review_links(&book, before.values().map(|known| &known.targets));
        let Chapters { files, diagnostics, pages, titles, places, .. } = chapters;
        let options = self.options(&project)?;
        let verified = verify(files, pages, diagnostics, &project, &options, started, Keep::Everything)?;
        let config = build::config(&book)?;
        let text = |chapter: &Path| match places.get(chapter) {
            Some(&page) => Some(woven(&book, &verified, page, chapter)),
            None => Some(String::new()),
        };
        let processed = exemplar_site::preprocess::preprocess(&book.root, &config, text, |_| None)?;
        let is_wanted = |source: Option<&PathBuf>| source.is_some_and(|source| places.contains_key(source));
        let mut few = Book::new();
        for chapter in processed.chapters().filter(|chapter| is_wanted(chapter.source_path.as_ref())) {
            let mut chapter = chapter.clone();
            chapter.sub_items.clear();
            few.push_item(BookItem::Chapter(chapter));
        }
        let theme = build::theme(&book, &config);
        let few = exemplar_appendix::append(few, build::appendix(&config, &project.settings, &theme))?;
        let sources: BTreeMap<PathBuf, PathBuf> = few
            .chapters()
            .filter_map(|chapter| {
                Some((chapter.path.as_ref()?.with_extension("html"), chapter.source_path.clone()?))
            })
            .collect();
        let wanted = exemplar_site::Pages {
            root: &book.root,
            config: &config,
            book: &few,
            titles: &titles,
            assets: crate::assets::THEME,
        };
        let known = known(&verified, targets, round);
        let mut rendered = Vec::new();
        for (path, main) in render_pages(&wanted)? {
            let page = sources.get(&path).and_then(|source| places.get(source));
            let Some(&page) = page else { continue };
            let own = canonical(verified.files.disk_path(verified.pages[page].file));
            let issues = known.get(&own).map(|page| page.issues.clone()).unwrap_or_default();
            if first.get() == Some(true) && page == 0 && path != Path::new("index.html") {
                rendered.push(("index.html".to_owned(), main.clone(), issues.clone()));
            }
            rendered.push((path.to_string_lossy().into_owned(), main, issues));
        }
        Ok(Pages { known, rendered, resumed: verified.resumed })
    }
}

/// The path of a chapter's page, as mdBook's `index` has it.
fn path_in_site(chapter: &Path) -> String {
    let is_readme = chapter.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("readme"));
    let page = if is_readme { chapter.with_file_name("index.html") } else { chapter.with_extension("html") };
    page.to_string_lossy().into_owned()
}

/// All pages of a site, with nothing wrong.
fn pages_of(site: &Path) -> Result<BTreeMap<String, Vec<Issue>>, Failure> {
    let mut pages = BTreeMap::new();
    let mut waiting = vec![site.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs_err::read_dir(folder).map_err(Failure::Serve)? {
            let path = entry.map_err(Failure::Serve)?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|end| end == "html") {
                let below = path.strip_prefix(site).unwrap_or(&path);
                pages.insert(below.to_string_lossy().into_owned(), Vec::new());
            }
        }
    }
    Ok(pages)
}

fn issues_of(verified: &Verified, page: usize) -> Vec<Issue> {
    let of_page = |index: &usize| is_part(&verified.pages[page], verified.diagnostics[*index].span.file);
    let found = (0..verified.diagnostics.len()).filter(of_page);
    let found = found.filter_map(|index| Issue::of_diagnostic(verified.report.diagnostics.get(index)?));
    let examples = verified.results_of(page).iter().filter_map(Issue::of_example);
    found.chain(examples).collect()
}

fn known(verified: &Verified, targets: Vec<Targets>, round: u64) -> BTreeMap<PathBuf, Known> {
    let pages = verified.pages.iter().zip(targets).enumerate().map(|(index, (page, targets))| {
        let is_incomplete = verified.diagnostics.iter().any(|found| {
            found.severity == Severity::Error
                && found.code == "missing-include"
                && is_part(page, found.span.file)
        });
        let known = Known {
            files: files_of(page, &verified.files),
            incomplete: is_incomplete,
            issues: issues_of(verified, index),
            targets,
            round,
        };
        (canonical(verified.files.disk_path(page.file)), known)
    });
    pages.collect()
}
