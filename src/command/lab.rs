//! `exemplar lab`: the files of a lab in a reader's folder, the same as in the zip of the rendered book.

use std::path::PathBuf;

use exemplar_appendix::Kit;
use exemplar_model::environment::Surroundings;
use exemplar_model::fence::{Content, Fence};
use exemplar_model::lab::{Lab, module};
use exemplar_model::plan::Page;
use exemplar_model::teaching;
use exemplar_verify::execute::WorkerError;
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::Project;
use exemplar_verify::load::summary::chapters;
use exemplar_verify::pipeline::{Keep, load_page};
use exemplar_verify::prepare::{Prepared, prepare};
use exemplar_verify::spelling;

use super::new::is_free;
use crate::arguments::LabArguments;
use crate::failure::{Failure, Verdict};
use crate::report::{human, labs, told};

/// Lays out a lab, or lists all. Nothing runs, and a lab with a part missing is none: `exemplar check` says what is wrong with it.
pub(crate) fn run(arguments: &LabArguments) -> Result<Verdict, Failure> {
    let (title, prepared) = read(arguments)?;
    let all = || prepared.pages.iter().flat_map(|page| page.labs.iter().map(move |lab| (page, lab)));
    let Some(name) = &arguments.name else {
        let listed = all().map(|(page, lab)| {
            (kit(page, lab, &title), prepared.files.sources.file(page.file).path().to_owned())
        });
        told(labs::people(&listed.collect::<Vec<_>>()))?;
        return Ok(Verdict::Verified);
    };
    let Some((page, lab)) = all().find(|(_, lab)| lab.name == *name) else {
        let names = all().map(|(_, lab)| lab.name.as_str());
        let meant = spelling::nearest(name, names, spelling::generous(name)).map(str::to_owned);
        return Err(Failure::UnknownLab { name: name.clone(), meant });
    };
    let folder = arguments.folder.clone().unwrap_or_else(|| PathBuf::from(name));
    if !is_free(&folder).map_err(Failure::File)? {
        return Err(Failure::NotEmpty { folder });
    }
    for (path, text) in kit(page, lab, &title).all_files() {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent).map_err(Failure::File)?;
        }
        fs_err::write(&path, text).map_err(Failure::File)?;
    }
    human::note(&format!(
        "the lab is in {}; write into {}.py there, and try it: `python -m pytest`",
        folder.display(),
        module(name)
    ));
    Ok(Verdict::Verified)
}

/// The book's title and its pages.
fn read(arguments: &LabArguments) -> Result<(String, Prepared), Failure> {
    let start = arguments.book.clone().unwrap_or_else(|| PathBuf::from("."));
    let project = Project::find(&start)?;
    let Some(book) = project.book.clone() else { return Err(Failure::NoBook { start }) };
    let config = super::build::config(&book)?;
    let mut files = Files::new(super::working_directory()?);
    let chapters = chapters(&mut files, &book);
    let mut diagnostics = chapters.diagnostics;
    if !chapters.readable {
        human::diagnostics(&files.sources, &diagnostics, &mut human::standard_error());
        return Err(Failure::NoSummary);
    }
    let mut pages = Vec::new();
    for path in &chapters.pages {
        pages.extend(load_page(&mut files, path, true, &mut diagnostics)?);
    }
    let unasked = |_| Ok::<_, WorkerError>(Surroundings::default());
    let prepared = prepare(files, pages, diagnostics, &project, unasked, Keep::Everything)?;
    Ok((config.book.title.unwrap_or_default(), prepared))
}

/// What a reader takes home of a lab.
fn kit(page: &Page, lab: &Lab, book: &str) -> Kit {
    let file = |&fence: &usize| match &page.fences[fence] {
        Fence { content: Content::File { path, text, .. }, .. } => {
            let text = text.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect();
            Some((path.clone(), text))
        }
        _ => None,
    };
    let is_it = |entry: &&teaching::Entry| matches!(&entry.content, teaching::Content::Lab { name } if name.text == lab.name);
    let entry = page.entries.iter().find(is_it);
    Kit {
        name: lab.name.clone(),
        title: entry.map_or_else(|| lab.name.clone(), |entry| exemplar_appendix::lab_title(entry).to_owned()),
        brief: entry.map_or_else(String::new, |entry| exemplar_appendix::lab_brief(&entry.body)),
        book: book.to_owned(),
        files: [&lab.starter, &lab.tests].into_iter().chain(&lab.data).filter_map(file).collect(),
    }
}
