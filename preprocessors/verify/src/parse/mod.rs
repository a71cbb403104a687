//! Finds the examples of a page.
//!
//! # Steps
//! 1. [`markdown`]: mdBook's parser finds the fences, and the place of each line of them;
//! 2. [`comment`], [`info`], [`attributes`], [`value`]: what the author attached to a fence;
//! 3. [`session`], [`script`], [`directive`]: the examples in it, and what each is to print.
//!
//! Parsing never fails: whatever is wrong with a page is a diagnostic beside the fences that were found. It does no I/O, and its spans
//! are never searched for: each comes from the parser's offsets through the page's provenance.

mod attributes;
mod comment;
mod directive;
mod info;
mod line;
mod markdown;
mod scanner;
mod script;
mod session;
mod value;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{Content, Expected, Fence, ShellCommand, ShownLine, StatedOutput};
use exemplar_model::plan::Division;
use exemplar_model::source::{ExpandedText, Span};

use self::attributes::{Given, Typed};
use self::comment::Comment;
use self::info::{Info, TagKind};
use self::line::Line;
use self::markdown::{Block, RawFence};

/// What the book or the settings say about all fences.
#[derive(Debug, Clone, Default)]
pub struct ParseOptions {
    /// mdBook's prefix of hidden lines for Python.
    pub hidelines: Option<String>,
    /// Whether the page belongs to a book: then an attribute that is not ours is an error.
    pub book: bool,
    /// Places where loading went wrong, such as an include that is still in the text. A fence with one is passed over: what is wrong
    /// with it is said already, and whatever it would give would only follow from that.
    pub broken: Vec<Span>,
    /// Further tags of fences that are Python, in lower case.
    pub tags: Vec<String>,
}

/// What was found in a page.
#[derive(Debug)]
pub struct Parsed {
    /// The fences with examples, in order.
    pub fences: Vec<Fence>,
    /// What is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
    /// How the page divides itself into sessions, where it says so.
    pub division: Option<Division>,
}

/// Finds the examples of a page.
#[must_use]
pub fn parse(expanded: &ExpandedText, options: &ParseOptions) -> Parsed {
    let mut page = Page {
        expanded,
        options,
        fences: Vec::new(),
        diagnostics: Vec::new(),
        pending: Vec::new(),
        above: Above::Other,
    };
    for block in markdown::blocks(&expanded.text) {
        page.block(&block);
    }
    page.drop_comments();
    Parsed { fences: page.fences, diagnostics: page.diagnostics, division: None }
}

/// A page as far as it was read.
struct Page<'p> {
    expanded: &'p ExpandedText,
    options: &'p ParseOptions,
    fences: Vec<Fence>,
    diagnostics: Vec<Diagnostic>,
    /// Comments that wait for the fence below them.
    pending: Vec<Comment>,
    /// What an output fence would belong to, if it came next.
    above: Above,
}

/// What stands right above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Above {
    /// The script with this index.
    Script(usize),
    /// A fence that was passed over.
    Broken,
    /// Anything else.
    Other,
}

impl Page<'_> {
    fn block(&mut self, block: &Block<'_>) {
        let above = std::mem::replace(&mut self.above, Above::Other);
        match block {
            Block::Fence(raw) if self.is_broken(raw) => {
                self.pending.clear();
                self.above = Above::Broken;
            }
            Block::Fence(raw) => self.fence(raw, above),
            Block::Html(pieces) => {
                let html = comment::read(&self.expanded.text, pieces);
                if !html.only_comments {
                    self.drop_comments();
                }
                self.keep_comments(html.comments);
            }
            Block::InlineHtml(range) => {
                self.drop_comments();
                let html = comment::read(&self.expanded.text, std::slice::from_ref(range));
                self.keep_comments(html.comments);
                self.drop_comments();
            }
            Block::Other => self.drop_comments(),
        }
    }

    /// Whether something in a fence could not be loaded.
    fn is_broken(&self, raw: &RawFence<'_>) -> bool {
        let broken = &self.options.broken;
        if broken.is_empty() {
            return false;
        }
        let mut at = raw.range.start;
        while at < raw.range.end {
            let next = self.expanded.segments.partition_point(|segment| segment.start <= at);
            let end =
                self.expanded.segments.get(next).map_or(raw.range.end, |next| next.start.min(raw.range.end));
            let part = self.expanded.origin(at..end);
            if broken.iter().any(|it| it.file == part.file && it.start < part.end && part.start < it.end) {
                return true;
            }
            at = end;
        }
        false
    }

    fn fence(&mut self, raw: &RawFence<'_>, above: Above) {
        if !raw.closed {
            let opening = self.expanded.origin(raw.opening.clone());
            self.diagnostics.push(
                Diagnostic::error("unclosed-fence", opening, "this fence is never closed").help(
                    "end it with a line of as many backticks or tildes, in the same list or block quote",
                ),
            );
        }
        let info = info::read(&self.expanded.text, raw.info.clone(), &self.options.tags);
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

    /// What was attached to a fence: by the comments above it, then by its info string.
    fn attributes(&mut self, info: &Info<'_>) -> Typed {
        let text = &self.expanded.text;
        let bodies = self.pending.iter().flat_map(|comment| &comment.bodies);
        let above =
            bodies.flat_map(|body| info::lex(text, body.clone())).map(|item| Given { item, strict: true });
        let own = info::lex(text, info.attributes.clone());
        let own = own.into_iter().map(|item| Given { item, strict: self.options.book });
        let given: Vec<Given<'_>> = above.chain(own).collect();
        self.pending.clear();
        let mut typed = attributes::read(&given, self.expanded);
        self.diagnostics.append(&mut typed.diagnostics);
        typed
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

    /// Keeps comments for the fence below them, but for those that are about more than a fence.
    fn keep_comments(&mut self, comments: Vec<Comment>) {
        for comment in comments {
            let first = comment
                .bodies
                .first()
                .and_then(|body| info::lex(&self.expanded.text, body.clone()).into_iter().next());
            let key = first.map(|item| item.key).unwrap_or_default();
            if !["page", "reset", "run"].contains(&key) {
                self.pending.push(comment);
                continue;
            }
            let span = self.expanded.origin(comment.range);
            self.diagnostics.push(
                Diagnostic::error(
                    "unsupported-attribute",
                    span,
                    format!("this version does not know `exemplar: {key}` yet"),
                )
                .help("take it out, or give the fences below it the attributes that you mean"),
            );
        }
    }

    /// Comments that no fence of ours came for.
    fn drop_comments(&mut self) {
        for comment in self.pending.drain(..) {
            let span = self.expanded.origin(comment.range);
            self.diagnostics.push(
                Diagnostic::warning("stray-comment", span, "no example follows this comment")
                    .help("put it right above the Python fence that it is about"),
            );
        }
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

#[cfg(test)]
mod tests;
