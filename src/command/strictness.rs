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
        for result in &mut report.examples {
            let unmet = result.code.as_deref().is_some_and(|code| UNMET.contains(&code));
            if result.status == Status::Skipped && unmet {
                result.status = Status::Failed;
                counted.root_causes += 1;
            }
            counted.add(result.status);
        }
        let Summary { pages, sessions, blocks, duration_ms, .. } = report.summary;
        report.summary = Summary { pages, sessions, blocks, duration_ms, ..counted };
    }
}

#[cfg(test)]
mod tests {
    use exemplar_model::diagnostic::Diagnostic;
    use exemplar_model::report::{Report, ReportedDiagnostic, ReportedExample, Status};
    use exemplar_model::source::Span;
    use exemplar_verify::load::files::Files;
    use exemplar_verify::pipeline::Verified;
    use exemplar_verify::report::{ExamplePlace, succeeded};

    use super::{Denied, Strictness};

    /// A run with these lints, and with examples of this status and these codes.
    fn verified(lints: &[&'static str], status: &str, codes: &[&str]) -> Verified {
        let mut files = Files::new("/");
        let span = Span::new(files.add_text("a.md", "a.md", "x"), 0..1);
        let placed = |code: &&str| -> ReportedDiagnostic {
            serde_json::from_value(serde_json::json!({
                "severity": "warning", "code": code, "file": "a.md", "line": 1, "column": 1, "end_line": 1,
                "end_column": 2, "message": "m", "help": null,
            }))
            .unwrap()
        };
        let example = |code: &&str| -> ReportedExample {
            serde_json::from_value(serde_json::json!({
                "id": "a.md#page:1", "file": "a.md", "included_from": null, "line": 1, "column": 1,
                "end_line": 1, "session": "page", "kind": "script", "role": null, "status": status,
                "code": code, "source": "", "expected": null, "actual": null, "stderr": null,
                "failed_line": null, "message": null, "hint": null, "cause": null, "duration_ms": 0.0,
                "cached": false,
            }))
            .unwrap()
        };
        let examples: Vec<ReportedExample> = codes.iter().map(example).collect();
        let mut report: Report = serde_json::from_value(serde_json::json!({
            "schema": 1, "tool": {"name": "exemplar", "version": "0"}, "python": null,
            "isolation": {"filesystem": "none", "network": "none", "memory": "none"},
            "summary": exemplar_model::report::Summary { pages: 3, sessions: 2, blocks: 1, ..Default::default() },
            "diagnostics": lints.iter().map(placed).collect::<Vec<_>>(), "examples": examples,
        }))
        .unwrap();
        examples.iter().for_each(|example| report.summary.add(example.status));
        let place = ExamplePlace { page: 0, fence: 0, span, displays: Vec::new(), warnings: Vec::new() };
        Verified {
            files,
            pages: Vec::new(),
            rules: Vec::new(),
            sessions: Vec::new(),
            outcomes: Vec::new(),
            reasons: Vec::new(),
            resumed: 0,
            verdicts: Vec::new(),
            diagnostics: lints.iter().map(|code| Diagnostic::warning(code, span, "m")).collect(),
            places: vec![place; examples.len()],
            report,
            surroundings: exemplar_model::environment::Surroundings::default(),
            leaving: exemplar_verify::execute::Leaving::default(),
        }
    }

    #[test]
    fn denied_lints_are_errors() {
        for (denied, fails) in [
            (Denied::Named(vec![]), false),
            (Denied::Named(vec!["mistagged-session"]), false),
            (Denied::Named(vec!["mistagged-session", "stray-comment"]), true),
            (Denied::All, true),
        ] {
            let mut verified = verified(&["code-before-prompt", "stray-comment"], "passed", &[]);
            let words = format!("{denied:?}");
            Strictness { denied, require_all: false }.apply(&mut verified);
            assert_eq!(succeeded(&verified.report), !fails, "{words}");
            let said = verified.report.diagnostics.iter().map(|found| found.severity.as_str());
            let meant = verified.diagnostics.iter().map(|found| found.severity.name());
            assert!(said.eq(meant), "{words}");
        }
    }

    #[test]
    fn what_must_run_and_did_not_has_failed() {
        let codes = ["unmet-requirement", "wrong-python", "something-else"];
        for (status, require_all, failed) in
            [("skipped", true, 2), ("skipped", false, 0), ("passed", true, 0), ("ignored", true, 0)]
        {
            let mut verified = verified(&[], status, &codes);
            Strictness { denied: Denied::Named(Vec::new()), require_all }.apply(&mut verified);
            let summary = verified.report.summary;
            assert_eq!(
                (summary.failed, summary.root_causes, summary.examples),
                (failed, failed, 3),
                "{status}"
            );
            assert_eq!((summary.pages, summary.sessions, summary.blocks), (3, 2, 1));
            let all: usize = Status::ALL.iter().map(|&status| summary.count(status)).sum();
            assert_eq!(all, 3);
        }
    }
}
