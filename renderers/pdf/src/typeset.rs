//! From Typst source to a PDF.

use std::collections::HashMap;
use std::ops::Range;

use exemplar_model::pdf::{PdfSettings, Standard};
use typst::diag::SourceDiagnostic;
use typst::foundations::Smart;
use typst::syntax::FileId;
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::PdfError;
use crate::date::Moment;
use crate::emit::Origins;
use crate::finding::{Finding, code};
use crate::world::Files;

/// Where everything that Typst sees comes from: a chapter, and bytes of it.
#[derive(Debug, Default)]
pub(crate) struct Map {
    /// Sources, with what stands before their text.
    pub(crate) sources: HashMap<FileId, (usize, Origins, usize)>,
    /// Pictures.
    pub(crate) pictures: HashMap<FileId, (usize, Range<usize>)>,
}

/// What came of it: the file, or what authors should know, by chapter.
pub(crate) enum Typeset {
    /// The file, and its pages.
    Pdf(Vec<u8>, usize),
    /// Why there is none.
    Findings(Vec<(usize, Finding)>),
}

/// Compiles the book.
///
/// # Errors
/// When Typst finds something wrong that no place of the book has to do with, which is a bug of ours or of a template.
pub(crate) fn typeset(
    files: &Files,
    map: &Map,
    settings: &PdfSettings,
    title: &str,
    date: Moment,
) -> Result<Typeset, PdfError> {
    let compiled = typst::compile::<PagedDocument>(files);
    let document = match compiled.output {
        Ok(document) => document,
        Err(errors) => return findings(files, map, &errors),
    };
    // What layout remembers for a next time stays: to let go of it takes longer than the memory is worth to the writer.
    let pages = document.pages().len();
    let options = PdfOptions {
        ident: Smart::Custom(title.to_owned()),
        creator: Smart::Custom(Some(format!("Exemplar {}", env!("CARGO_PKG_VERSION")))),
        timestamp: date.timestamp(),
        standards: standards(&settings.standards)?,
        tagged: true,
        ..PdfOptions::default()
    };
    let made = typst_pdf::pdf(&document, &options);
    match made {
        Ok(bytes) => Ok(Typeset::Pdf(bytes, pages)),
        Err(errors) => findings(files, map, &errors),
    }
}

fn standards(chosen: &[Standard]) -> Result<PdfStandards, PdfError> {
    let list: Vec<PdfStandard> = chosen
        .iter()
        .map(|standard| match standard {
            Standard::Ua1 => PdfStandard::Ua_1,
            Standard::A3a => PdfStandard::A_3a,
            Standard::A3b => PdfStandard::A_3b,
            Standard::A3u => PdfStandard::A_3u,
            Standard::A4f => PdfStandard::A_4f,
            Standard::V17 => PdfStandard::V_1_7,
            Standard::V20 => PdfStandard::V_2_0,
        })
        .collect();
    PdfStandards::new(&list).map_err(|error| PdfError::Standards { cause: error.message().to_string() })
}

fn findings(files: &Files, map: &Map, errors: &[SourceDiagnostic]) -> Result<Typeset, PdfError> {
    let mut found = Vec::new();
    for error in errors {
        let message = words(error);
        match place(files, map, error) {
            Some((chapter, range)) => {
                found.push((chapter, Finding { code: code::TYPESETTING, range, message, help: None }));
            }
            None => return Err(PdfError::Bug { message: format!("{message}{}", inner_place(files, error)) }),
        }
    }
    Ok(Typeset::Findings(found))
}

/// The place of the book that an error is about: its own, or that of a call on the way to it.
fn place(files: &Files, map: &Map, error: &SourceDiagnostic) -> Option<(usize, Range<usize>)> {
    if let Some(found) = error.span.id().and_then(|id| map.pictures.get(&id)) {
        return Some(found.clone());
    }
    let own = error.span.id().zip(files.range(error.span));
    let calls = error.trace.iter().map(|point| point.span.id().zip(files.range(point.span)));
    std::iter::once(own).chain(calls).flatten().find_map(|(id, range)| {
        let (chapter, origins, before) = map.sources.get(&id)?;
        let piece = range.start.checked_sub(*before)?..range.end.checked_sub(*before)?;
        Some((*chapter, origins.of(&piece)?))
    })
}

fn inner_place(files: &Files, error: &SourceDiagnostic) -> String {
    let Some((id, range)) = error.span.id().zip(files.range(error.span)) else { return String::new() };
    let Ok(source) = files.source(id) else { return String::new() };
    let line = source.text().get(..range.start).map_or(0, |before| before.matches('\n').count() + 1);
    format!(" ({}:{line})", id.vpath().get_without_slash())
}

/// Typst's words, without the standard's name in front.
fn words(error: &SourceDiagnostic) -> String {
    error.message.to_string()
}
