//! A chapter as the index reads it: its text and the anchors of its headings, made of the woven Markdown.
//!
//! The rendered pages would do, but they are there only when mdBook is done, and half of what a parser finds in them is elements within
//! lines of code. So this is what can be indexed while mdBook renders. What a result leads to must be there: headings get the very
//! anchors that mdBook gives them, which a test compares.

use std::collections::HashSet;

use mdbook_markdown::pulldown_cmark::{CowStr, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use crate::page::escape;

/// What the weaver writes below each fence, on one line; nobody looks for it.
const DETAIL: &str = "<div class=\"exemplar-detail\"";

/// The chapter as a page of its own.
pub(crate) fn html(text: &str, options: &MarkdownOptions, language: &str) -> String {
    let mut page = Plain { html: String::with_capacity(text.len() * 5 / 4), ..Plain::default() };
    page.html.push_str(&format!("<!DOCTYPE html><html lang=\"{}\"><body><main>", escape(language)));
    for event in new_cmark_parser(text, options) {
        page.event(event);
    }
    page.html.push_str("</main></body></html>");
    page.html
}

#[derive(Default)]
struct Plain<'a> {
    html: String,
    /// The heading or term that is open: the anchor that its author has given it, and its text so far.
    heading: Option<(Option<CowStr<'a>>, String)>,
    /// The anchors that were made.
    made: HashSet<String>,
    /// How many images are open: what stands in them is shown to nobody who sees them.
    images: usize,
}

impl<'a> Plain<'a> {
    fn event(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::Image { .. }) => self.images += 1,
            Event::End(TagEnd::Image) => self.images -= 1,
            _ if self.images > 0 => {}
            Event::Start(Tag::Heading { id, .. }) => self.heading = Some((id, String::new())),
            Event::Start(Tag::DefinitionListTitle) => self.heading = Some((None, String::new())),
            Event::End(TagEnd::Heading(level)) => self.end_heading(&level.to_string()),
            Event::End(TagEnd::DefinitionListTitle) => self.end_heading("dt"),
            Event::Text(text) | Event::Code(text) => self.text(&text),
            Event::SoftBreak => self.text("\n"),
            Event::HardBreak => self.html.push_str("<br>"),
            Event::Html(html) | Event::InlineHtml(html) => self.raw(&html),
            Event::Start(tag) => self.html.push_str(block(&tag.to_end()).map_or("", |(start, _)| start)),
            Event::End(tag) => self.html.push_str(block(&tag).map_or("", |(_, end)| end)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        match &mut self.heading {
            Some((_, heading)) => heading.push_str(text),
            None => self.html.push_str(&escape(text)),
        }
    }

    fn end_heading(&mut self, element: &str) {
        let Some((given, text)) = self.heading.take() else { return };
        let anchor = given.map_or_else(|| unique(anchor(&text), &mut self.made), CowStr::into_string);
        let (anchor, text) = (escape(&anchor), escape(&text));
        self.html.push_str(&format!("<{element} id=\"{anchor}\">{text}</{element}>\n"));
    }

    /// HTML of the author's or of ours. Marks within lines go: they are nothing to be found.
    fn raw(&mut self, html: &str) {
        let html = html.strip_prefix("<!-- -->").unwrap_or(html);
        let is_detail = html.starts_with(DETAIL) && html.trim_end().ends_with("</div>");
        if is_detail || self.heading.is_some() {
            return;
        }
        let mut rest = html;
        while let Some(at) = ["<span", "</span"].iter().filter_map(|mark| rest.find(mark)).min() {
            self.html.push_str(&rest[..at]);
            let end = rest[at..].find('>').map_or(rest.len(), |end| at + end + 1);
            rest = &rest[end..];
        }
        self.html.push_str(rest);
    }
}

/// The marks of what words are kept apart by.
fn block(tag: &TagEnd) -> Option<(&'static str, &'static str)> {
    match tag {
        TagEnd::Paragraph | TagEnd::DefinitionListDefinition => Some(("<p>", "</p>\n")),
        TagEnd::Item | TagEnd::FootnoteDefinition => Some(("<li>", "</li>\n")),
        TagEnd::TableCell => Some(("<td>", "</td>\n")),
        TagEnd::CodeBlock => Some(("<pre>", "</pre>\n")),
        _ => None,
    }
}

/// The anchor that mdBook makes of a heading.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
            c if c.is_whitespace() => Some('-'),
            _ => None,
        })
        .collect()
}

