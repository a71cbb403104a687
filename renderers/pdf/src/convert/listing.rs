//! Listings: what they are is said by the classes that weaving gave them.

use super::lines::{self, Kind, Line, Style};
use super::{Converter, Titled};
use crate::attachments::Listing;
use crate::emit::literal;
use crate::tree::{Element, Node};

/// A line of a listing as it was woven.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Woven {
    /// The text, prompt included.
    pub(super) text: String,
    /// Whether it is output below a command.
    pub(super) printed: bool,
    /// Whether it is highlighted.
    pub(super) highlighted: bool,
}

/// The columns of a listing, and of one in a cheat sheet.
const COLUMNS: usize = 66;
const SHEET_COLUMNS: usize = 56;

/// Whether an element is what the listing before it printed.
pub(super) fn is_output(element: &Element) -> bool {
    element.name == "pre" && element.elements().any(|code| code.has_class("exemplar-output"))
}

impl<'a> Converter<'a> {
    /// Sets a `pre`.
    pub(super) fn listing(&mut self, element: &'a Element) {
        let followed = std::mem::take(&mut self.followed);
        let code = element.elements().find(|inner| inner.name == "code").unwrap_or(element);
        let classes: Vec<&str> =
            code.attribute("class").unwrap_or_default().split_ascii_whitespace().collect();
        let all = woven_lines(code);
        let kind = Kind::of(
            &classes,
            all.iter().map(|line| line.text.as_str()).find(|line| !line.trim().is_empty()),
        );
        let (mut visible, whole) = without_hidden(all, &classes);
        while visible.last().is_some_and(|line| line.text.trim().is_empty()) {
            visible.pop();
        }
        for line in &mut visible {
            line.text = self.shown(&expanded(&line.text), &element.range);
        }
        if matches!(kind, Kind::Session | Kind::Script) {
            let listing = Listing::new(kind == Kind::Session, &whole);
            self.done.listings.push(listing);
        }
        let columns = if self.inside.sheet {
            SHEET_COLUMNS
        } else {
            COLUMNS.saturating_sub(self.inside.narrowed).max(24)
        };
        let rows = lines::wrapped(lines::read(kind, &visible), columns);
        self.frame(kind, rows.len(), followed);
        let range = element.range.clone();
        self.bracketed(|this| {
            for (number, row) in rows.iter().enumerate() {
                if number > 0 {
                    this.source.raw("#br");
                }
                this.row(row, columns, &range);
            }
        });
        self.source.raw("\n\n");
    }

    fn frame(&mut self, kind: Kind, rows: usize, followed: bool) {
        let (name, joined) = match kind {
            Kind::Output => ("output", true),
            Kind::Error => ("error", true),
            _ => ("code", false),
        };
        let caption = if joined { None } else { self.caption.take() };
        let own = caption.map(|_| format!("l{}-{}", self.prefix, self.numbers.listings + 1));
        let key = self.key.take().or(own);
        self.source.raw(&format!(
            "\n\n#listing({rows}, kind: \"{name}\", joined: {joined}, followed: {followed}, key: {}",
            key.as_deref().map_or("none".to_owned(), literal)
        ));
        if let Some((caption, key)) = caption.zip(key) {
            self.numbers.listings += 1;
            let number = self.numbered(self.numbers.listings);
            let title = self.shown(caption.text().trim(), &caption.range);
            self.done.titled.push(Titled { number: number.clone(), title, key });
            self.source.raw(&format!(", number: {}, caption: ", literal(&number)));
            self.bracketed(|this| this.inline(caption.children.iter()));
        }
        self.source.raw(")");
    }

    fn row(&mut self, row: &Line, columns: usize, range: &std::ops::Range<usize>) {
        if row.highlighted {
            self.source.raw(&format!("#hl({columns})"));
        }
        if row.is_error() {
            self.source.raw("#eb");
        }
        if let Some(indent) = row.continues {
            self.source.raw(&format!("#wrap({indent})"));
        }
        match row.prompt {
            Some(lines::Prompt::First) => self.source.raw("#p1"),
            Some(lines::Prompt::Next) => self.source.raw("#p2"),
            None => {}
        }
        let is_blank = row.pieces.iter().all(|(text, _)| text.trim().is_empty());
        if is_blank && row.continues.is_none() && row.prompt.is_none() {
            self.source.raw("#bl");
        }
        for (text, style) in &row.pieces {
            match function(*style) {
                Some(function) => self.source.call(function, text, range),
                None => self.source.text(text, range),
            }
        }
    }
}

