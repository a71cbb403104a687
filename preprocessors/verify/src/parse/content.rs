//! What stands in a fence, by its attributes, its tag and its first lines.

use std::sync::Arc;

use ecow::EcoString;
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{CodeLine, Content, Expected, Fence, ShownLine, StatedOutput, Treatment};
use exemplar_model::source::Span;

use super::attributes::{self, Given, Target, Typed};
use super::data::Language;
use super::dialect::Dialects;
use super::info::{self, Info, TagKind};
use super::known::Kind;
use super::line::Line;
use super::markdown::RawFence;
use super::page::{Above, Attached, Page};
use super::pieces::Pieces;
use super::{
    console, directive, guess, indented, ipython, prose, scanner, script, session, typography, value,
};

impl Page<'_> {
    /// Finds out what a fence is, and reads it.
    pub(super) fn fence(&mut self, raw: &RawFence<'_>, above: Above) {
        let info = info::read(&self.expanded.text, raw.info.clone(), &self.options.tags);
        self.check_closed(raw, &info);
        let own = Pieces::new(&self.expanded.text, std::slice::from_ref(&info.attributes));
        let attached = self.attached(own, self.options.book);
        let first_line = raw.lines.iter().find(|line| !line.is_blank());
        let is_untagged_session =
            first_line.is_some_and(|line| line.text.starts_with(">>> ") || ipython::has_prompt(&line.text));
        if self.options.book && attached.given().iter().any(|given| given.is("lab")) {
            return self.lab_part(raw, &info, &attached);
        }
        if let Some(kind) = stored(&attached.given()) {
            return self.file(raw, &info, &attached, kind);
        }
        match info.kind {
            TagKind::Python => self.python(raw, &info, attached),
            TagKind::Output => {
                self.stray(attached.comments);
                self.output(raw, &info, above);
            }
            TagKind::Console | TagKind::Other | TagKind::None if is_untagged_session => {
                self.python(raw, &info, attached);
            }
            TagKind::Console | TagKind::Other | TagKind::None if self.guess_from_fence(raw, &info) => {
                self.stray(attached.comments);
            }
            TagKind::Console => self.console(raw, &info, attached),
            TagKind::Other | TagKind::None => {
                self.check_tag(raw, &info);
                self.data(raw, &info, attached);
            }
        }
    }

    /// A fence that is no example. In a book it may still be data, which has a syntax.
    fn data(&mut self, raw: &RawFence<'_>, info: &Info<'_>, attached: Attached) {
        let language = Language::of(info.tag).filter(|_| self.options.book);
        let is_exempt = attached.given().iter().any(|given| given.is("ignore"));
        if let (Some(language), false) = (language, is_exempt) {
            self.diagnostics.extend(language.check(&raw.lines, self.expanded));
        }
        if self.note_data(raw, info, &attached) {
            return;
        }
        if language.is_none() || !is_exempt {
            self.stray(attached.comments);
        }
    }

    /// Reads a fence of Python, visible or not.
    pub(super) fn python(&mut self, raw: &RawFence<'_>, info: &Info<'_>, attached: Attached) {
        if raw.lines.iter().all(Line::is_blank) {
            return self.stray(attached.comments);
        }
        if matches!(info.kind, TagKind::Other | TagKind::Console) {
            let span = self.expanded.origin(raw.opening.clone());
            self.diagnostics.push(
                Diagnostic::warning(
                    "mistagged-session",
                    span,
                    format!("this is a Python session, and tagged `{}`", info.tag),
                )
                .help("tag it `python`")
                .edit(self.tag_span(raw, info), "python"),
            );
        }
        let lines = self.visible_lines(raw, info, &attached.given());
        let mut dialects = Dialects::default();
        let prompted = ipython::with_doctest_prompts(&lines, self.expanded, &mut dialects);
        if is_session(prompted.as_deref().unwrap_or(&lines)) {
            let lines = prompted.unwrap_or(lines);
            let typed = self.typed(&attached, Kind::Session);
            let lines: Vec<Line<'_>> = lines.into_iter().map(Line::expand_tabs).collect();
            let examples = session::parse(&lines, self.expanded, &mut self.diagnostics, Some(&mut dialects));
            self.diagnostics.extend(dialects.into_diagnostics());
            self.diagnostics.extend(typography::check(examples.iter().map(|it| it.code.as_slice())));
            let shown = lines.iter().map(shown_in_session);
            self.push(raw, info, typed, Content::Session(examples), shown);
            return;
        }
        if self.is_mistagged_output(raw, info) {
            return self.stray(attached.comments);
        }
        let mut typed = self.typed(&attached, Kind::Script);
        self.ignore_foreign_include(&lines, &mut typed.attributes);
        let is_for_show = typed.attributes.raises.is_some() || typed.attributes.treatment != Treatment::Check;
        let lines = if is_for_show {
            lines
        } else {
            indented::without_common_indent(lines, self.expanded, &mut self.diagnostics)
        };
        let outputs = script::outputs(&lines, self.expanded, &mut self.diagnostics);
        let stated = match guess::in_comments(&lines, self.expanded) {
            _ if !outputs.is_empty() => StatedOutput::Inline(outputs),
            guesses if guesses.is_empty() => StatedOutput::Nothing,
            guesses => StatedOutput::Guessed(guesses),
        };
        let code: Vec<CodeLine> = lines.iter().map(|line| line.code(self.expanded, 0)).collect();
        if typed.attributes.treatment == Treatment::Check {
            self.diagnostics.extend(typography::check([code.as_slice()]));
        }
        let shown = lines.iter().map(Line::shown);
        if info.directive {
            let tag = exempting_tag(&raw.lines[..option_lines(&raw.lines)]);
            typed.attributes.exempt = tag.map(EcoString::from).or(typed.attributes.exempt.take());
        }
        self.push(raw, info, typed, Content::Script { code, stated }, shown);
        self.note_module(raw);
        self.above = Above::Script(self.fences.len() - 1);
    }

    /// Where a fence's tag stands: empty where it has none.
    pub(super) fn tag_span(&self, raw: &RawFence<'_>, info: &Info<'_>) -> Span {
        self.expanded.origin(raw.info.start..raw.info.start + info.tag.len())
    }

    /// A file that is written or shown, in any language. It may be empty, and prompts in it are text.
    pub(super) fn file(&mut self, raw: &RawFence<'_>, info: &Info<'_>, attached: &Attached, kind: Kind) {
        let lines = self.visible_lines(raw, info, &attached.given());
        let mut typed = self.typed(attached, kind);
        let Some(path) = typed.path.take() else { return self.diagnostics.append(&mut typed.diagnostics) };
        let text: Vec<CodeLine> = lines.iter().map(|line| line.code(self.expanded, 0)).collect();
        let shown = lines.iter().map(Line::shown);
        if kind == Kind::Excerpt {
            return self.push(raw, info, typed, Content::Excerpt { path, text }, shown);
        }
        let is_python = info.kind == TagKind::Python || path.ends_with(".py");
        self.check_run(&mut typed, is_python);
        if let Some(language) = Language::of(info.tag)
            .filter(|_| self.options.book && typed.attributes.treatment == Treatment::Check)
        {
            self.diagnostics.extend(language.check(&raw.lines, self.expanded));
        }
        if !typed.attributes.run {
            return self.push(
                raw,
                info,
                typed,
                Content::File { path, text, stated: StatedOutput::Nothing, offered: false },
                shown,
            );
        }
        let outputs = script::outputs(&lines, self.expanded, &mut self.diagnostics);
        let stated = if outputs.is_empty() { StatedOutput::Nothing } else { StatedOutput::Inline(outputs) };
        self.push(raw, info, typed, Content::File { path, text, stated, offered: false }, shown);
        self.above = Above::Script(self.fences.len() - 1);
    }

    /// What is said of how a file runs needs that it does, and that it is Python.
    fn check_run(&mut self, typed: &mut Typed, is_python: bool) {
        if let Some(run) = typed.find("run").filter(|_| !is_python) {
            typed.attributes.run = false;
            self.diagnostics.push(
                Diagnostic::error(
                    "contradicting-attributes",
                    run.span,
                    "`run` has no meaning here: this file is not Python",
                )
                .help("take it out; a console fence can run it"),
            );
            return;
        }
        for name in ["raises", "warns"] {
            if let Some(seen) = typed.find(name).filter(|_| !typed.attributes.run) {
                self.diagnostics.push(
                    Diagnostic::error(
                        "contradicting-attributes",
                        seen.span,
                        format!("`{name}` has no meaning here: this file is written, and does not run"),
                    )
                    .help("add `run`"),
                );
            }
        }
    }

    fn console(&mut self, raw: &RawFence<'_>, info: &Info<'_>, attached: Attached) {
        let commands = console::commands(&raw.lines, self.expanded);
        if commands.is_empty() && !attached.given().iter().any(|given| given.strict && given.is("run")) {
            return self.stray(attached.comments);
        }
        let typed = self.typed(&attached, Kind::Console);
        if commands.is_empty() {
            let span = self.expanded.origin(raw.opening.clone());
            self.diagnostics.push(
                Diagnostic::error("no-command", span, "there is no command to run here")
                    .help("put `$ ` before each command; `# ` is no prompt"),
            );
            return;
        }
        let shown = raw.lines.iter().map(Line::shown);
        self.push(raw, info, typed, Content::Console(commands), shown);
    }

    fn output(&mut self, raw: &RawFence<'_>, info: &Info<'_>, above: Above) {
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
        if let Some(Fence {
            content: Content::Script { stated, .. } | Content::File { stated, .. },
            output_range,
            ..
        }) = script
        {
            // What is stated outright is worth more than a guess.
            if matches!(stated, StatedOutput::Nothing | StatedOutput::Guessed(_)) {
                let options = if info.directive { option_lines(&raw.lines) } else { 0 };
                let lines = raw.lines[options..].iter().map(|line| line.code(self.expanded, 0)).collect();
                let expected = Expected::from_lines(lines);
                let end = raw.opening.end;
                let place = expected.lines.is_empty().then(|| self.expanded.origin(end..end));
                *stated = StatedOutput::Fence(Arc::new(Expected { place, ..expected }));
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

    /// The attributes of a fence, those of the page among them. What is wrong with them is said.
    pub(super) fn typed(&mut self, attached: &Attached, kind: Kind) -> Typed {
        let mut typed = attributes::read(&attached.given(), Target::Fence(kind), self.expanded);
        if let Some(span) = attached.hidden {
            typed.hide(span);
        }
        typed.check_pairs();
        self.diagnostics.append(&mut typed.diagnostics);
        typed.inherit(&self.defaults, kind);
        let own = typed.seen.iter();
        // Those of the page come last: a fence's own wins.
        typed.attributes.places =
            own.chain(&self.defaults.seen).map(|seen| (seen.known.name, seen.span)).collect();
        typed
    }

    /// The lines of a body with hidden ones marked, and without the options of a directive.
    fn visible_lines<'t>(&self, raw: &RawFence<'t>, info: &Info<'_>, given: &[Given<'_>]) -> Vec<Line<'t>> {
        let own = given.iter().find(|given| given.is("hidelines"));
        let own = own.and_then(|given| given.item.value.as_ref()).filter(|value| !value.single_quoted);
        let own = own.map(|value| value.text);
        // What the book and the page say is about Python.
        let elsewhere = [&self.defaults.attributes.hidelines, &self.options.hidelines];
        let elsewhere = elsewhere.into_iter().find_map(|it| it.as_deref());
        let hidelines = own.or(elsewhere.filter(|_| info.kind == TagKind::Python)).unwrap_or_default();
        let options = if info.directive { option_lines(&raw.lines) } else { 0 };
        raw.lines[options..].iter().map(|line| line.clone().unhide(hidelines)).collect()
    }

    fn check_closed(&mut self, raw: &RawFence<'_>, info: &Info<'_>) {
        // What seems to open here closes the fence that a lost `>` cut in two.
        let is_rest = std::mem::take(&mut self.torn) && info.tag.is_empty();
        if raw.closed || is_rest {
            return;
        }
        let opening = self.expanded.origin(raw.opening.clone());
        if let Some(lost) = prose::line_without_quote(&self.expanded.text, raw) {
            self.torn = true;
            let span = self.expanded.origin(lost);
            self.diagnostics.push(
                Diagnostic::error("lost-quote-prefix", span, "this line has lost its `>`")
                    .label(opening, "the fence that begins here ends before it")
                    .help("begin it with `>`, as the lines above it, or end the fence before it"),
            );
            return;
        }
        // In foreign Markdown, one that is none of ours is none of our errors.
        let is_ours = self.options.book || info.kind == TagKind::Python;
        let make = if is_ours { Diagnostic::error } else { Diagnostic::warning };
        self.diagnostics.push(
            make("unclosed-fence", opening, "this fence is never closed")
                .help("end it with a line of as many backticks or tildes, in the same list or block quote"),
        );
    }

    pub(super) fn push(
        &mut self,
        raw: &RawFence<'_>,
        info: &Info<'_>,
        mut typed: Typed,
        content: Content,
        shown: impl ExactSizeIterator<Item = ShownLine>,
    ) {
        self.check_places(&mut typed, shown.len());
        let above = self.fences.last().map(|above| &above.attributes);
        let same = above.filter(|attributes| ***attributes == typed.attributes).cloned();
        self.fences.push(Fence {
            tag: info.tag.to_owned(),
            range: raw.range.clone(),
            output_range: None,
            prefix: raw.prefix.clone(),
            opening: self.expanded.origin(raw.opening.clone()),
            attributes: same.unwrap_or_else(|| Arc::new(typed.attributes)),
            content,
            shown: if self.options.unshown { Vec::new() } else { shown.collect() },
            section: self.section,
            epoch: self.epoch,
        });
    }

    /// Attributes that name a place: in the fence, or on the page.
    fn check_places(&mut self, typed: &mut Typed, lines: usize) {
        let attributes = &mut typed.attributes;
        let last = attributes.highlighted.iter().map(|range| *range.end()).max().unwrap_or_default();
        let seen = |key: &str| typed.seen.iter().find(|seen| seen.known.name == key);
        if let Some(seen) = seen("hl").filter(|_| last > lines) {
            attributes.highlighted.clear();
            if seen.strict {
                self.diagnostics.push(
                    Diagnostic::error(
                        "invalid-attribute",
                        seen.span,
                        format!("this fence has no line {last}"),
                    )
                    .help(format!("its lines are 1 to {lines}")),
                );
            }
        }
        let (Some(seen), Some(id)) = (seen("id"), &attributes.id) else { return };
        let Some((_, first)) = self.ids.iter().find(|(known, _)| known == id) else {
            return self.ids.push((id.clone(), seen.span));
        };
        if seen.strict {
            self.diagnostics.push(
                Diagnostic::error("duplicate-id", seen.span, format!("the page has `{id}` twice"))
                    .label(*first, "the first one is here")
                    .help("give each its own"),
            );
        }
        attributes.id = None;
    }
}

