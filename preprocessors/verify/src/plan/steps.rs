//! The steps of a session, and the examples that they are run for: one fence after the other.

use std::fmt::Write as _;
use std::sync::Arc;

use ecow::{EcoString, eco_format};
use exemplar_model::fence::{
    CodeLine, Content, Expected, Fence, InlineOutput, Prompted, ShellCommand, StatedOutput, Treatment,
    is_joined, joined,
};
use exemplar_model::flags::Flags;
use exemplar_model::plan::{Example, ExampleKind, Expectation, Mark, Page, Session, Step, StepMode};
use exemplar_model::protocol::Network;
use exemplar_model::source::{SourceMap, Span};

use super::Prelude;
use super::code::{CodeFiles, span_of};
use super::layout::{Laid, Member};
use super::transcript;
use super::wishes::Granted;
use crate::load::settings::PageRules;

/// A session as far as its fences were added.
pub(super) struct Planner<'a> {
    sources: &'a SourceMap,
    page: &'a Page,
    rules: &'a PageRules,
    /// What its examples' ids begin with.
    prefix: String,
    session: Session,
    /// The files of its latest step.
    files: CodeFiles,
    /// Where ids and names are written, since a text that grows has more room than it needs.
    text: String,
    /// What its code asks with `input`.
    questions: Vec<String>,
    /// Whether any of its code asks for input.
    asks: bool,
    /// How many pieces of code with prompts it has.
    prompts: usize,
    /// How many others.
    scripts: usize,
}

/// A fence as it is added.
#[derive(Clone, Copy)]
struct Adding<'a> {
    index: usize,
    fence: &'a Fence,
    member: &'a Member,
    granted: &'a Granted,
}

/// What an example is made of, beside what its fence says.
struct Making {
    kind: ExampleKind,
    source: EcoString,
    span: Option<Span>,
    step: Option<usize>,
    expectation: Expectation,
    flags: Flags,
    exit_status: i32,
}

impl<'a> Planner<'a> {
    /// A session without steps.
    pub(super) fn begin(
        sources: &'a SourceMap,
        page: &'a Page,
        page_index: usize,
        rules: &'a PageRules,
        laid: &Laid,
    ) -> Self {
        // Room for all at once: lists that grow piece by piece cost more than their content.
        let room = laid.members.iter().map(|member| match &page.fences[member.fence].content {
            Content::Session(prompted) => prompted.len(),
            _ => 1,
        });
        let room = room.sum();
        let session = Session {
            page: page_index,
            name: laid.name.clone(),
            network: Network::None,
            python: laid.python.clone(),
            memory: 0,
            processes: 0,
            output: 0,
            timeout: rules.limits.session_timeout,
            files: rules.files.clone(),
            pythonpath: rules.pythonpath.clone(),
            steps: Vec::with_capacity(room),
            examples: Vec::with_capacity(room),
        };
        let prefix = format!("{}#{}", sources.file(page.file).path(), laid.name);
        Self {
            sources,
            page,
            rules,
            prefix,
            session,
            files: CodeFiles::default(),
            text: String::new(),
            questions: Vec::new(),
            asks: false,
            prompts: 0,
            scripts: 0,
        }
    }

    /// The session with all that was added.
    pub(super) fn finish(self) -> Session {
        self.session
    }

    /// Adds code that is not of the page, and not of the report.
    pub(super) fn add_prelude(&mut self, prelude: &Prelude) {
        let step = self.push_step(StepMode::Exec, &prelude.code, prelude.path.clone(), Vec::new());
        let Some(span) = span_of(&prelude.code) else { return };
        let number = self.session.examples.len() + 1;
        self.session.examples.push(Example {
            // No fence of the page; the report passes over it.
            fence: 0,
            id: eco_format!("{}:prelude-{number}", self.prefix),
            span,
            source: joined(&prelude.code),
            step: Some(step),
            expectation: Expectation::Unstated,
            exempt: None,
            raises: None,
            warns: None,
            exit_status: 0,
            unmet: None,
            reported: false,
            flags: self.rules.flags,
            treatment: Treatment::Check,
            kind: ExampleKind::Script,
            role: None,
        });
    }

    /// Adds a fence.
    pub(super) fn add(&mut self, member: &'a Member, granted: &'a Granted) {
        let fence = &self.page.fences[member.fence];
        let adding = Adding { index: member.fence, fence, member, granted };
        let session = &mut self.session;
        session.network = session.network.max(granted.network);
        session.memory = session.memory.max(granted.memory);
        session.processes = session.processes.max(granted.processes);
        session.output = session.output.max(granted.output);
        let before = session.steps.len();
        match &fence.content {
            Content::Session(prompted) => {
                for example in prompted {
                    self.add_prompted(adding, example);
                }
            }
            Content::Script { code, stated } => self.add_script(adding, code, stated, None),
            Content::Console(commands) => self.add_console(adding, commands),
            Content::File { path, text, stated, offered } => {
                let mode = if *offered { StepMode::Offer } else { StepMode::Write };
                self.add_file(adding, mode, path, text, stated);
            }
            Content::Excerpt { path, text } => {
                let step = self.step(adding, StepMode::Read, &[], Some(path), Vec::new());
                let expectation = Expectation::Excerpt(Arc::new(Expected::from_lines(text.clone())));
                self.example(adding, ExampleKind::File, text, step, expectation);
            }
        }
        if let Some(last) = self.session.steps[before..].last_mut() {
            last.ends_fence = true;
        }
    }

