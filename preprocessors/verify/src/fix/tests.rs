//! Fixes of pages whose examples print what we say. No Python runs here.

mod kept;
mod laws;
mod left;
mod others;

use std::path::Path;
use std::time::Duration;

use exemplar_model::environment::Surroundings;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Expectation, Page, Session};
use exemplar_model::source::{FileId, SourceMap};

use super::{Checked, FixOptions, Fixed, fix};
use crate::check::machine::Machine;
use crate::check::{Verdict, check};
use crate::load::include::verbatim;
use crate::load::settings::{PageRules, Settings};
use crate::parse::{ParseOptions, Syntax, parse};
use crate::pipeline::Keep;
use crate::plan::{PlanOptions, plan};
use crate::reload::Texts;
use crate::unstable::Again;

/// A page that ran.
struct Ran {
    sources: SourceMap,
    file: FileId,
    pages: Vec<Page>,
    rules: Vec<PageRules>,
    sessions: Vec<Session>,
    outcomes: Vec<Vec<Outcome>>,
    verdicts: Vec<Vec<Verdict>>,
}

fn planned(text: &str, syntax: Syntax) -> (SourceMap, FileId, Vec<Page>, Vec<PageRules>, Vec<Session>) {
    let settings = Settings::default();
    let mut sources = SourceMap::default();
    let file = sources.add("page.md", text);
    let expanded = verbatim(&sources, file);
    let parsed = parse(&expanded, &ParseOptions { syntax, ..ParseOptions::default() });
    let mut pages = vec![Page {
        file,
        expanded,
        fences: parsed.fences,
        division: parsed.division,
        entries: parsed.entries,
        labs: parsed.labs,
    }];
    let rules = vec![settings.rules.clone()];
    let surroundings = Surroundings::default();
    let options = PlanOptions {
        rules: &rules,
        preludes: &[Vec::new()],
        caps: &settings.caps,
        surroundings: &surroundings,
        keep: Keep::Everything,
    };
    let sessions = plan(&sources, &mut pages, options).sessions;
    (sources, file, pages, rules, sessions)
}

/// What one example does.
#[derive(Debug, Clone)]
enum Does {
    Print(String),
    Raise(&'static str),
    Hang,
}

impl Ran {
    /// A page whose examples do this, in its order.
    fn new(text: &str, syntax: Syntax, does: &[Does]) -> Self {
        let (sources, file, pages, rules, sessions) = planned(text, syntax);
        let mut does = does.iter();
        let outcomes: Vec<Vec<Outcome>> = sessions
            .iter()
            .map(|session| {
                let steps = session.steps.iter();
                let mut outcomes: Vec<Outcome> = steps.map(|step| completed(step.marks.len())).collect();
                for example in &session.examples {
                    let (Some(step), Some(does)) = (example.step, does.next()) else { continue };
                    act(&mut outcomes[step], &example.expectation, does);
                }
                outcomes
            })
            .collect();
        let sets = sessions.iter().zip(&outcomes);
        let verdicts =
            sets.map(|(session, outcomes)| check(&session.examples, outcomes, &rules[0])).collect();
        Self { sources, file, pages, rules, sessions, outcomes, verdicts }
    }

    fn fix(&self, syntax: Syntax, force: bool, again: &Again) -> Fixed {
        let checked = Checked {
            sources: &self.sources,
            pages: &self.pages,
            rules: &self.rules,
            sessions: &self.sessions,
            outcomes: &self.outcomes,
            verdicts: &self.verdicts,
            diagnostics: &[],
        };
        let reread = |texts: &Texts| {
            let text = texts.get(&self.file).map_or(self.sources.file(self.file).text(), String::as_str);
            planned(text, syntax).4
        };
        let machine = &Machine::of([Path::new("/home/ann")], [Path::new("/usr/bin/python3")]);
        fix(checked, &FixOptions { force, selected: &|_| true, again, machine }, &reread)
    }
}

fn completed(marks: usize) -> Outcome {
    Outcome { ending: Ending::Completed, ..Outcome::not_run(marks) }
}

fn act(outcome: &mut Outcome, expectation: &Expectation, does: &Does) {
    match (does, expectation) {
        (Does::Print(text), Expectation::Mark { index, .. }) => outcome.marks[*index] = Some(text.into()),
        (Does::Print(text), _) => outcome.stdout = text.into(),
        (Does::Raise(summary), _) => {
            let kind = summary.split(':').next().unwrap().to_owned();
            outcome.ending = Ending::Raised(Box::new(Raised {
                lineage: vec![kind.clone(), "Exception".into()],
                kind,
                summary: format!("{summary}\n"),
                traceback: format!(
                    "Traceback (most recent call last):\n  File \"<python-input-1>\", line 1, in <module>\n{summary}\n"
                ),
                at_compile: false,
                exit_status: None,
            }));
        }
        (Does::Hang, _) => outcome.ending = Ending::TimedOut { limit: Duration::from_secs(1) },
    }
}

/// The text after a fix of a page whose examples do this, and why examples are left.
fn fixed_as(syntax: Syntax, text: &str, does: &[Does], force: bool) -> (String, Vec<String>) {
    let ran = Ran::new(text, syntax, does);
    let fixed = ran.fix(syntax, force, &Again::new());
    let left = fixed.left.iter().map(|found| found.message.clone()).collect();
    let new = fixed.files.first().map_or_else(|| text.to_owned(), |file| file.text.clone());
    (new, left)
}

fn fixed(text: &str, printed: &[&str]) -> String {
    let does: Vec<Does> = printed.iter().map(|text| Does::Print((*text).to_owned())).collect();
    fixed_as(Syntax::default(), text, &does, false).0
}
