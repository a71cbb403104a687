//! The sessions that will run.
//!
//! A page is one session; `session=NAME` and `isolated` make others. Fences of a session run in page order, scripts and prompted
//! statements mixed. Every example of a fence stands in its session, also those that never run: the report has them all.

mod wishes;

use std::time::Duration;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::environment::Surroundings;
use exemplar_model::fence::{CodeLine, Content, Fence, InlineOutput, StatedOutput, Treatment};
use exemplar_model::flags::Flags;
use exemplar_model::plan::{Example, ExampleKind, Expectation, Mark, Page, Session, Step, StepMode};
use exemplar_model::protocol::Network;
use exemplar_model::source::{FileId, SourceMap, Span};

use crate::load::settings::{Caps, PageRules};

/// The name of a page's own session.
const PAGE_SESSION: &str = "page";

/// What holds where a fence says nothing, and how much it may ask for.
#[derive(Debug, Clone, Copy)]
pub struct PlanOptions<'a> {
    /// What holds on each page where a fence says nothing.
    pub rules: &'a [PageRules],
    /// How much it may ask for.
    pub caps: &'a Caps,
    /// The interpreters that there are.
    pub surroundings: &'a Surroundings,
}

/// The sessions, and which fences ask for more than they may.
#[derive(Debug)]
pub struct Plan {
    /// By page, and within a page in the order of their first fences.
    pub sessions: Vec<Session>,
    /// What is wrong with the fences' wishes.
    pub diagnostics: Vec<Diagnostic>,
}

/// Lays out the sessions of all pages.
#[must_use]
pub fn plan(sources: &SourceMap, pages: &[Page], options: PlanOptions<'_>) -> Plan {
    let mut sessions: Vec<Session> = Vec::new();
    let mut diagnostics = Vec::new();
    for (page_index, page) in pages.iter().enumerate() {
        let first = sessions.len();
        let mut counts: Vec<Counts> = Vec::new();
        let mut isolated = 0;
        let rules = &options.rules[page_index];
        for (fence_index, fence) in page.fences.iter().enumerate() {
            let wanted = fence.attributes.session.as_deref().unwrap_or(PAGE_SESSION);
            // An isolated session is nobody else's, whatever it is called.
            let known = sessions[first..]
                .iter()
                .zip(&counts)
                .position(|(session, counts)| session.name == wanted && !counts.isolated)
                .filter(|_| !fence.attributes.isolated);
            let index = match known {
                Some(index) => first + index,
                None => {
                    let name = if fence.attributes.isolated {
                        isolated += 1;
                        format!("isolated-{isolated}")
                    } else {
                        wanted.to_owned()
                    };
                    sessions.push(Session {
                        page: page_index,
                        name,
                        network: Network::None,
                        python: None,
                        memory: 0,
                        processes: rules.limits.processes,
                        output: rules.limits.output,
                        timeout: rules.limits.session_timeout,
                        files: Vec::new(),
                        pythonpath: Vec::new(),
                        steps: Vec::new(),
                        examples: Vec::new(),
                    });
                    counts.push(Counts { isolated: fence.attributes.isolated, ..Counts::default() });
                    sessions.len() - 1
                }
            };
            let prefix = format!("{}#{}", sources.file(page.file).path(), sessions[index].name);
            let wishes = wishes::grant(fence, &rules.limits, options.caps, &mut diagnostics);
            let session = &mut sessions[index];
            session.network = session.network.max(wishes.network);
            session.memory = session.memory.max(wishes.memory);
            let counts = &mut counts[index - first];
            Planner {
                sources,
                flags: rules.flags,
                timeout: wishes.timeout,
                session: &mut sessions[index],
                counts,
                prefix,
                fence,
                fence_index,
            }
            .add();
        }
    }
    Plan { sessions, diagnostics }
}

/// How many pieces of code a session has so far.
#[derive(Default)]
struct Counts {
    isolated: bool,
    prompts: usize,
    scripts: usize,
}

/// Adds one fence to its session.
struct Planner<'a> {
    sources: &'a SourceMap,
    flags: Flags,
    timeout: Duration,
    session: &'a mut Session,
    counts: &'a mut Counts,
    prefix: String,
    fence: &'a Fence,
    fence_index: usize,
}