    fn add_prompted(&mut self, adding: Adding<'a>, example: &Prompted) {
        let flags = example.flags.apply(self.flags(adding));
        let (mode, expectation) = match example.has_prompt {
            true => (StepMode::Single, Expectation::Output(example.expected.clone())),
            false => (StepMode::Exec, Expectation::Unstated),
        };
        let skipped = flags.skips();
        let step = if skipped { None } else { self.step(adding, mode, &example.code, None, Vec::new()) };
        if let Some(step) = step.filter(|&step| self.session.steps[step].stdin.is_none()) {
            let expected = &example.expected;
            let stated =
                expected.dialect.as_deref().filter(|text| !text.is_empty()).unwrap_or(&expected.text);
            let source = &self.session.steps[step].code;
            let typed = transcript::typed(source, stated, &self.questions);
            if typed.is_none() && source.contains('(') {
                self.session.steps[step].transcript = transcript::of_statement(stated, self.asks);
            }
            self.session.steps[step].stdin = typed.map(EcoString::from);
        }
        let making = Making {
            kind: ExampleKind::Session,
            source: self.source(&example.code, step),
            span: span_of(&example.code),
            step,
            expectation,
            flags,
            exit_status: 0,
        };
        self.push(adding, making);
    }

    /// Adds a script, or a file that runs as one.
    fn add_script(
        &mut self,
        adding: Adding<'a>,
        code: &[CodeLine],
        stated: &StatedOutput,
        file: Option<&str>,
    ) {
        let marks = match stated {
            StatedOutput::Inline(runs) => {
                runs.iter().map(|run| Mark { line: run.line, column: run.column }).collect()
            }
            StatedOutput::Guessed(guesses) => guesses
                .iter()
                .filter_map(|guess| guess.mark)
                .map(|mark| Mark { line: mark.line, column: mark.column })
                .collect(),
            StatedOutput::Fence(_) | StatedOutput::Nothing => Vec::new(),
        };
        let step = self.step(adding, StepMode::Exec, code, file, marks);
        if let (StatedOutput::Guessed(_), Some(step)) = (stated, step) {
            self.session.steps[step].guesses = true;
        }
        if let Some(step) = step.filter(|&step| self.session.steps[step].stdin.is_none()) {
            self.session.steps[step].transcript = transcript::of_script(&joined(code), stated, self.asks);
        }
        let whole = match stated {
            StatedOutput::Inline(runs) => return self.add_inline(adding, code, runs, step),
            StatedOutput::Nothing => Expectation::Unstated,
            StatedOutput::Guessed(guesses) => Expectation::Guessed(guesses.clone()),
            StatedOutput::Fence(expected) => Expectation::Output(expected.clone()),
        };
        self.example(adding, ExampleKind::Script, code, step, whole);
    }

    /// An example for each stated output of a script.
    fn add_inline(
        &mut self,
        adding: Adding<'a>,
        code: &[CodeLine],
        runs: &[InlineOutput],
        step: Option<usize>,
    ) {
        let mut from = 0;
        for (index, run) in runs.iter().enumerate() {
            let above = &code[from.min(run.line)..run.line];
            from = run.line + run.expected.lines.len();
            // The code behind the last stated output belongs to that example: it runs with it, and binds names.
            let behind = if index + 1 == runs.len() { code.get(from..).unwrap_or_default() } else { &[] };
            let making = Making {
                kind: ExampleKind::Script,
                source: joined(above) + joined(behind),
                // A stated output is about the statement above it, so that is what its example points at.
                span: statement_above(code, runs, run).and_then(span_of),
                step,
                expectation: Expectation::Mark { index, expected: run.expected.clone() },
                flags: self.flags(adding),
                exit_status: 0,
            };
            self.push(adding, making);
        }
    }

    fn add_console(&mut self, adding: Adding<'a>, commands: &[ShellCommand]) {
        let runs = adding.fence.attributes.run || self.rules.console;
        for (index, command) in commands.iter().enumerate() {
            let step =
                if runs { self.step(adding, StepMode::Shell, &command.code, None, Vec::new()) } else { None };
            // The status that the author states is that of the last command; the others have to succeed.
            let is_last = index + 1 == commands.len();
            let making = Making {
                kind: ExampleKind::Console,
                source: self.source(&command.code, step),
                span: span_of(&command.code),
                step,
                expectation: command.expected.clone().map_or(Expectation::Unstated, Expectation::Output),
                flags: self.flags(adding),
                exit_status: adding.fence.attributes.rc.filter(|_| is_last).unwrap_or(0),
            };
            self.push(adding, making);
        }
    }

