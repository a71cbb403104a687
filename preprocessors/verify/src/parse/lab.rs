//! The fences of labs, and which of them belong together.
//!
//! A lab is a `[!LAB]` quote with fences that name it. Everything in such a fence is text: prompts, `#>` and hidden lines mean nothing in a
//! file that readers take home.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{Content, Fence, StatedOutput};
use exemplar_model::lab::{Lab, LabPart, LabRole};
use exemplar_model::source::{ExpandedText, Span};
use exemplar_model::teaching::{self, Entry, Piece};

use super::attributes::Typed;
use super::info::Info;
use super::known::Kind;
use super::line::Line;
use super::markdown::RawFence;
use super::page::{Attached, Page};

/// The stable names of what can be wrong.
mod code {
    pub(super) const MALFORMED: &str = "malformed-lab";
    pub(super) const UNTITLED: &str = "untitled-mutant";
}

/// What runs the tests.
const RUNNER: &str = "pytest";

impl Page<'_> {
    /// Reads a fence that names a lab.
    pub(super) fn lab_part(&mut self, raw: &RawFence<'_>, info: &Info<'_>, attached: &Attached) {
        let mut typed = self.typed(attached, Kind::Lab);
        let Some(lab) = typed.lab.take() else { return };
        let opening = self.expanded.origin(raw.opening.clone());
        let (role, path) = match (typed.role, typed.path.take()) {
            (Some(role), _) => (Some(role), role.file(&lab)),
            (None, Some(path)) => (Some(LabRole::Data), Some(path)),
            (None, None) => (None, None),
        };
        if role.is_none() && typed.find("role").is_none() && typed.find("file").is_none() {
            self.diagnostics.push(
                Diagnostic::error(code::MALFORMED, opening, "this part of a lab has no role").help(
                    "add `role=starter`, `role=tests`, `role=solution` or `role=mutant`; a data file says `file=…`",
                ),
            );
        }
        if role != Some(LabRole::Starter)
            && let Some(seen) = typed.find("raises")
        {
            self.diagnostics.push(
                Diagnostic::error("contradicting-attributes", seen.span, "only a starter may fail so")
                    .help("take it out"),
            );
        }
        self.check_caption(&typed, role, opening);
        if role.is_some_and(|role| role != LabRole::Data) {
            typed.attributes.requires.push(RUNNER.to_owned());
        }
        typed.attributes.lab = Some(LabPart { lab, role });
        let text = raw.lines.iter().map(|line| line.code(self.expanded, 0)).collect();
        let shown = raw.lines.iter().map(Line::shown);
        let content = Content::File {
            path: path.unwrap_or_default(),
            text,
            stated: StatedOutput::Nothing,
            offered: false,
        };
        self.push(raw, info, typed, content, shown);
    }

    /// A wrong module says what is wrong with it: readers see it beside the solution.
    fn check_caption(&mut self, typed: &Typed, role: Option<LabRole>, opening: Span) {
        if role == Some(LabRole::Mutant) && typed.attributes.title.is_none() {
            self.diagnostics.push(
                Diagnostic::warning(code::UNTITLED, opening, "nobody is told what is wrong with this mutant")
                    .help("say it: `title=\"touching intervals stay apart\"`"),
            );
        }
    }
}

/// The labs of a page that are whole, and what is wrong with the others. `told` is whether a `[!LAB]` was malformed, so that its fences seem to
/// belong to none.
pub(super) fn labs(
    expanded: &ExpandedText,
    fences: &[Fence],
    entries: &[Entry],
    told: bool,
) -> (Vec<Lab>, Vec<Diagnostic>) {
    let mut labs = Vec::new();
    let mut diagnostics = Vec::new();
    let mut inside = vec![false; fences.len()];
    for entry in entries {
        let teaching::Content::Lab { name } = &entry.content else { continue };
        let mut parts = Vec::new();
        for (index, fence) in fences.iter().enumerate() {
            let Some(part) = &fence.attributes.lab else { continue };
            if entry.range.start <= fence.range.start && fence.range.end <= entry.range.end {
                inside[index] = true;
                parts.push((index, fence, part));
            }
        }
        labs.extend(whole(expanded, entry, name, &parts, &mut diagnostics));
    }
    for (fence, _) in fences.iter().zip(inside).filter(|(_, inside)| !inside && !told) {
        if let Some(part) = &fence.attributes.lab {
            diagnostics.push(
                Diagnostic::error(
                    code::MALFORMED,
                    fence.opening,
                    "this part of a lab stands outside of any lab",
                )
                .help(format!("put it into the quote that begins with `> [!LAB] {}`", part.lab)),
            );
        }
    }
    (labs, diagnostics)
}

/// A lab with its parts; none where one is missing or too many.
fn whole(
    expanded: &ExpandedText,
    entry: &Entry,
    name: &Piece,
    parts: &[(usize, &Fence, &LabPart)],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Lab> {
    let before = diagnostics.len();
    for (_, fence, part) in parts.iter().filter(|(_, _, part)| part.lab != name.text) {
        diagnostics.push(
            Diagnostic::error(code::MALFORMED, fence.opening, format!("this is a part of `{}`", part.lab))
                .label(expanded.origin(name.range.clone()), "and stands in this lab")
                .help(format!("write `lab={}`, or put it into its own lab", name.text)),
        );
    }
    let of = |role: LabRole| parts.iter().filter(move |(_, _, part)| part.role == Some(role));
    for role in [LabRole::Starter, LabRole::Tests, LabRole::Solution] {
        let mut found = of(role);
        let first = found.next();
        for (_, again, _) in found {
            let error = Diagnostic::error(
                code::MALFORMED,
                again.opening,
                format!("this lab has two fences `role={}`", role.name()),
            );
            let error = first
                .into_iter()
                .fold(error, |error, (_, first, _)| error.label(first.opening, "the first one is here"));
            diagnostics.push(error.help("join them, or take one out"));
        }
        // What has no role that could be read may be the missing one.
        if first.is_none() && parts.iter().all(|(_, _, part)| part.role.is_some()) {
            diagnostics.push(
                Diagnostic::error(
                    code::MALFORMED,
                    expanded.origin(entry.header.clone()),
                    format!("this lab has no {}", role.name()),
                )
                .help(format!(
                    "add a fence: ```` ```python {{lab={} role={}}} ````",
                    name.text,
                    role.name()
                )),
            );
        }
    }
    let one = |role: LabRole| of(role).next().map(|&(index, ..)| index);
    let all = |role: LabRole| of(role).map(|&(index, ..)| index).collect();
    let lab = Lab {
        name: name.text.clone(),
        starter: one(LabRole::Starter)?,
        tests: one(LabRole::Tests)?,
        solution: one(LabRole::Solution)?,
        mutants: all(LabRole::Mutant),
        data: all(LabRole::Data),
    };
    (diagnostics.len() == before).then_some(lab)
}