/// The function of the template that sets a style.
fn function(style: Style) -> Option<&'static str> {
    use exemplar_highlight::Token;
    match style {
        Style::Token(Token::Plain | Token::Operator) => None,
        Style::Token(Token::Keyword | Token::Tag) => Some("kw"),
        Style::Token(Token::String) => Some("st"),
        Style::Token(Token::Comment) => Some("co"),
        Style::Token(Token::Constant) => Some("nu"),
        Style::Token(Token::Function) => Some("fu"),
        Style::Token(Token::Type) => Some("ty"),
        Style::Token(Token::Builtin) => Some("bi"),
        Style::Token(Token::Attribute) => Some("ke"),
        Style::Token(Token::Prompt) => Some("pr"),
        Style::Token(Token::Output) | Style::Output => Some("out"),
        Style::Token(Token::Error) | Style::Error => Some("bad"),
    }
}

/// The lines of a `code`, whose marked lines are elements.
fn woven_lines(code: &Element) -> Vec<Woven> {
    let mut lines = vec![Woven::default()];
    collect(&code.children, false, false, &mut lines);
    if lines.last().is_some_and(|line| line.text.is_empty()) {
        lines.pop();
    }
    lines
}

fn collect(nodes: &[Node], printed: bool, highlighted: bool, lines: &mut Vec<Woven>) {
    for node in nodes {
        match node {
            Node::Text(text) => {
                for (number, part) in text.text.split('\n').enumerate() {
                    if number > 0 {
                        lines.push(Woven::default());
                    }
                    if let Some(line) = lines.last_mut() {
                        line.text.push_str(part.trim_end_matches('\r'));
                        line.printed |= printed && !part.is_empty();
                        line.highlighted |= highlighted && !part.is_empty();
                    }
                }
            }
            Node::Element(element) => {
                let printed = printed || element.has_class("exemplar-printed");
                let highlighted = highlighted || element.has_class("exemplar-highlighted");
                collect(&element.children, printed, highlighted, lines);
            }
        }
    }
}

/// The lines that readers see, and the text of all of them: what is hidden runs too.
fn without_hidden(lines: Vec<Woven>, classes: &[&str]) -> (Vec<Woven>, String) {
    let prefix = classes.iter().find_map(|class| class.strip_prefix("hidelines="));
    let mut whole = String::new();
    let mut visible = Vec::new();
    for line in lines {
        let hidden = prefix.and_then(|prefix| line.text.strip_prefix(prefix));
        whole.push_str(hidden.unwrap_or(&line.text));
        whole.push('\n');
        if hidden.is_none() {
            visible.push(line);
        }
    }
    (visible, whole)
}

/// Text with spaces for its tabs.
fn expanded(text: &str) -> String {
    const STOP: usize = 8;
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        if c == '\t' {
            let spaces = STOP - column % STOP;
            out.extend(std::iter::repeat_n(' ', spaces));
            column += spaces;
        } else {
            out.push(c);
            column += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Woven, expanded, without_hidden, woven_lines};
    use crate::tree::read;

    #[test]
    fn marked_and_hidden_lines_are_told_apart() {
        let html = "<pre><code class=\"language-console\">$ a\n<span class=\"exemplar-printed\">b</span>\n\nc\n</code></pre>";
        let tree = read(html, true);
        let code = tree[0].element().unwrap().elements().next().unwrap();
        let plain = |text: &str| Woven { text: text.into(), ..Woven::default() };
        let printed = Woven { printed: true, ..plain("b") };
        assert_eq!(woven_lines(code), [plain("$ a"), printed, plain(""), plain("c")]);
        let (visible, whole) = without_hidden(vec![plain("~import a"), plain("a.b")], &["hidelines=~"]);
        assert_eq!((visible, &*whole), (vec![plain("a.b")], "import a\na.b\n"));
    }

    #[test]
    fn tabs_lead_to_the_next_stop() {
        assert_eq!(expanded("\ta\tb"), "        a       b");
    }
}
