//! What stands in a fence, by its tag and its first lines.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{Content, Expected, Fence, ShellCommand, ShownLine, StatedOutput};

use super::attributes::{self, Typed};
use super::info::{self, Info, TagKind};
use super::line::Line;
use super::markdown::RawFence;
use super::page::{Above, Page};
use super::{directive, scanner, script, session};

impl Page<'_> {
    /// Finds out what a fence is, and reads it.
    pub(super) fn fence(&mut self, raw: &RawFence<'_>, above: Above) {
        if !raw.closed {
            let opening = self.expanded.origin(raw.opening.clone());
            self.diagnostics.push(
                Diagnostic::error("unclosed-fence", opening, "this fence is never closed").help(
                    "end it with a line of as many backticks or tildes, in the same list or block quote",
                ),
            );
        }
        let info = info::read(&self.expanded.text, raw.info.clone());
        let first_line = raw.lines.iter().find(|line| !line.is_blank());
        let is_untagged_session = first_line.is_some_and(|line| line.text.starts_with(">>> "));
        match info.kind {
            TagKind::Python => self.python(raw, &info),
            TagKind::Output => self.output(raw, &info, above),
            TagKind::Console | TagKind::Other | TagKind::None if is_untagged_session => {
                self.python(raw, &info);
            }
            TagKind::Console => self.console(raw, &info),
            TagKind::Other | TagKind::None => self.drop_comments(),
        }
    }

    fn python(&mut self, raw: &RawFence<'_>, info: &Info<'_>) {
        if raw.lines.iter().all(Line::is_blank) {
            return self.drop_comments();
        }
        if matches!(info.kind, TagKind::Other | TagKind::Console) {
            let span = self.expanded.origin(raw.opening.clone());
            self.diagnostics.push(
                Diagnostic::warning(
                    "mistagged-session",
                    span,
                    format!("this is a Python session, and tagged `{}`", info.tag),
                )
                .help("tag it `python`"),
            );
        }
        let typed = self.attributes(info);
        let hidelines =
            typed.attributes.hidelines.as_deref().or(self.options.hidelines.as_deref()).unwrap_or_default();
        let options = if info.directive { option_lines(&raw.lines) } else { 0 };
        let lines = raw.lines[options..].iter().map(|line| line.clone().unhide(hidelines));
        let lines: Vec<Line<'_>> = lines.collect();
        if is_session(&lines) {
            let lines: Vec<Line<'_>> = lines.into_iter().map(Line::expand_tabs).collect();
            attributes::check_session(&typed, &mut self.diagnostics);
            let examples = session::parse(&lines, self.expanded, &mut self.diagnostics);
            let shown = lines.iter().map(shown_in_session).collect();
            self.push(raw, info, typed, Content::Session(examples), shown);
            return;
        }
        let outputs = script::outputs(&lines, self.expanded, &mut self.diagnostics);
        let stated = if outputs.is_empty() { StatedOutput::Nothing } else { StatedOutput::Inline(outputs) };
        let code = lines.iter().map(|line| line.code(self.expanded, 0)).collect();
        let shown = lines.iter().map(Line::shown).collect();
        self.push(raw, info, typed, Content::Script { code, stated }, shown);
        self.above = Above::Script(self.fences.len() - 1);
    }

    fn console(&mut self, raw: &RawFence<'_>, info: &Info<'_>) {
        let command = |line: &Line<'_>| {
            let from = line.indent() + "$ ".len();
            line.text[line.indent()..].starts_with("$ ").then(|| line.code(self.expanded, from))
        };
        let commands: Vec<_> = raw
            .lines
            .iter()
            .filter_map(command)
            .map(|code| ShellCommand { code: vec![code], expected: None })
            .collect();
        if commands.is_empty() {
            return self.drop_comments();
        }
        let typed = self.attributes(info);
        let shown = raw.lines.iter().map(Line::shown).collect();
        self.push(raw, info, typed, Content::Console(commands), shown);
    }

    fn output(&mut self, raw: &RawFence<'_>, info: &Info<'_>, above: Above) {
        self.drop_comments();
        if above == Above::Broken {
            return;
        }
        if let Some(item) = info::lex(&self.expanded.text, info.attributes.clone()).first() {
            let span = self.expanded.origin(item.range.clone());
            self.diagnostics.push(
                Diagnostic::warning("unsupported-attribute", span, "an output fence has no attributes")
                    .help("give them to the script above it"),
            );
        }
        let text = &self.expanded.text;
        let script = match above {
            Above::Script(index) => self.fences.get_mut(index),
            Above::Broken | Above::Other => None,
        };
        let script = script.filter(|script| {
            // Definitions of links leave no trace in the parser's events.
            let between = text.get(script.range.end..raw.range.start).unwrap_or_default();
            between.chars().all(|it| it.is_whitespace() || it == '>')
        });
        let mut problem = "no script stands right above this output";
        if let Some(Fence { content: Content::Script { stated, .. }, output_range, .. }) = script {
            if *stated == StatedOutput::Nothing {
                let lines = raw.lines.iter().map(|line| line.code(self.expanded, 0)).collect();
                *stated = StatedOutput::Fence(Expected::from_lines(lines));
                *output_range = Some(raw.range.clone());
                return;
            }
            problem = "the script above states its output in `#>` lines already";
        }
        let span = self.expanded.origin(raw.opening.clone());
        self.diagnostics.push(Diagnostic::warning("stray-output-fence", span, problem).help(
            "put it right below a `python` fence without prompts; it is not compared with anything here",
        ));
    }

    fn push(
        &mut self,
        raw: &RawFence<'_>,
        info: &Info<'_>,
        typed: Typed,
        content: Content,
        shown: Vec<ShownLine>,
    ) {
        self.fences.push(Fence {
            tag: info.tag.to_owned(),
            range: raw.range.clone(),
            output_range: None,
            prefix: raw.prefix.clone(),
            opening: self.expanded.origin(raw.opening.clone()),
            attributes: typed.attributes,
            content,
            shown,
            section: 0,
            epoch: 0,
        });
    }
}

/// Whether a Python fence has prompts. In a string of several lines they are text: docstrings have examples too.
fn is_session(lines: &[Line<'_>]) -> bool {
    let mut state = scanner::State::Code;
    lines.iter().any(|line| {
        let is_prompt = state == scanner::State::Code && session::has_first_prompt(&line.text);
        state = state.after(&line.text);
        is_prompt
    })
}

/// How many lines at the start of a Sphinx or `MyST` directive are its options, such as `:linenos:`.
fn option_lines(lines: &[Line<'_>]) -> usize {
    let is_option = |line: &&Line<'_>| {
        let name = line.text.strip_prefix(':').and_then(|rest| rest.split_once(':')).map(|(name, _)| name);
        name.is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
        })
    };
    lines.iter().take_while(is_option).count()
}

/// Readers don't see doctest's directives.
fn shown_in_session(line: &Line<'_>) -> ShownLine {
    let mut shown = line.shown();
    if session::has_prompt(&shown.text)
        && let Some(visible) = directive::without(&shown.text)
    {
        shown.text.truncate(visible.len());
    }
    shown
}