    fn add_file(
        &mut self,
        adding: Adding<'a>,
        mode: StepMode,
        path: &str,
        text: &[CodeLine],
        stated: &StatedOutput,
    ) {
        let written = self.step(adding, mode, text, Some(path), Vec::new());
        self.example(adding, ExampleKind::File, text, written, Expectation::Unstated);
        if adding.fence.attributes.run {
            self.add_script(adding, text, stated, Some(path));
        }
    }

    fn flags(&self, adding: Adding<'_>) -> Flags {
        adding.fence.attributes.flags.apply(self.rules.flags)
    }

    /// Adds a step that runs this code, if the fence's treatment wants it run or compiled. A file's step is named by the file.
    fn step(
        &mut self,
        adding: Adding<'_>,
        mode: StepMode,
        code: &[CodeLine],
        file: Option<&str>,
        marks: Vec<Mark>,
    ) -> Option<usize> {
        if adding.member.unmet.is_some() {
            return None;
        }
        let is_python = matches!(mode, StepMode::Single | StepMode::Exec);
        let mode = match adding.fence.attributes.treatment {
            Treatment::Check | Treatment::NoCheck => mode,
            Treatment::NoRun if is_python => StepMode::Compile,
            Treatment::NoRun | Treatment::Ignore { .. } | Treatment::Recorded { .. } => return None,
        };
        // Counted over the session, so that each name stands for one piece of code.
        let name = match (file, &adding.fence.content) {
            (Some(file), _) => file.into(),
            (None, Content::Session(_)) => {
                self.prompts += 1;
                self.text.clear();
                let _ = write!(self.text, "<python-input-{}>", self.prompts - 1);
                self.text.as_str().into()
            }
            (None, Content::Console(_)) => "<shell>".into(),
            (None, _) => {
                self.scripts += 1;
                eco_format!("script_{}.py", self.scripts)
            }
        };
        let index = self.push_step(mode, code, name, marks);
        let step = &mut self.session.steps[index];
        step.timeout = adding.granted.timeout;
        step.stdin = adding.fence.attributes.stdin.as_deref().map(EcoString::from);
        step.merges_stderr = adding.fence.attributes.stderr;
        Some(index)
    }

    fn push_step(&mut self, mode: StepMode, code: &[CodeLine], name: EcoString, marks: Vec<Mark>) -> usize {
        let (files, lines) = self.files.places(self.sources, code);
        let source = joined(code);
        self.questions.extend(transcript::questions(&source));
        self.asks |= code.iter().any(|line| transcript::asks(&line.text));
        self.session.steps.push(Step {
            mode,
            code: source,
            name,
            files,
            lines,
            marks,
            guesses: false,
            timeout: self.rules.limits.timeout,
            stdin: None,
            transcript: None,
            merges_stderr: false,
            ends_fence: false,
        });
        self.session.steps.len() - 1
    }

    /// Adds an example about all of this code.
    fn example(
        &mut self,
        adding: Adding<'_>,
        kind: ExampleKind,
        code: &[CodeLine],
        step: Option<usize>,
        expectation: Expectation,
    ) {
        let flags = self.flags(adding);
        let (source, span) = (self.source(code, step), span_of(code));
        self.push(adding, Making { kind, source, span, step, expectation, flags, exit_status: 0 });
    }

    /// The lines as one text: that of the step which runs them, where it is the same, so that it is held once.
    fn source(&self, code: &[CodeLine], step: Option<usize>) -> EcoString {
        let known = step.map(|step| &self.session.steps[step].code);
        known.filter(|known| is_joined(known, code)).cloned().unwrap_or_else(|| joined(code))
    }

    fn push(&mut self, adding: Adding<'_>, making: Making) {
        let attributes = &adding.fence.attributes;
        let number = self.session.examples.len() + 1;
        let Making { kind, source, span, step, expectation, flags, exit_status } = making;
        self.text.clear();
        let _ = write!(self.text, "{}:{number}", self.prefix);
        self.session.examples.push(Example {
            fence: adding.index,
            id: self.text.as_str().into(),
            span: span.unwrap_or(adding.fence.opening),
            source,
            step,
            expectation,
            exempt: attributes.exempt.clone(),
            // Of a file that runs, that it does is an example of its own.
            raises: attributes.raises.clone().filter(|_| kind != ExampleKind::File),
            warns: attributes.warns.clone().filter(|_| kind != ExampleKind::File),
            exit_status,
            unmet: adding.member.unmet.clone(),
            reported: adding.member.reported,
            flags,
            treatment: attributes.treatment.clone(),
            kind,
            role: None,
        });
    }
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
