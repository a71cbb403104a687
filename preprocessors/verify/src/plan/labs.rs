//! The sessions that prove a lab: its tests run once with the solution, once with the starter, and once with each mutant.
//!
//! A reader has the lab's files and nothing else, and so has each of these sessions: no prelude, none of the files that other sessions
//! begin with, no module of the book.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use exemplar_model::environment::Surroundings;
use exemplar_model::fence::{CodeLine, Content, Fence, joined};
use exemplar_model::flags::Flags;
use exemplar_model::lab::{Lab, Proof, module};
use exemplar_model::plan::{Example, ExampleKind, Expectation, Page, Session, Step, StepMode, Unmet};
use exemplar_model::protocol::Network;
use exemplar_model::source::SourceMap;

use super::code::{CodeFiles, span_of};
use super::needs::{Home, home};
use super::wishes::Granted;
use crate::load::settings::PageRules;

/// What runs pytest and tells what came of it.
const RUNNER: &str = include_str!("lab.py");

/// What tracebacks call it.
const RUNNER_NAME: &str = "<lab>";

/// Where a lab stands, and what holds there.
#[derive(Clone, Copy)]
struct Place<'a> {
    sources: &'a SourceMap,
    page: &'a Page,
    page_index: usize,
    rules: &'a PageRules,
    granted: &'a [Granted],
    surroundings: &'a Surroundings,
}

/// The sessions of a lab.
pub(super) fn proofs(
    sources: &SourceMap,
    page: &Page,
    page_index: usize,
    rules: &PageRules,
    lab: &Lab,
    granted: &[Granted],
    surroundings: &Surroundings,
) -> Vec<Session> {
    let place = Place { sources, page, page_index, rules, granted, surroundings };
    let starter_fails = Proof::StarterFails(page.fences[lab.starter].attributes.raises.as_deref().cloned());
    let mut sessions = vec![
        place.session(lab, "solution", lab.solution, &Proof::SolutionPasses),
        place.session(lab, "starter", lab.starter, &starter_fails),
    ];
    for (number, &mutant) in lab.mutants.iter().enumerate() {
        sessions.push(place.session(lab, &format!("mutant-{}", number + 1), mutant, &Proof::MutantDies));
    }
    sessions
}

impl Place<'_> {
    /// One run of the tests. The report has those fences once that stand in all runs: in that of the solution.
    fn session(self, lab: &Lab, suffix: &str, under_test: usize, proof: &Proof) -> Session {
        let mut members: Vec<usize> = lab.data.iter().copied().chain([under_test, lab.tests]).collect();
        members.sort_unstable();
        let granted = || members.iter().map(|&fence| &self.granted[fence]);
        let (python, unmet) = self.home(&members);
        let mut session = Session {
            page: self.page_index,
            name: format!("lab-{}-{suffix}", lab.name),
            network: granted().map(|it| it.network).max().unwrap_or(Network::None),
            python,
            memory: granted().map(|it| it.memory).max().unwrap_or_default(),
            processes: granted().map(|it| it.processes).max().unwrap_or_default(),
            output: granted().map(|it| it.output).max().unwrap_or_default(),
            timeout: self.rules.limits.session_timeout,
            files: Vec::new(),
            pythonpath: Vec::new(),
            steps: Vec::new(),
            examples: Vec::new(),
        };
        // What one part asks for is not made longer by the others that ask for nothing.
        let is_stated = |&&fence: &&usize| self.page.fences[fence].attributes.timeout.is_some();
        let stated = members.iter().filter(is_stated).map(|&fence| self.granted[fence].timeout);
        let mut run = None;
        if unmet.is_none() {
            session.steps.extend(members.iter().map(|&fence| self.written(&self.page.fences[fence])));
            let code = format!("{RUNNER}\nprint(json.dumps(run(\"{}\")))\n", module(&lab.name));
            run = Some(session.steps.len());
            session.steps.push(Step {
                timeout: stated.max().unwrap_or(self.rules.limits.timeout),
                ..self.step(StepMode::Exec, code.into(), RUNNER_NAME.into())
            });
        }
        let is_first = *proof == Proof::SolutionPasses;
        for (index, fence) in
            members.into_iter().enumerate().filter(|&(_, fence)| is_first || fence == under_test)
        {
            let (step, expectation) = match fence {
                _ if fence == under_test => (run, Expectation::Lab(proof.clone())),
                _ if fence == lab.tests => (run, Expectation::Lab(Proof::Tests)),
                _ => (run.and(Some(index)), Expectation::Unstated),
            };
            let example = self.example(&session, fence, step, expectation, unmet.clone());
            session.examples.push(example);
        }
        session
    }

    /// The interpreter of a run, where it is not the run's own; and why there is none, where it can't be.
    fn home(self, members: &[usize]) -> (Option<std::path::PathBuf>, Option<Unmet>) {
        let mut python = None;
        for &fence in members {
            match home(&self.page.fences[fence], self.surroundings) {
                Home::Own => {}
                Home::Nowhere(unmet) => return (None, Some(installable(unmet))),
                Home::Other(other) => {
                    python = self.surroundings.others.get(other).map(|other| other.executable.clone());
                }
            }
        }
        (python, None)
    }

    /// The step that writes a fence's file.
    fn written(self, fence: &Fence) -> Step {
        let (path, text) = file(fence);
        let (files, lines) = CodeFiles::default().places(self.sources, text);
        Step { files, lines, ..self.step(StepMode::Write, joined(text), path.into()) }
    }

    fn step(self, mode: StepMode, code: EcoString, name: EcoString) -> Step {
        Step {
            mode,
            code,
            name,
            files: Arc::new([]),
            lines: Vec::new(),
            marks: Vec::new(),
            guesses: false,
            timeout: self.rules.limits.timeout,
            stdin: None,
            transcript: None,
            merges_stderr: false,
            ends_fence: false,
        }
    }

    fn example(
        self,
        session: &Session,
        fence: usize,
        step: Option<usize>,
        expectation: Expectation,
        unmet: Option<Unmet>,
    ) -> Example {
        let Fence { attributes, opening, .. } = &self.page.fences[fence];
        let (_, text) = file(&self.page.fences[fence]);
        let page = self.sources.file(self.page.file).path();
        Example {
            fence,
            id: format!("{page}#{}:{}", session.name, session.examples.len() + 1).into(),
            span: span_of(text).unwrap_or(*opening),
            source: joined(text),
            step,
            expectation,
            exempt: None,
            raises: None,
            warns: None,
            exit_status: 0,
            unmet,
            reported: true,
            flags: Flags::none(),
            treatment: attributes.treatment.clone(),
            kind: ExampleKind::File,
            role: attributes.lab.as_ref().and_then(|part| part.role),
        }
    }
}

/// The file that a part of a lab is.
fn file(fence: &Fence) -> (&str, &[CodeLine]) {
    match &fence.content {
        Content::File { path, text, .. } => (path, text),
        _ => ("", &[]),
    }
}

/// What is missing, and how to get it.
fn installable(unmet: Unmet) -> Unmet {
    match unmet {
        Unmet::Requirement(words) => {
            match words.strip_prefix("needs ").and_then(|rest| rest.split_once(", which")) {
                Some((wanted, _)) => {
                    Unmet::Requirement(eco_format!("{words}: `python -m pip install \"{wanted}\"`"))
                }
                None => Unmet::Requirement(words),
            }
        }
        Unmet::Python(_) => unmet,
    }
}
