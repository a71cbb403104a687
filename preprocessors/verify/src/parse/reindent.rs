//! Brings what Python-Markdown and `MyST` understand into a form that a parser of CommonMark finds fences in.
//!
//! The bodies of admonitions (`!!! note`, `??? tip`) and tabs (`=== "A"`) are indented by four columns, which is an indented code block
//! to CommonMark; so is a fence in a list item that is indented further than the item's text. Here that indentation is taken off, and a
//! colon fence of code (`:::{code-block} python`) gets tildes, and a fence that holds Markdown (`{note}`) loses its marks. Nothing else
//! changes, and every byte keeps its place in the page. A page
//! of a book is never read so: mdBook shows what CommonMark says.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// How far a body is indented.
const BODY: usize = 4;

static MARKER: LazyLock<Regex> = LazyLock::new(|| {
    let admonition = r#"(?:!!!|\?\?\?\+?) ?(?:[\w-]+(?: +[\w-]+)*)?(?: *"[^"]*")?"#;
    let tab = r#"===(?:[+!]{0,2}) +["'].*["']"#;
    Regex::new(&format!(r"^(?:{admonition}|{tab})\s*$")).expect("the pattern is a constant")
});

static LIST_ITEM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:[-*+]|\d{1,9}[.)])(?: +|\t|$)").expect("the pattern is a constant"));

static COLON_FENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^:{3,}\s*\{(?:code-block|code-cell|code|sourcecode|doctest|testcode|testoutput)\}")
        .expect("the pattern is a constant")
});

/// Fences that hold Markdown: `MyST`'s directives, and those of exercism.
static WRAPPER: LazyLock<Regex> = LazyLock::new(|| {
    let names = "note|tip|hint|important|warning|caution|danger|attention|error|seealso|admonition|dropdown|versionadded\\
        |versionchanged|deprecated|card|grid|grid-item|grid-item-card|tab-set|tab-item|details|sidebar|margin|exercise|solution";
    let names = names.replace(char::is_whitespace, "");
    Regex::new(&format!(r"^[`~]+\s*(?:exercism/\w+|\{{(?:{names})\}})")).expect("the pattern is a constant")
});

/// A page in another shape, and where each of its bytes comes from.
#[derive(Debug)]
pub(super) struct Reindented {
    /// The text.
    pub(super) text: String,
    /// Starts of stretches that stand in the page exactly so: here, and there.
    pieces: Vec<(usize, usize)>,
}

/// A page as far as it has its other shape. What stands in both is copied only when something else comes behind it, so that a page which
/// keeps its shape, as nearly all do, is not copied at all.
struct Shaping<'t> {
    page: &'t str,
    shape: Reindented,
    /// What is still to be copied.
    pending: Range<usize>,
}

impl Reindented {
    /// Where a byte stands in the page.
    pub(super) fn place(&self, at: usize) -> usize {
        let index = self.pieces.partition_point(|&(start, _)| start <= at);
        index.checked_sub(1).map_or(at, |index| at - self.pieces[index].0 + self.pieces[index].1)
    }

    /// Where a range stands in the page. It ends behind its last byte there, not before what was taken off.
    pub(super) fn range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.place(range.start);
        if range.is_empty() { start..start } else { start..self.place(range.end - 1) + 1 }
    }

    fn push(&mut self, text: &str, from: usize) {
        if !text.is_empty() {
            self.pieces.push((self.text.len(), from));
            self.text.push_str(text);
        }
    }
}

impl<'t> Shaping<'t> {
    fn of(page: &'t str) -> Self {
        Self { page, shape: Reindented { text: String::new(), pieces: Vec::new() }, pending: 0..0 }
    }

    /// Takes a part of the page over as it is.
    fn keep(&mut self, part: Range<usize>) {
        if part.start == self.pending.end {
            self.pending.end = part.end;
        } else {
            self.copy();
            self.pending = part;
        }
    }