/// Whether a fence is a file of the session, and which way. In foreign Markdown other tools have a `file` too.
pub(super) fn stored(given: &[Given<'_>]) -> Option<Kind> {
    given.iter().find_map(|given| {
        let is_ours = |key: &str| {
            given.is(key) && (given.strict || value::path(key, given.item.value.as_ref()).is_ok())
        };
        match () {
            () if is_ours("file") => Some(Kind::File),
            () if is_ours("shows") => Some(Kind::Excerpt),
            () => None,
        }
    })
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

/// How many lines at the start of a Sphinx or `MyST` directive are its options: such as `:linenos:`, or YAML between lines of dashes.
fn option_lines(lines: &[Line<'_>]) -> usize {
    let is_dashes = |line: &Line<'_>| line.text.trim_end() == "---";
    if lines.first().is_some_and(is_dashes) {
        return lines.iter().skip(1).position(is_dashes).map_or(0, |at| at + 2);
    }
    let is_option = |line: &&Line<'_>| {
        let name = line.text.strip_prefix(':').and_then(|rest| rest.split_once(':')).map(|(name, _)| name);
        name.is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
        })
    };
    lines.iter().take_while(is_option).count()
}

/// The tag among the options of a Jupyter Book cell that says that it may fail, or is not run.
fn exempting_tag<'t>(options: &'t [Line<'_>]) -> Option<&'t str> {
    let words =
        options.iter().flat_map(|line| line.text.split(|it: char| !it.is_ascii_alphanumeric() && it != '-'));
    words.into_iter().find(|word| matches!(*word, "raises-exception" | "skip-execution"))
}

/// Readers don't see doctest's directives.
pub(super) fn shown_in_session(line: &Line<'_>) -> ShownLine {
    let mut shown = line.shown();
    if session::has_prompt(&shown.text)
        && let Some(visible) = directive::without(&shown.text)
    {
        shown.text.truncate(visible.len());
    }
    shown
}
