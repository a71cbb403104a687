//! What the command line makes of results that would not fail a run by themselves.

use exemplar_model::diagnostic::Severity;
use exemplar_model::report::{Status, Summary};
use exemplar_verify::pipeline::Verified;

use crate::arguments::CheckArguments;
use crate::codes;
use crate::failure::Failure;

/// The codes of examples that are skipped because something is not here.
const UNMET: [&str; 2] = ["unmet-requirement", "wrong-python"];

/// How strict a run is.
#[derive(Debug)]
pub(crate) struct Strictness {
    denied: Denied,
    require_all: bool,
}

#[derive(Debug)]
enum Denied {
    All,
    Named(Vec<&'static str>),
}

impl Strictness {
    /// As the command line asks.
    pub(crate) fn of(arguments: &CheckArguments) -> Result<Self, Failure> {
        let denied = if arguments.deny.iter().any(|name| name == "all") {
            Denied::All
        } else {
            let names = arguments.deny.iter().map(|name| Ok(codes::named(name.trim())?.name));
            Denied::Named(names.collect::<Result<_, Failure>>()?)
        };
        Ok(Self { denied, require_all: arguments.require_all })
    }

    /// Turns lints that are denied into errors, and skipped examples that must run into failures.
    pub(crate) fn apply(&self, verified: &mut Verified) {
        let report = &mut verified.report;
        for (found, placed) in verified.diagnostics.iter_mut().zip(&mut report.diagnostics) {
            let is_denied = match &self.denied {
                Denied::All => true,
                Denied::Named(names) => names.contains(&found.code),
            };
            if is_denied {
                found.severity = Severity::Error;
                Severity::Error.name().clone_into(&mut placed.severity);
            }
        }
        if !self.require_all {
            return;
        }
        let mut counted = Summary { root_causes: report.summary.root_causes, ..Summary::default() };
        for (result, placed) in report.examples.iter_mut().zip(&mut verified.examples) {
            let unmet = result.code.as_deref().is_some_and(|code| UNMET.contains(&code));
            if result.status == Status::Skipped && unmet {
                result.status = Status::Failed;
                placed.result.status = Status::Failed;
                counted.root_causes += 1;
            }
            counted.add(result.status);
        }
        let Summary { pages, sessions, blocks, duration_ms, .. } = report.summary;
        report.summary = Summary { pages, sessions, blocks, duration_ms, ..counted };
    }
}