    /// Leaves nothing of a line of the page but its ending.
    fn keep_ending(&mut self, line: Range<usize>) {
        let length = self.page[line.clone()].trim_end_matches(['\n', '\r']).len();
        self.keep(line.start + length..line.end);
    }

    /// Takes a part of the page over with tildes for the colons that open or close a fence in it.
    fn keep_with_tildes(&mut self, part: Range<usize>) {
        let text = &self.page[part.clone()];
        let colons = text.find(':').unwrap_or_default();
        let length = text[colons..].len() - text[colons..].trim_start_matches(':').len();
        let tilded = [&text[..colons], &"~".repeat(length), &text[colons + length..]].concat();
        self.copy();
        self.shape.push(&tilded, part.start);
        self.pending = part.end..part.end;
    }

    fn copy(&mut self) {
        self.shape.push(&self.page[self.pending.clone()], self.pending.start);
    }

    fn done(mut self) -> Reindented {
        self.copy();
        self.shape
    }
}

/// An open fence.
struct Fence {
    mark: char,
    length: usize,
    /// How many columns are taken off its lines, beyond those of the bodies around it.
    excess: usize,
}

/// The page in the other shape; none when that is no other than its own.
pub(super) fn reindent(text: &str) -> Option<Reindented> {
    let is_needed = ["!!!", "???", "===", ":::", "    ", "```", "~~~"].iter().any(|sign| text.contains(sign))
        || text.contains('\t');
    if !is_needed {
        return None;
    }
    let mut page = Shaping::of(text);
    // The columns at which the markers stand whose bodies we are in.
    let mut bodies: Vec<usize> = Vec::new();
    // The columns at which the text of the list items starts that we are in, as in the other shape.
    let mut items: Vec<usize> = Vec::new();
    let mut fence: Option<Fence> = None;
    let mut wrappers: Vec<Fence> = Vec::new();
    let mut changed = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let body = line.trim_start_matches([' ', '\t']);
        if body.trim().is_empty() {
            let excess = fence.as_ref().map_or(0, |fence| fence.excess);
            let taken = line.len() - without(line, bodies.len() * BODY + excess).len();
            page.keep(start + taken..at);
            continue;
        }
        let column = width(&line[..line.len() - body.len()]);
        while bodies.last().is_some_and(|&marker| column < marker + BODY) {
            bodies.pop();
            // What goes less far than the body ends a fence in it.
            fence = None;
        }
        let depth = bodies.len() * BODY;
        let own = column - depth.min(column);
        if let Some(open) = &fence {
            let taken = line.len() - without(line, depth + open.excess.min(own)).len();
            changed |= taken > 0;
            let is_closing = closes(body, open);
            if is_closing && open.mark == ':' {
                page.keep_with_tildes(start + taken..at);
            } else {
                page.keep(start + taken..at);
            }
            if is_closing {
                fence = None;
            }
            continue;
        }
        if wrappers.last().is_some_and(|wrapper| closes(body, wrapper)) {
            wrappers.pop();
            page.keep_ending(start..at);
            continue;
        }
        while items.last().is_some_and(|&content| own < content) {
            items.pop();
        }
        let content = items.last().copied().unwrap_or_default();
        let excess = own - content;
        let opened = opens(body).filter(|_| excess < BODY || !items.is_empty());
        let excess = if opened.is_some() && excess >= BODY { excess } else { 0 };
        let taken = line.len() - without(line, depth + excess).len();
        changed |= taken > 0;
        if let Some((mark, length)) = opened {
            if may_be_wrapper(body) && WRAPPER.is_match(body) {
                changed = true;
                wrappers.push(Fence { mark, length, excess });
                page.keep_ending(start..at);
                continue;
            }
            fence = Some(Fence { mark, length, excess });
            if mark == ':' {
                changed = true;
                page.keep_with_tildes(start + taken..at);
                continue;
            }
        } else if body.starts_with(['!', '?', '=']) && MARKER.is_match(body) {
            bodies.push(column);
        } else {
            let mut column = own;
            let mut rest = body;
            while let Some(found) = list_item(rest) {
                let marker = found.trim_end();
                // Code that is indented stands one space behind its marker.
                let gap = found.len() - marker.len();
                column += marker.len() + if (1..=BODY).contains(&gap) { gap } else { 1 };
                items.push(column);
                rest = &rest[found.len()..];
            }
            let opened = opens(rest).filter(|&(mark, _)| mark != ':' && rest.len() < body.len());
            fence = opened.map(|(mark, length)| Fence { mark, length, excess: 0 });
        }
        page.keep(start + taken..at);
    }
    changed.then(|| page.done())
}

