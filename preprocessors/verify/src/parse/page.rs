//! Walks over the parts of a page and gives each fence what was attached to it.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Fence;
use exemplar_model::source::{ExpandedText, Span};

use super::ParseOptions;
use super::attributes::{self, Given, Target, Typed};
use super::comment::{self, Comment, Form};
use super::info;
use super::markdown::{Block, RawFence};
use super::named::Named;
use super::pieces::Pieces;

/// A page as far as it was read.
pub(super) struct Page<'p> {
    pub(super) expanded: &'p ExpandedText,
    pub(super) options: &'p ParseOptions,
    pub(super) fences: Vec<Fence>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What the page says about all of its fences.
    pub(super) defaults: Typed,
    /// Comments that wait for the fence below them.
    pub(super) pending: Vec<Comment>,
    /// What an output fence would belong to, if it came next.
    pub(super) above: Above,
    /// The targets of links so far.
    pub(super) ids: Vec<(String, Span)>,
    /// How many headings were read.
    pub(super) section: usize,
    /// How many resets were read.
    pub(super) epoch: usize,
    /// Whether a block quote was cut in two, so that what closes its fence seems to open one.
    pub(super) torn: bool,
    /// Fences that the page calls files.
    pub(super) named: Vec<Named>,
}

/// What stands right above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Above {
    /// The script with this index.
    Script(usize),
    /// A fence that was passed over.
    Broken,
    /// Anything else.
    Other,
}

/// What an author attached to one fence.
pub(super) struct Attached {
    /// In comments above it.
    pub(super) comments: Vec<Comment>,
    above: Vec<Pieces>,
    own: Pieces,
    /// Whether its own attributes must be ours.
    strict: bool,
    /// Where it says that it is invisible, by its form.
    pub(super) hidden: Option<Span>,
}

impl Attached {
    /// The same, for a fence that nobody sees.
    pub(super) fn hide(self, span: Span) -> Self {
        Self { hidden: Some(span), ..self }
    }

    /// In the order in which it was written: comments first.
    pub(super) fn given(&self) -> Vec<Given<'_>> {
        let above = self.above.iter().flat_map(|pieces| given(pieces, true));
        above.chain(given(&self.own, self.strict)).collect()
    }
}

impl<'p> Page<'p> {
    /// A page of which nothing was read but what it says about all of its fences.
    pub(super) fn new(expanded: &'p ExpandedText, options: &'p ParseOptions, blocks: &[Block<'_>]) -> Self {
        let mut page = Self {
            expanded,
            options,
            fences: Vec::new(),
            diagnostics: Vec::new(),
            defaults: Typed::default(),
            pending: Vec::new(),
            above: Above::Other,
            ids: Vec::new(),
            section: 0,
            epoch: 0,
            torn: false,
            named: Vec::new(),
        };
        page.read_defaults(blocks);
        page
    }

    fn read_defaults(&mut self, blocks: &[Block<'_>]) {
        let text = &self.expanded.text;
        let mut first: Option<Span> = None;
        for comment in blocks.iter().flat_map(|block| match block {
            Block::Html(pieces) => comment::read(text, pieces).comments,
            Block::InlineHtml(range) => comment::read(text, std::slice::from_ref(range)).comments,
            _ => Vec::new(),
        }) {
            let (Form::Page, bodies) = comment.form(text) else { continue };
            let span = self.expanded.origin(comment.range);
            if let Some(first) = first {
                self.diagnostics.push(
                    Diagnostic::error(
                        "duplicate-comment",
                        span,
                        "the page has said what holds for all of it",
                    )
                    .label(first, "the first one is here")
                    .help("put all of it into the first one"),
                );
                continue;
            }
            first = Some(span);
            let pieces = Pieces::new(text, &bodies);
            let mut typed = attributes::read(&given(&pieces, true), Target::Page, self.expanded);
            typed.check_pairs();
            self.diagnostics.append(&mut typed.diagnostics);
            self.defaults = typed;
        }
    }

    /// Reads the next part.
    pub(super) fn block(&mut self, block: &Block<'_>) {
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
                for comment in html.comments {
                    self.comment(comment, true);
                }
            }
            Block::InlineHtml(range) => {
                self.drop_comments();
                let html = comment::read(&self.expanded.text, std::slice::from_ref(range));
                for comment in html.comments {
                    self.comment(comment, false);
                }
                self.drop_comments();
            }
            Block::Heading => {
                self.drop_comments();
                self.section += 1;
            }
            Block::Indented(range) => {
                self.drop_comments();
                self.guess_from_indented(range);
            }
            Block::Other => self.drop_comments(),
        }
    }

    /// Whether something in a fence could not be loaded.
    pub(super) fn is_broken(&self, raw: &RawFence<'_>) -> bool {
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

    fn comment(&mut self, comment: Comment, is_block: bool) {
        let (form, bodies) = comment.form(&self.expanded.text);
        let span = self.expanded.origin(comment.range.clone());
        if !comment.closed {
            self.diagnostics.push(
                Diagnostic::error("unclosed-comment", span, "this comment is never closed")
                    .help("end it with `-->`, in the same list or block quote"),
            );
            // The rest of its container is in it.
            return;
        }
        match form {
            Form::Fence => self.pending.push(comment),
            Form::Page if self.fences.is_empty() => {}
            Form::Page => self.diagnostics.push(
                Diagnostic::warning("late-comment", span, "this is about the fences above it too")
                    .help("put it above the first fence of the page, where readers of the source see it"),
            ),
            Form::Reset => {
                self.epoch += 1;
                let pieces = Pieces::new(&self.expanded.text, &bodies);
                if let Some(item) = info::lex(&pieces.text, 0..pieces.text.len()).first() {
                    let span = self.expanded.origin(pieces.range(item.range.clone()));
                    self.diagnostics.push(
                        Diagnostic::error("misplaced-attribute", span, "`reset` has no attributes")
                            .help("write `<!-- exemplar: reset -->` alone, and give attributes to the fences below it"),
                    );
                }
            }
            Form::Run if is_block => self.invisible(&comment, &bodies),
            Form::Run => self.diagnostics.push(
                Diagnostic::error("misplaced-comment", span, "code can't be run from within a paragraph")
                    .help("begin this comment on a line of its own"),
            ),
        }
    }

    /// What was attached to a fence: by the comments above it, then by itself.
    pub(super) fn attached(&mut self, own: Pieces, strict: bool) -> Attached {
        let comments = std::mem::take(&mut self.pending);
        let above = comments.iter().map(|it| Pieces::new(&self.expanded.text, &it.bodies)).collect();
        Attached { comments, above, own, strict, hidden: None }
    }

    /// Comments that no fence of ours came for.
    pub(super) fn drop_comments(&mut self) {
        let comments = std::mem::take(&mut self.pending);
        self.stray(comments);
    }

    /// Says that these comments are about nothing.
    pub(super) fn stray(&mut self, comments: Vec<Comment>) {
        for comment in comments {
            let span = self.expanded.origin(comment.range);
            self.diagnostics.push(
                Diagnostic::warning("stray-comment", span, "no example follows this comment")
                    .help("put it right above the Python fence that it is about"),
            );
        }
    }
}

fn given(pieces: &Pieces, strict: bool) -> Vec<Given<'_>> {
    let items = info::lex(&pieces.text, 0..pieces.text.len());
    items.into_iter().map(|item| Given { item, pieces, strict }).collect()
}