impl Planner<'_> {
    fn add(mut self) {
        match &self.fence.content {
            Content::Session(prompted) => {
                for example in prompted {
                    let flags = example.flags.apply(self.flags());
                    let skipped = flags.skips();
                    let (mode, expectation) = match example.has_prompt {
                        true => (StepMode::Single, Expectation::Output(example.expected.clone())),
                        false => (StepMode::Exec, Expectation::Unstated),
                    };
                    let step = (!skipped).then(|| self.step(mode, &example.code, Vec::new())).flatten();
                    self.example(ExampleKind::Session, &example.code, step, expectation, flags);
                }
            }
            Content::Script { code, stated } => self.add_script(code, stated),
            Content::Console(commands) => {
                for command in commands {
                    self.example(
                        ExampleKind::Console,
                        &command.code,
                        None,
                        Expectation::Unstated,
                        self.flags(),
                    );
                }
            }
            Content::File { text, .. } | Content::Excerpt { text, .. } => {
                self.example(ExampleKind::File, text, None, Expectation::Unstated, self.flags());
            }
        }
    }

    fn add_script(&mut self, code: &[CodeLine], stated: &StatedOutput) {
        let runs: &[InlineOutput] = match stated {
            StatedOutput::Inline(runs) => runs,
            StatedOutput::Fence(_) | StatedOutput::Guessed(_) | StatedOutput::Nothing => &[],
        };
        let marks = runs.iter().map(|run| Mark { line: run.line, column: run.column }).collect();
        let step = self.step(StepMode::Exec, code, marks);
        let kind = ExampleKind::Script;
        match stated {
            StatedOutput::Nothing | StatedOutput::Guessed(_) => {
                self.example(kind, code, step, Expectation::Unstated, self.flags())
            }
            StatedOutput::Fence(expected) => {
                self.example(kind, code, step, Expectation::Output(expected.clone()), self.flags());
            }
            StatedOutput::Inline(runs) => {
                let mut from = 0;
                for (index, run) in runs.iter().enumerate() {
                    let above = &code[from.min(run.line)..run.line];
                    from = run.line + run.expected.lines.len();
                    // The code behind the last stated output belongs to that example: it runs with it, and binds names.
                    let behind =
                        if index + 1 == runs.len() { code.get(from..).unwrap_or_default() } else { &[] };
                    let expectation = Expectation::Mark { index, expected: run.expected.clone() };
                    // A stated output is about the statement above it, so that is what its example points at.
                    let span = statement_above(code, runs, run).and_then(span_of);
                    self.push(kind, joined(above) + &joined(behind), span, step, expectation, self.flags());
                }
            }
        }
    }

    fn flags(&self) -> Flags {
        self.fence.attributes.flags.apply(self.flags)
    }

    /// Adds a step that runs this code, if the fence's treatment wants it run or compiled.
    fn step(&mut self, mode: StepMode, code: &[CodeLine], marks: Vec<Mark>) -> Option<usize> {
        let mode = match self.fence.attributes.treatment {
            Treatment::Check | Treatment::NoCheck => mode,
            Treatment::NoRun => StepMode::Compile,
            Treatment::Ignore { .. } | Treatment::Recorded { .. } => return None,
        };
        let (files, lines) = self.places(code);
        // Counted over the session, so that each name stands for one piece of code.
        let name = match self.fence.content {
            Content::Session(_) => {
                self.counts.prompts += 1;
                format!("<python-input-{}>", self.counts.prompts - 1)
            }
            _ => {
                self.counts.scripts += 1;
                format!("script_{}.py", self.counts.scripts)
            }
        };
        self.session.steps.push(Step {
            mode,
            code: joined(code),
            name,
            files,
            lines,
            marks,
            timeout: self.timeout,
            stdin: self.fence.attributes.stdin.clone(),
            merges_stderr: self.fence.attributes.stderr,
            ends_fence: false,
        });
        Some(self.session.steps.len() - 1)
    }

    /// Where each line comes from.
    fn places(&self, code: &[CodeLine]) -> (Vec<String>, Vec<(usize, usize)>) {
        let mut files: Vec<FileId> = Vec::new();
        let mut lines = Vec::with_capacity(code.len());
        for line in code {
            let file = files.iter().position(|&file| file == line.span.file).unwrap_or_else(|| {
                files.push(line.span.file);
                files.len() - 1
            });
            lines.push((file, self.sources.start(line.span).line));
        }
        (files.into_iter().map(|file| self.sources.file(file).path().to_owned()).collect(), lines)
    }

    fn example(
        &mut self,
        kind: ExampleKind,
        code: &[CodeLine],
        step: Option<usize>,
        expectation: Expectation,
        flags: Flags,
    ) {
        self.push(kind, joined(code), span_of(code), step, expectation, flags);
    }

    fn push(
        &mut self,
        kind: ExampleKind,
        source: String,
        span: Option<Span>,
        step: Option<usize>,
        expectation: Expectation,
        flags: Flags,
    ) {
        let number = self.session.examples.len() + 1;
        self.session.examples.push(Example {
            fence: self.fence_index,
            id: format!("{}:{number}", self.prefix),
            span: span.unwrap_or(self.fence.opening),
            source,
            step,
            expectation,
            raises: self.fence.attributes.raises.clone(),
            warns: self.fence.attributes.warns.clone(),
            exit_status: 0,
            unmet: None,
            reported: true,
            flags,
            treatment: self.fence.attributes.treatment.clone(),
            kind,
        });
    }
}

fn joined(code: &[CodeLine]) -> String {
    code.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
}

/// The statement that a run of `#> ` lines is about, as far as its lines tell: it begins at the nearest line above in the run's own
/// column, closing brackets and further clauses aside, and ends at the last line of code.
fn statement_above<'c>(
    code: &'c [CodeLine],
    runs: &[InlineOutput],
    run: &InlineOutput,
) -> Option<&'c [CodeLine]> {
    let states =
        |line: usize| runs.iter().any(|run| (run.line..run.line + run.expected.lines.len()).contains(&line));
    let is_code = |&line: &usize| !states(line) && !code[line].text.trim().is_empty();
    let last = (0..run.line.min(code.len())).rev().find(is_code)?;
    let begins = |&line: &usize| {
        let text = &code[line].text;
        let body = text.trim_start();
        let goes_on = [")", "]", "}", "else", "elif", "except", "finally", "#"]
            .iter()
            .any(|word| body.starts_with(word));
        text.chars().count() - body.chars().count() == run.column && !goes_on
    };
    let first = (0..=last).rev().filter(is_code).find(begins).unwrap_or(last);
    Some(&code[first..=last])
}

/// From the first character of the code that is no white space to the end of its last line.
fn span_of(code: &[CodeLine]) -> Option<Span> {
    let first = code.iter().find(|line| !line.text.trim().is_empty())?;
    let last = code.iter().rfind(|line| !line.text.trim().is_empty())?;
    let indent = first.text.len() - first.text.trim_start().len();
    let start = u32::try_from(indent).map_or(first.span.start, |indent| first.span.start + indent);
    Some(Span { start: start.min(first.span.end), ..first.span }.to(last.span))
}
