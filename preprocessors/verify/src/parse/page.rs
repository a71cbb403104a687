//! Walks over the parts of a page and gives each fence what was attached to it.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Fence;
use exemplar_model::source::ExpandedText;

use super::ParseOptions;
use super::attributes::{self, Given, Typed};
use super::comment::{self, Comment};
use super::info::{self, Info};
use super::markdown::{Block, RawFence};

/// A page as far as it was read.
pub(super) struct Page<'p> {
    pub(super) expanded: &'p ExpandedText,
    pub(super) options: &'p ParseOptions,
    pub(super) fences: Vec<Fence>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Comments that wait for the fence below them.
    pub(super) pending: Vec<Comment>,
    /// What an output fence would belong to, if it came next.
    pub(super) above: Above,
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

impl<'p> Page<'p> {
    /// A page of which nothing was read.
    pub(super) fn new(expanded: &'p ExpandedText, options: &'p ParseOptions) -> Self {
        Self {
            expanded,
            options,
            fences: Vec::new(),
            diagnostics: Vec::new(),
            pending: Vec::new(),
            above: Above::Other,
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

    /// What was attached to a fence: by the comments above it, then by its info string.
    pub(super) fn attributes(&mut self, info: &Info<'_>) -> Typed {
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
    pub(super) fn drop_comments(&mut self) {
        for comment in self.pending.drain(..) {
            let span = self.expanded.origin(comment.range);
            self.diagnostics.push(
                Diagnostic::warning("stray-comment", span, "no example follows this comment")
                    .help("put it right above the Python fence that it is about"),
            );
        }
    }
}
