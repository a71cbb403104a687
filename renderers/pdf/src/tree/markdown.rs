//! Markdown into the tree, with the parser and the options that the site is made with.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::build::Builder;
use super::vector::Drawing;
use super::{Element, Node, tags};

/// Reads a chapter's woven text.
pub(crate) fn read(text: &str, smart_punctuation: bool) -> Vec<Node> {
    let mut options = MarkdownOptions::default();
    options.smart_punctuation = smart_punctuation;
    let mut reader = Reader {
        whole: text,
        builder: Builder::default(),
        html: None,
        image: None,
        table: None,
        drawing: None,
        passed: Vec::new(),
    };
    for (event, range) in new_cmark_parser(text, &options).into_offset_iter() {
        reader.event(event, range);
    }
    reader.builder.finish()
}

struct Reader<'t> {
    whole: &'t str,
    builder: Builder,
    /// The block of HTML that is being read.
    html: Option<(String, Range<usize>)>,
    /// The image whose description is being read.
    image: Option<(Element, String)>,
    table: Option<Table>,
    /// The drawing that is being read.
    drawing: Option<Drawing>,
    /// Of each element that is open in Markdown, whether it began within a drawing and is passed over.
    passed: Vec<bool>,
}

struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        if matches!(event, Event::Start(_)) {
            self.passed.push(self.drawing.is_some());
        }
        let is_passed = match &event {
            Event::Start(_) => self.drawing.is_some(),
            Event::End(_) => self.passed.pop() == Some(true),
            Event::Html(_) | Event::InlineHtml(_) => false,
            _ => self.drawing.is_some(),
        };
        if is_passed {
            if let Some(drawing) = &mut self.drawing {
                drawing.other(&event);
            }
            return;
        }
        if let Some((_, alt)) = &mut self.image {
            match &event {
                Event::Text(text) | Event::Code(text) => alt.push_str(text),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                Event::End(TagEnd::Image) => {
                    if let Some((image, alt)) = self.image.take() {
                        self.builder.add(Node::Element(image.with("alt", &alt)));
                    }
                }
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(Tag::HtmlBlock) => self.html = Some((String::new(), range)),
            Event::End(TagEnd::HtmlBlock) => {
                if let Some((html, range)) = self.html.take() {
                    tags::read(&html, &range, &mut self.builder);
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, &range),
            Event::Start(tag) => self.start(tag, range),
            Event::End(end) => self.end(end),
            Event::Text(text) => self.builder.text(&text, range, false),
            Event::Code(code) => {
                self.builder.open(Element::new("code", range.clone()));
                self.builder.text(&code, range, false);
                self.builder.close();
            }
            Event::InlineMath(math) | Event::DisplayMath(math) => self.builder.text(&math, range, false),
            Event::FootnoteReference(name) => {
                self.builder.add(Node::Element(Element::new("footnote", range).with("name", &name)));
            }
            Event::SoftBreak => self.builder.text(" ", range, false),
            Event::HardBreak => self.builder.add(Node::Element(Element::new("br", range))),
            Event::Rule => self.builder.add(Node::Element(Element::new("hr", range))),
            Event::TaskListMarker(done) => {
                let element = Element::new("checkbox", range);
                self.builder.add(Node::Element(if done { element.with("checked", "") } else { element }));
            }
        }
    }

    fn html(&mut self, html: &str, range: &Range<usize>) {
        if let Some(drawing) = &mut self.drawing {
            let behind = drawing.html(html);
            if let (Some(behind), Some(drawing)) = (behind, behind.and_then(|_| self.drawing.take())) {
                self.builder.add(Node::Element(drawing.element()));
                self.html(behind, range);
            }
            return;
        }
        let behind = self.whole.get(range.start..).unwrap_or_default();
        if let Some(at) = Drawing::begins(html, behind) {
            self.html(&html[..at], range);
            // What stands before it in its block comes before it in the tree.
            if let Some((block, start)) = &mut self.html {
                tags::read(&std::mem::take(block), start, &mut self.builder);
            }
            self.drawing = Some(Drawing::new(range.clone()));
            self.html(&html[at..], range);
            return;
        }
        match &mut self.html {
            Some((block, _)) => block.push_str(html),
            None => tags::read(html, range, &mut self.builder),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        let plain = |name: &str| Element::new(name, range.clone());
        let element = match tag {
            Tag::Paragraph => plain("p"),
            Tag::Heading { level, id, .. } => {
                let heading = plain(&format!("h{}", level as usize));
                id.iter().fold(heading, |heading, id| heading.with("id", id))
            }
            Tag::BlockQuote(None) => plain("blockquote"),
            Tag::BlockQuote(Some(kind)) => plain("alert").with("kind", alert(kind)),
            Tag::CodeBlock(kind) => {
                self.builder.open(plain("pre"));
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let words: Vec<&str> = info.split([',', ' ', '\t']).filter(|word| !word.is_empty()).collect();
                let class =
                    if words.is_empty() { String::new() } else { format!("language-{}", words.join(" ")) };
                plain("code").with("class", &class)
            }
            Tag::List(None) => plain("ul"),
            Tag::List(Some(first)) => plain("ol").with("start", &first.to_string()),
            Tag::Item => plain("li"),
            Tag::FootnoteDefinition(name) => plain("footnote-definition").with("name", &name),
            Tag::DefinitionList => plain("dl"),
            Tag::DefinitionListTitle => plain("dt"),
            Tag::DefinitionListDefinition => plain("dd"),
            Tag::Table(alignments) => {
                self.table = Some(Table { alignments, column: 0, in_head: false });
                plain("table")
            }
            Tag::TableHead => {
                if let Some(table) = &mut self.table {
                    (table.in_head, table.column) = (true, 0);
                }
                self.builder.open(plain("thead"));
                plain("tr")
            }
            Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    (table.in_head, table.column) = (false, 0);
                }
                plain("tr")
            }
            Tag::TableCell => self.cell(&range),
            Tag::Emphasis => plain("em"),
            Tag::Strong => plain("strong"),
            Tag::Strikethrough => plain("del"),
            Tag::Superscript => plain("sup"),
            Tag::Subscript => plain("sub"),
            Tag::Link { dest_url, title, .. } => plain("a").with("href", &dest_url).with("title", &title),
            Tag::Image { dest_url, title, .. } => {
                let image = plain("img").with("src", &dest_url).with("title", &title);
                self.image = Some((image, String::new()));
                return;
            }
            Tag::HtmlBlock | Tag::MetadataBlock(_) => plain("div"),
        };
        self.builder.open(element);
    }

    fn cell(&mut self, range: &Range<usize>) -> Element {
        let Some(table) = &mut self.table else { return Element::new("td", range.clone()) };
        let alignment = table.alignments.get(table.column).copied();
        table.column += 1;
        let element = Element::new(if table.in_head { "th" } else { "td" }, range.clone());
        match alignment {
            Some(Alignment::Center) => element.with("align", "center"),
            Some(Alignment::Right) => element.with("align", "right"),
            Some(Alignment::Left | Alignment::None) | None => element,
        }
    }

    fn end(&mut self, end: TagEnd) {
        self.builder.close();
        // Two elements stand for one of Markdown's.
        if matches!(end, TagEnd::CodeBlock | TagEnd::TableHead) {
            self.builder.close();
        }
        if end == TagEnd::Table {
            self.table = None;
        }
    }
}

fn alert(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}
