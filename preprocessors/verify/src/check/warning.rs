//! Warnings: those that a fence must give, and those that nobody asked for.

use std::collections::{BTreeMap, BTreeSet};

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{Raises, Treatment};
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome, Warned};
use exemplar_model::plan::{Example, ExampleKind};
use exemplar_model::report::Status;

use super::comparison::Comparison;
use super::ending::has_message;
use super::exception::last_part;
use super::filter::Filters;
use super::layout::first_line;
use super::output::claim;
use super::verdict::{Failure, Verdict, code};
use crate::load::settings::WarningPolicy;

/// pytest-doctestplus's `SHOW_WARNINGS`: what was printed, and then each warning as a line of its own.
pub(super) fn shown(mut outcome: Outcome) -> Outcome {
    for Warned { kind, message, .. } in &outcome.warnings {
        outcome.stdout.push_str(&format!("{}: {message}\n", last_part(kind)));
    }
    outcome
}

/// Fails the fences that did not give the warning that they must give. Any of a fence's examples may give it; the last one that says
/// nothing worse of itself is blamed.
pub(super) fn demand(
    examples: &[Example],
    outcomes: &[Outcome],
    filters: &Filters,
    verdicts: &mut [Verdict],
) {
    let mut fences: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, example) in examples.iter().enumerate() {
        if example.warns.is_some() && matches!(example.treatment, Treatment::Check | Treatment::NoCheck) {
            fences.entry(example.fence).or_default().push(at);
        }
    }
    for members in fences.into_values() {
        let tried = |at: &&usize| matches!(verdicts[**at].status, Status::Passed | Status::Ran);
        let Some(&blamed) = members.iter().rev().find(tried) else { continue };
        let Some(stated) = &examples[blamed].warns else { continue };
        let steps: BTreeSet<usize> = members.iter().filter_map(|&at| examples[at].step).collect();
        let outcomes: Vec<&Outcome> = steps.into_iter().filter_map(|step| outcomes.get(step)).collect();
        // What did not run to its end could still have warned.
        if outcomes.iter().any(|outcome| !matches!(outcome.ending, Ending::Completed | Ending::Raised(_))) {
            continue;
        }
        let given: Vec<&Warned> = outcomes.into_iter().flat_map(|outcome| &outcome.warnings).collect();
        let rules = Comparison::of(&examples[blamed], filters);
        if !given.iter().any(|warned| is_stated(&rules, stated, warned)) {
            verdicts[blamed] = verdicts[blamed].clone().failed(missing(stated, &given));
        }
    }
}

/// Says of warnings that nobody asked for: each once in a session, as Python does too.
pub(super) fn unexpected(
    examples: &[Example],
    outcomes: &[Outcome],
    policy: WarningPolicy,
    verdicts: &mut [Verdict],
) {
    let mut said: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (at, example) in examples.iter().enumerate() {
        let is_first = at == 0 || example.step.is_none() || examples[at - 1].step != example.step;
        let Some(outcome) = example.step.and_then(|step| outcomes.get(step)).filter(|_| is_first) else {
            continue;
        };
        let members: Vec<&Example> =
            examples[at..].iter().take_while(|other| other.step == example.step).collect();
        let is_asked_for = example.warns.is_some() || !example.reported || is_silent(example.flags);
        for warned in outcome.warnings.iter().filter(|warned| !is_asked_for && !is_shown(&members, warned)) {
            let is_new = said.insert((&warned.kind, &warned.message));
            let says = in_short(warned);
            match policy {
                WarningPolicy::Lint if is_new => {
                    let message = format!("this example gives a warning: {says}{}", place(warned));
                    let lint = Diagnostic::warning("unexpected-warning", example.span, message);
                    verdicts[at].lints.push(lint.help(help(example, warned)));
                }
                WarningPolicy::Error if matches!(verdicts[at].status, Status::Passed | Status::Ran) => {
                    // What `python -W error` would have made of it.
                    let message = format!(
                        "this example gives a warning that nobody asked for: {says}{}",
                        place(warned)
                    );
                    let failure = Failure::new(code::UNEXPECTED_EXCEPTION, message);
                    verdicts[at] =
                        verdicts[at].clone().failed(failure.with_hint(Some(help(example, warned))));
                }
                _ => {}
            }
        }
    }
}

/// Whether flags say that warnings are nobody's business, or are compared as output.
fn is_silent(flags: Flags) -> bool {
    flags.has(Flags::IGNORE_WARNINGS) || flags.has(Flags::SHOW_WARNINGS)
}

/// Whether the page itself shows the warning's text.
fn is_shown(members: &[&Example], warned: &Warned) -> bool {
    let text = first_line(&warned.message).trim();
    !text.is_empty() && members.iter().filter_map(|example| claim(example)).any(|want| want.contains(text))
}

/// Whether a warning is the one that a fence must give: of that category or one that derives from it.
fn is_stated(rules: &Comparison<'_>, stated: &Raises, warned: &Warned) -> bool {
    let name = stated.kind.strip_prefix("builtins.").unwrap_or(&stated.kind);
    let is_kind = name == warned.kind || warned.lineage.iter().any(|known| known == name);
    is_kind && has_message(rules, stated, &warned.message)
}

fn missing(stated: &Raises, given: &[&Warned]) -> Failure {
    let kind = &stated.kind;
    let message = match given {
        [] => format!("the page says that this warns with {kind}, and it did not"),
        [warned, ..] => {
            let says = stated.message.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
            format!(
                "the page says that this warns with {kind}{says}, and it warned with {}",
                in_short(warned)
            )
        }
    };
    Failure::new(code::MISSING_WARNING, message)
}

fn help(example: &Example, warned: &Warned) -> String {
    let kind = last_part(&warned.kind);
    if example.kind == ExampleKind::File {
        return "mend the file, which whoever imports it is warned of; or say that it is nobody's business: `flags=\"IGNORE_WARNINGS\"`".to_owned();
    }
    format!(
        "if it is to warn, say so: `warns=\"{kind}\"`; if that is nobody's business: `flags=\"IGNORE_WARNINGS\"`"
    )
}

/// The line that a warning is about, where that is one of the session's scripts. At a prompt there is mostly one line.
fn place(warned: &Warned) -> String {
    match &warned.at {
        Some((name, line)) if !name.starts_with('<') => format!(", in line {line} of {name}"),
        _ => String::new(),
    }
}

/// The warning in one line of a message, cut where it gets long.
fn in_short(warned: &Warned) -> String {
    const LONGEST: usize = 120;
    let line = first_line(&warned.message);
    let text = match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    };
    format!("{}: {text}", warned.kind)
}
