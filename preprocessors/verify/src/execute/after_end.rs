//! What goes wrong after a session's last example: exit handlers that fail, threads that never end, a crash.
//!
//! Every example has its result by then, and none of them is wrong. So it is a lint, at the last example that ran.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::Session;

/// The lints for all sessions, in their order. `outcomes` has an entry for each session, with an outcome for each of its steps.
#[must_use]
pub fn lints(sessions: &[Session], outcomes: &[Vec<Outcome>]) -> Vec<Diagnostic> {
    sessions.iter().zip(outcomes).filter_map(|(session, outcomes)| lint(session, outcomes)).collect()
}

fn lint(session: &Session, outcomes: &[Outcome]) -> Option<Diagnostic> {
    let what = outcomes.last()?.after_end.as_ref()?;
    let ran = session.examples.iter().filter(|example| example.step.is_some() && example.reported);
    let last = ran.max_by_key(|example| example.step)?;
    let message = format!("after the last example of this session, {what}");
    let help = "end threads and close what is open in the page, or hide it: readers who run this meet it too";
    Some(Diagnostic::warning("failed-at-exit", last.span, message).help(help))
}
