//! Examples that are run and are not of the report: the code of another file that a session begins with, and what is run again on another
//! Python for the sake of what stands below it.
//!
//! No report has them, so no report may name one as a cause. What fails because of one is told so, and the first such example stands for
//! it: it has the code of the failure, and the others follow from it. Where nothing follows, an exception is still worth saying. That the
//! output of something that is run again differs there is not: it is compared where it is reported.

use std::collections::BTreeMap;

use ecow::EcoString;
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::Example;
use exemplar_model::report::Status;
use exemplar_model::source::Span;

use super::verdict::Verdict;

/// Moves what is said of unreported examples to where it is read.
pub(super) fn surface(examples: &[Example], outcomes: &[Outcome], verdicts: &mut [Verdict]) {
    if examples.iter().all(|example| example.reported) {
        return;
    }
    let mut first_after: BTreeMap<usize, usize> = BTreeMap::new();
    for at in (0..examples.len()).filter(|&at| examples[at].reported) {
        let Some(cause) = verdicts[at].cause.filter(|&cause| !examples[cause].reported) else { continue };
        let first = *first_after.entry(cause).or_insert(at);
        if first < at {
            verdicts[at].cause = Some(first);
            continue;
        }
        let message = told(examples, outcomes, verdicts, cause, at);
        let (code, hint) = (verdicts[cause].code, verdicts[cause].hint.clone());
        let follower = &mut verdicts[at];
        *follower = Verdict {
            status: Status::Failed,
            code,
            message: Some(message.into()),
            hint,
            cause: None,
            ..follower.clone()
        };
    }
    let page = examples.iter().find(|example| example.reported).map(|example| example.span.file);
    for (at, example) in examples.iter().enumerate().filter(|(_, example)| !example.reported) {
        let verdict = &mut verdicts[at];
        verdict.lints.clear();
        let raised = example
            .step
            .and_then(|step| outcomes.get(step))
            .is_some_and(|outcome| !matches!(outcome.ending, Ending::Completed | Ending::NotRun));
        if verdict.status != Status::Failed
            || verdict.cause.is_some()
            || !raised
            || first_after.contains_key(&at)
        {
            continue;
        }
        let message = verdict.message.clone().unwrap_or_default();
        let code = verdict.code.unwrap_or_default();
        // The prelude of a page that has no examples of its own is at fault all the same.
        let lint = if page == Some(example.span.file) {
            Diagnostic::warning(
                code,
                example.span,
                format!("{message}, when it is run again on another Python"),
            )
        } else {
            Diagnostic::error(code, example.span, format!("{message}, at the beginning of a session"))
        };
        let hint = verdict.hint.as_ref().map(EcoString::to_string);
        verdict.lints.push(Diagnostic { help: hint, ..lint });
    }
}

/// Takes back what is said of examples that are run again, where they fail for their report just the same. `examples` and `verdicts` are
/// those of all sessions; of one without verdicts nothing fails and nothing is said.
pub(crate) fn withdraw_repeated(examples: &[&[Example]], verdicts: &mut [Vec<Verdict>]) {
    let told: Vec<(Span, Option<&'static str>)> = examples
        .iter()
        .zip(verdicts.iter())
        .flat_map(|(examples, verdicts)| examples.iter().zip(verdicts))
        .filter(|(example, verdict)| example.reported && verdict.status == Status::Failed)
        .map(|(example, verdict)| (example.span, verdict.code))
        .collect();
    let both = examples.iter().zip(verdicts).flat_map(|(examples, verdicts)| examples.iter().zip(verdicts));
    for (example, verdict) in both {
        if !example.reported && told.contains(&(example.span, verdict.code)) {
            verdict.lints.clear();
        }
    }
}

/// What a reported example is told of the unreported one that it follows from.
fn told(examples: &[Example], outcomes: &[Outcome], verdicts: &[Verdict], cause: usize, at: usize) -> String {
    let outcome = examples[cause].step.and_then(|step| outcomes.get(step));
    let place = outcome.and_then(|outcome| outcome.failed_at.as_ref());
    let place = place.map(|(file, line)| format!(", in line {line} of {file}")).unwrap_or_default();
    let why = verdicts[cause].message.clone().unwrap_or_default();
    let why = why.replacen("this example ", "it ", 1);
    if examples[cause].span.file == examples[at].span.file {
        format!("an example above this one fails when it is run again for it{place}: {why}")
    } else {
        format!("the code that this session begins with fails{place}: {why}")
    }
}