/// The second of the same name on a page has a number behind it.
fn unique(anchor: String, made: &mut HashSet<String>) -> String {
    let numbered = (1..).map(|number: usize| format!("{anchor}-{number}"));
    let free = std::iter::once(anchor.clone()).chain(numbered).find(|name| !made.contains(name));
    let free = free.unwrap_or(anchor);
    made.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::html;
    use crate::markdown_options as options;
    use mdbook::book::{Book, BookItem, Chapter};
    use mdbook::config::{Config, HtmlConfig};
    use mdbook_html::HtmlHandlebars;
    use mdbook_renderer::{RenderContext, Renderer};

    /// The anchors of headings and terms that are no HTML of the author's.
    fn anchors(page: &str) -> Vec<String> {
        let main = &page[page.find("<main>").unwrap()..page.find("</main>").unwrap()];
        let mut found = Vec::new();
        for element in ["<h1 ", "<h2 ", "<h3 ", "<h4 ", "<dt "] {
            for (at, _) in main.match_indices(element) {
                let tag = &main[at..at + main[at..].find('>').unwrap()];
                if !tag.contains("class=") {
                    found.push((at, tag.split('"').nth(1).unwrap().to_owned()));
                }
            }
        }
        found.sort();
        found.into_iter().map(|(_, anchor)| anchor).collect()
    }

    /// The same of the page that mdBook renders.
    fn rendered(text: &str, config: &HtmlConfig) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("src")).unwrap();
        let mut book = Book::new();
        book.push_item(BookItem::Chapter(Chapter::new("C", text.to_owned(), "c.md", Vec::new())));
        let mut settings = Config::default();
        settings.set("output.html", config.clone()).unwrap();
        let out = folder.path().join("out");
        let context = RenderContext::new(folder.path(), book, settings, &out);
        HtmlHandlebars::new().render(&context).unwrap();
        anchors(&fs_err::read_to_string(out.join("c.html")).unwrap())
    }

    #[test]
    fn headings_have_the_anchors_that_mdbook_gives_them() {
        let mut plain = HtmlConfig::default();
        plain.smart_punctuation = false;
        plain.definition_lists = false;
        let text = "# A -- `__init__` & *it's*\n\n## Same\n\nTerm `x`\n: of it\n\nSame\n: x\n\n## Same\n\n## Same-1\n\n\
                    ## Given {#given}\n\n## given\n\n### Link [to](x.md), ![an image](y.png) and <b>bold</b> ...\n\n\
                    Two\nlines of \u{dc}ber --- 中文\n---\n\n> ## In a quote\n\n- # In a list\n\n<h2 class=\"r\" id=\"raw\">raw</h2>\n\n# &amp; <>\n\n#\n";
        for config in [HtmlConfig::default(), plain] {
            let ours = html(text, &options(&config), "en");
            assert_eq!(anchors(&ours), rendered(text, &config), "{ours}");
        }
    }

    #[test]
    fn words_are_kept_and_marks_within_lines_are_not() {
        let text = "a *b*`c<d`  \ne ![alt](x.png)\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n<pre><code><span class=\"exemplar-printed\">p</span>&#10;</code></pre>\n\n\
                    <div class=\"exemplar-detail\" role=\"note\">3 examples</div>\n\n```python\n>>> 1\n```\n";
        let page = html(text, &options(&HtmlConfig::default()), "en");
        let main = page.split("<main>").nth(1).unwrap();
        assert_eq!(
            main,
            "<p>a bc&lt;d<br>e </p>\n<td>x</td>\n<td>y</td>\n<td>1</td>\n<td>2</td>\n<pre><code>p&#10;</code></pre>\n\
             <pre>&gt;&gt;&gt; 1\n</pre>\n</main></body></html>"
        );
    }
}
