//! A line of a fence, and which bytes of the page it came from.
//!
//! Most lines stand in the page as they are. Tabs that doctest expands, prefixes of hidden lines and a tab that a list item's
//! indentation cuts in two break that: such a line carries a map with one entry for each of its bytes.

use std::borrow::Cow;
use std::ops::Range;

use exemplar_model::fence::{CodeLine, ShownLine};
use exemplar_model::source::ExpandedText;

/// The tab stops of `str.expandtabs`, which doctest uses.
const TAB: usize = 8;

/// One line, without container prefix and line ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// Its text.
    pub(super) text: Cow<'t, str>,
    /// Whether it runs unseen.
    pub(super) hidden: bool,
    place: Place,
}

/// Where in the expanded text the bytes of a line are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// From here on, one after the other.
    Run(usize),
    /// Each byte's own place, and that of the end.
    Each(Vec<usize>),
}

impl<'t> Line<'t> {
    /// The line at `range` of the expanded text, with `lead` spaces before it that stand for the rest of a tab.
    pub(super) fn new(text: &'t str, range: Range<usize>, lead: usize) -> Self {
        let slice = text.get(range.clone()).unwrap_or_default();
        if lead == 0 {
            return Self { text: Cow::Borrowed(slice), hidden: false, place: Place::Run(range.start) };
        }
        let places = std::iter::repeat_n(range.start, lead).chain(range.start..=range.start + slice.len());
        let text = Cow::Owned(format!("{:lead$}{slice}", ""));
        Self { text, hidden: false, place: Place::Each(places.collect()) }
    }

    /// Moves the line to where `place` says that its bytes stand.
    pub(super) fn place_by(&mut self, place: impl Fn(usize) -> usize) {
        match &mut self.place {
            Place::Run(start) => *start = place(*start),
            Place::Each(places) => places.iter_mut().for_each(|at| *at = place(*at)),
        }
    }

    /// Whether nothing but white space stands in it.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// How many spaces it starts with.
    pub(super) fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    /// The bytes of the expanded text behind a range of this line.
    pub(super) fn range(&self, range: Range<usize>) -> Range<usize> {
        let place = |at: usize| match &self.place {
            Place::Run(start) => start + at,
            Place::Each(places) => places.get(at).or(places.last()).copied().unwrap_or_default(),
        };
        let start = place(range.start);
        start..place(range.end).max(start)
    }

    /// The text from byte `from` on, with its span.
    pub(super) fn code(&self, expanded: &ExpandedText, from: usize) -> CodeLine {
        let from = from.min(self.text.len());
        CodeLine {
            text: self.text.get(from..).unwrap_or_default().into(),
            span: expanded.origin(self.range(from..self.text.len())),
        }
    }

    /// A line's ending and what stands before this line in its file, with which a line that is put above or below it starts; none where
    /// this line starts in the midst of another one, as the first of an included file can.
    pub(super) fn break_before(&self, expanded: &ExpandedText) -> Option<String> {
        let at = self.range(0..0).start;
        let start = expanded.text[..at].rfind('\n').map_or(0, |found| found + 1);
        let lead = expanded.origin(start..at);
        let own = expanded.origin(at..at);
        let ending = if expanded.text[..start].ends_with("\r\n") { "\r\n" } else { "\n" };
        let is_whole = lead.range().len() == at - start && (lead.file, lead.end) == (own.file, own.start);
        is_whole.then(|| format!("{ending}{}", &expanded.text[start..at]))
    }

    /// The line as the reader gets it.
    pub(super) fn shown(&self) -> ShownLine {
        ShownLine { text: (&*self.text).into(), hidden: self.hidden }
    }

    /// Takes the prefix of a hidden line off, by mdBook's rule: it may be indented, and the indentation stays. A carriage return is no
    /// indentation: it ends a line for Python.
    pub(super) fn unhide(self, prefix: &str) -> Self {
        if prefix.is_empty() {
            return self;
        }
        let body = self.text.trim_start_matches(|it: char| it.is_whitespace() && it != '\r');
        let indent = self.text.len() - body.len();
        if !self.text[indent..].starts_with(prefix) {
            return self;
        }
        let rest = indent + prefix.len();
        let place = match self.place {
            Place::Run(start) if indent == 0 => Place::Run(start + rest),
            _ => Place::Each(self.places(0..indent).chain(self.places(rest..self.text.len() + 1)).collect()),
        };
        let text = Cow::Owned([&self.text[..indent], &self.text[rest..]].concat());
        Self { text, hidden: true, place }
    }

    /// The line without its first `length` bytes.
    pub(super) fn without_start(self, length: usize) -> Self {
        let place = match self.place {
            Place::Run(start) => Place::Run(start + length),
            Place::Each(places) => Place::Each(places[length..].to_vec()),
        };
        let text = match self.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[length..]),
            Cow::Owned(text) => Cow::Owned(text[length..].to_owned()),
        };
        Self { text, place, ..self }
    }

    /// The line with `text` in the place of its first `length` bytes.
    pub(super) fn with_start(self, length: usize, text: &str) -> Self {
        let first = self.range(0..0).start;
        let rest = self.places(length..self.text.len() + 1);
        let place = Place::Each(std::iter::repeat_n(first, text.len()).chain(rest).collect());
        let text = Cow::Owned([text, &self.text[length..]].concat());
        Self { text, place, ..self }
    }

    /// Expands tabs to spaces as doctest does.
    pub(super) fn expand_tabs(self) -> Self {
        if !self.text.contains('\t') {
            return self;
        }
        let mut text = String::with_capacity(self.text.len() + TAB);
        let mut places = Vec::with_capacity(self.text.len() + TAB);
        let mut column = 0;
        for (at, scalar) in self.text.char_indices() {
            if scalar == '\t' {
                let width = TAB - column % TAB;
                places.extend(std::iter::repeat_n(self.range(at..at).start, width));
                text.extend(std::iter::repeat_n(' ', width));
                column += width;
            } else {
                places.extend(self.places(at..at + scalar.len_utf8()));
                text.push(scalar);
                column += 1;
            }
        }
        places.extend(self.places(self.text.len()..self.text.len() + 1));
        Self { text: Cow::Owned(text), place: Place::Each(places), ..self }
    }

    fn places(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        range.map(|at| self.range(at..at).start)
    }
}

/// At which byte of a text a slice of it begins.
pub(super) fn offset_in(text: &str, slice: &str) -> usize {
    slice.as_ptr().addr() - text.as_ptr().addr()
}
