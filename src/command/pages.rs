//! Which pages a command is about, read into memory.

use std::io::Read;
use std::path::{Path, PathBuf};

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::report::{Part, PartPage};
use exemplar_verify::load::discover;
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::Project;
use exemplar_verify::load::summary::chapters;
use exemplar_verify::pipeline::{LoadedPage, load_page, readable_page};

use crate::arguments::PageArguments;
use crate::failure::Failure;
use crate::partition::weights;
use crate::report::human;

/// The pages of a run.
#[derive(Debug)]
pub(crate) struct Selection {
    /// The project that they belong to.
    pub(crate) project: Project,
    /// Their files.
    pub(crate) files: Files,
    /// What reading them found out.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The pages.
    pub(crate) pages: Vec<LoadedPage>,
    /// Which part of all pages they are, where they are not all.
    pub(crate) part: Option<Part>,
    /// Whether someone asked for these very pages, who should hear when there is no example in them.
    pub(crate) is_named: bool,
}

/// Reads the pages that the command line asks for: those named, else the chapters of the book, else the configured paths, else README.md
/// and docs/. `wanted` may leave some of them out, by their path and place.
pub(crate) fn select(
    arguments: &PageArguments,
    wanted: impl Fn(&Path) -> bool,
) -> Result<Selection, Failure> {
    let working = super::working_directory()?;
    if arguments.stdin_path.is_some() || arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        return from_standard_input(arguments, &working);
    }
    let project = project(arguments, &working)?;
    let mut files = Files::new(&working);
    let mut diagnostics = Vec::new();
    let paths = paths(&project, &working, arguments, &mut files, &mut diagnostics)?;
    if arguments.partition.is_some_and(|part| !part.is_first()) {
        // What is wrong with the list of chapters is said once.
        diagnostics.clear();
    }
    let within = match arguments.partition {
        Some(part) => part.of(&weights(&paths, &files, arguments.timings.as_deref())?),
        None => vec![true; paths.len()],
    };
    let part = arguments.partition.map(|part| Part {
        index: part.index + 1,
        count: part.count,
        of_pages: paths.len(),
        pages: (0..)
            .zip(&paths)
            .filter(|&(place, _)| within[place])
            .map(|(place, path)| PartPage { file: files.shown_path(path), place })
            .collect(),
    });
    let mut pages = Vec::with_capacity(paths.len());
    for (path, within) in paths.iter().zip(within) {
        // Of the other parts' pages only those of a book count: they must not have the same ids.
        let is_of_book = project.is_of_book(path);
        if (within || is_of_book) && wanted(path) {
            let known = diagnostics.len();
            let page = load_page(&mut files, path, is_of_book, &mut diagnostics)?;
            if !within {
                diagnostics.truncate(known);
            }
            pages.extend(page.map(|page| LoadedPage { elsewhere: !within, ..page }));
        }
    }
    let is_named = !arguments.paths.is_empty() && arguments.partition.is_none();
    Ok(Selection { project, files, diagnostics, pages, part, is_named })
}

/// The project that the first path, or the working directory, belongs to.
pub(crate) fn project(arguments: &PageArguments, working: &Path) -> Result<Project, Failure> {
    let start = arguments.paths.first().map_or(working, |path| folder_of(path));
    Ok(Project::find(start)?)
}

/// The page that an editor holds, which need not be on the disk.
fn from_standard_input(arguments: &PageArguments, working: &Path) -> Result<Selection, Failure> {
    let (Some(path), [only]) = (&arguments.stdin_path, arguments.paths.as_slice()) else {
        return Err(Failure::StandardInput);
    };
    if only.as_os_str() != "-" {
        return Err(Failure::StandardInput);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(Failure::ReadInput)?;
    let project = Project::find(folder_of(path))?;
    let mut files = Files::new(working);
    let mut diagnostics = Vec::new();
    let loaded = files.add_unsaved(path, bytes);
    let page = readable_page(&mut files, loaded, project.is_of_book(path), &mut diagnostics);
    let pages = page.into_iter().collect();
    Ok(Selection { project, files, diagnostics, pages, part: None, is_named: false })
}

fn folder_of(path: &Path) -> &Path {
    if path.is_dir() {
        path
    } else {
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }
}

fn paths(
    project: &Project,
    working: &Path,
    arguments: &PageArguments,
    files: &mut Files,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<PathBuf>, Failure> {
    let settings = &project.settings;
    if arguments.paths.is_empty()
        && let Some(book) = &project.book
    {
        let chapters = chapters(files, book);
        diagnostics.extend(chapters.diagnostics);
        if !chapters.readable {
            human::diagnostics(&files.sources, diagnostics, &mut human::standard_error());
            return Err(Failure::NoSummary);
        }
        return Ok(chapters.pages);
    }
    let roots = roots(project, working, arguments);
    if roots.is_empty() {
        return Err(Failure::NothingToCheck { folder: working.to_owned() });
    }
    Ok(discover::pages(&project.root, &roots, &settings.exclude)?)
}

/// The files and folders where pages are looked for: those named, else the configured paths, else README.md and docs/ if they are there.
pub(crate) fn roots(project: &Project, working: &Path, arguments: &PageArguments) -> Vec<PathBuf> {
    if !arguments.paths.is_empty() {
        return arguments.paths.clone();
    }
    if !project.settings.paths.is_empty() {
        return project.settings.paths.clone();
    }
    ["README.md", "docs"].iter().map(|name| working.join(name)).filter(|path| path.exists()).collect()
}