/// The marker of a list item, with the white space behind it, that a line begins with.
fn list_item(line: &str) -> Option<&str> {
    let may_be = line.starts_with(|it: char| matches!(it, '-' | '*' | '+') || it.is_numeric());
    let found = if may_be { LIST_ITEM.find(line) } else { None };
    found.map(|found| found.as_str())
}

/// Whether what stands behind a fence's mark begins as that of a wrapper.
fn may_be_wrapper(body: &str) -> bool {
    body.trim_start_matches(['`', '~']).trim_start().starts_with(['{', 'e'])
}

/// The mark of a fence that opens here, and how many of them there are.
fn opens(body: &str) -> Option<(char, usize)> {
    let mark = body.chars().next().filter(|it| matches!(it, '`' | '~' | ':'))?;
    let length = body.len() - body.trim_start_matches(mark).len();
    let is_fence = match mark {
        ':' => COLON_FENCE.is_match(body),
        '`' => length >= 3 && !body[length..].contains('`'),
        _ => length >= 3,
    };
    is_fence.then_some((mark, length))
}

fn closes(body: &str, fence: &Fence) -> bool {
    if !body.starts_with(fence.mark) {
        return false;
    }
    let body = body.trim_end();
    body.len() >= fence.length && body.chars().all(|it| it == fence.mark)
}

/// How many columns white space takes, tabs being four wide as in CommonMark.
fn width(indent: &str) -> usize {
    indent.chars().fold(0, |column, it| if it == '\t' { column + BODY - column % BODY } else { column + 1 })
}

/// A line without its first columns, as far as they are white space and a tab is not cut.
fn without(line: &str, columns: usize) -> &str {
    let mut column = 0;
    for (at, scalar) in line.char_indices() {
        let next = match scalar {
            ' ' => column + 1,
            '\t' => column + BODY - column % BODY,
            _ => return &line[at..],
        };
        if next > columns {
            return &line[at..];
        }
        column = next;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::reindent;
    use proptest::collection::vec;
    use proptest::sample::select;
    use proptest::{prop_assert, proptest};

    proptest! {
        #[test]
        fn every_byte_keeps_its_place(pieces in vec(select(PIECES), 0..24)) {
            let page = pieces.concat();
            let Some(shape) = reindent(&page) else { return Ok(()) };
            let mut last = None;
            for (at, byte) in shape.text.bytes().enumerate() {
                let place = shape.place(at);
                let there = page.as_bytes()[place];
                prop_assert!(byte == there || (byte, there) == (b'~', b':'), "{page:?} at {at}");
                prop_assert!(last < Some(place), "{page:?} at {at}");
                last = Some(place);
            }
        }
    }

    const PIECES: &[&str] = &[
        "!!! note\n",
        "??? tip \"é\"\n",
        "=== \"A\"\n",
        "    ",
        "  ",
        "\t",
        "- ",
        "1. ",
        "text\n",
        "\n",
        "\r\n",
        "```\n",
        "```python\n",
        "~~~\n",
        ":::{code-block} python\n",
        ":::\n",
        "```{note}\n",
        "````{tip}\n",
        "````\n",
        ">>> x\n",
        "    y\n",
    ];
}
