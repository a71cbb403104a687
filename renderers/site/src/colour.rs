//! Code is coloured when the site is built, and not in each reader's browser.
//!
//! The tokens are those of the PDF, the classes those of highlight.js, so that mdBook's colours and an author's own style hold. What
//! stands in the code already (hidden, highlighted and printed lines) stays around the tokens: each token holds text alone, and ends where
//! an element begins or ends.
//!
//! Pages with a language that is not known here load highlight.js as before, for that code; all others don't load it.
//!
//! The same code stands on its page, on the one for printing and perhaps on the first. It is read once ([`Colours`]), and before mdBook
//! has rendered it if there is a processor for that.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use exemplar_highlight::{Language, Token, read};
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

/// What readers' browsers colour without the page asking for a language: nothing.
const UNCOLOURED: [&str; 4] = ["text", "plaintext", "txt", "output"];

/// Pieces of code, and what they are.
type Tokens = Arc<[(Range<usize>, Token)]>;

/// The tokens of the code that was read.
#[derive(Debug, Default)]
pub(crate) struct Colours {
    read: Mutex<HashMap<(Language, String), Tokens>>,
}

impl Colours {
    /// Reads the code of a chapter's Markdown.
    pub(crate) fn prepare(&self, chapter: &str, options: &MarkdownOptions) {
        let mut code: Option<(Language, String)> = None;
        for event in new_cmark_parser(chapter, options) {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let tag = info.split([' ', '\t', ',']).find(|word| !word.is_empty());
                    code = tag.and_then(Language::of).map(|language| (language, String::new()));
                }
                Event::Text(text) => {
                    if let Some((_, code)) = &mut code {
                        code.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((language, code)) = code.take() {
                        self.of(language, code);
                    }
                }
                _ => {}
            }
        }
    }

    fn of(&self, language: Language, code: String) -> Tokens {
        let known = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (language, code);
        if let Some(tokens) = known().get(&key) {
            return Arc::clone(tokens);
        }
        let tokens: Tokens = read(language, &key.1).into();
        known().insert(key, Arc::clone(&tokens));
        tokens
    }

    /// A page with its code coloured.
    pub(crate) fn with_colours(&self, page: &str) -> String {
        let mut out = String::with_capacity(page.len() * 3 / 2);
        let mut rest = page;
        let mut needs_script = false;
        while let Some(found) = next_code(rest) {
            let language = Language::of(found.language);
            match language.and_then(|language| self.coloured(language, found.content)) {
                Some(coloured) => {
                    out.push_str(&rest[..found.class_end]);
                    // What has the class is left alone by the script of the theme.
                    out.push_str(" hljs");
                    out.push_str(&rest[found.class_end..found.start]);
                    out.push_str(&coloured);
                }
                None => {
                    needs_script |= !UNCOLOURED.contains(&found.language);
                    out.push_str(&rest[..found.start + found.content.len()]);
                }
            }
            rest = &rest[found.start + found.content.len()..];
        }
        out.push_str(rest);
        if needs_script { out } else { without_script(&out) }
    }

    /// The content of a `code` with its tokens. None where it has what is not understood here; then it is as it was.
    fn coloured(&self, language: Language, content: &str) -> Option<String> {
        let pieces = pieces(content)?;
        let text: String = pieces.iter().filter_map(Piece::text).collect();
        Some(marked(&pieces, &self.of(language, text), content.len() * 2))
    }
}

/// A `code` that says its language.
struct Code<'a> {
    language: &'a str,
    /// Where its classes end.
    class_end: usize,
    /// Where its content begins.
    start: usize,
    content: &'a str,
}

fn next_code(html: &str) -> Option<Code<'_>> {
    const OPENING: &str = "<code class=\"language-";
    let classes = html.find(OPENING)? + OPENING.len();
    let class_end = classes + html[classes..].find('"')?;
    let start = class_end + html[class_end..].find('>')? + 1;
    let content = &html[start..start + html[start..].find("</code>")?];
    let language = html[classes..class_end].split(' ').next().unwrap_or_default();
    Some(Code { language, class_end, start, content })
}

/// The pieces with a mark around each token.
fn marked(pieces: &[Piece<'_>], tokens: &[(Range<usize>, Token)], capacity: usize) -> String {
    let mut tokens = tokens.iter().peekable();
    let mut out = String::with_capacity(capacity);
    let mut open: Option<&'static str> = None;
    let mut at = 0;
    for piece in pieces {
        match piece {
            Piece::Tag(tag) => {
                close(&mut out, &mut open);
                out.push_str(tag);
            }
            Piece::Text(raw, c) => {
                while tokens.peek().is_some_and(|(range, _)| range.end <= at) {
                    tokens.next();
                    close(&mut out, &mut open);
                }
                let class = tokens.peek().and_then(|(_, token)| Token::class(*token));
                if class != open {
                    close(&mut out, &mut open);
                    if let Some(class) = class {
                        out.push_str("<span class=\"");
                        out.push_str(class);
                        out.push_str("\">");
                    }
                    open = class;
                }
                out.push_str(raw);
                at += c.len_utf8();
            }
        }
    }
    close(&mut out, &mut open);
    out
}

fn close(out: &mut String, open: &mut Option<&'static str>) {
    if open.take().is_some() {
        out.push_str("</span>");
    }
}

/// A piece of HTML.
enum Piece<'a> {
    /// A tag.
    Tag(&'a str),
    /// A character, as it is written.
    Text(&'a str, char),
}

impl Piece<'_> {
    fn text(&self) -> Option<char> {
        match self {
            Self::Tag(_) => None,
            Self::Text(_, c) => Some(*c),
        }
    }
}

fn pieces(content: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(c) = rest.chars().next() {
        let (piece, length) = match c {
            '<' => {
                let end = rest.find('>')? + 1;
                (Piece::Tag(&rest[..end]), end)
            }
            '&' => {
                let end = rest.find(';')? + 1;
                (Piece::Text(&rest[..end], character(&rest[1..end - 1])?), end)
            }
            _ => (Piece::Text(&rest[..c.len_utf8()], c), c.len_utf8()),
        };
        pieces.push(piece);
        rest = &rest[length..];
    }
    Some(pieces)
}

/// The character that a reference stands for, among those that mdBook writes.
fn character(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "#39" | "#x27" => '\'',
        _ => return None,
    })
}

/// A page that loads no highlight.js, if its template is ours.
fn without_script(page: &str) -> String {
    const SCRIPT: &str = "<script id=\"exemplar-highlight\" src=\"";
    const END: &str = "</script>";
    match page.split_once(SCRIPT).and_then(|(before, after)| Some((before, after.split_once(END)?.1))) {
        Some((before, after)) => format!("{before}{after}"),
        None => page.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Colours;
    use mdbook_markdown::MarkdownOptions;

    fn with_colours(page: &str) -> String {
        Colours::default().with_colours(page)
    }

    const SCRIPT: &str = "<script id=\"exemplar-highlight\" src=\"highlight-1.js\"></script>";

    #[test]
    fn tokens_hold_text_alone_and_references_stay() {
        let page = "<pre><code class=\"language-python exemplar\">if a &lt; 1:\n<span class=\"boring\">    b = \"\"\"&amp;\n</span>c\"\"\"</code></pre>";
        assert_eq!(
            with_colours(page),
            "<pre><code class=\"language-python exemplar hljs\"><span class=\"hljs-keyword\">if</span> a &lt; \
             <span class=\"hljs-number\">1</span>:\n<span class=\"boring\">    b = <span class=\"hljs-string\">\"\"\"&amp;\n\
             </span></span><span class=\"hljs-string\">c\"\"\"</span></code></pre>"
        );
    }

    #[test]
    fn the_script_is_loaded_where_a_language_is_left_for_it() {
        let code =
            |language: &str| format!("<pre><code class=\"language-{language}\">a</code></pre>{SCRIPT}");
        for language in ["python", "text", "toml exemplar"] {
            assert!(!with_colours(&code(language)).contains("<script"), "{language}");
        }
        assert_eq!(with_colours(&code("rust ignore")), code("rust ignore"));
        let both = format!("{}{}", "<code class=\"language-json\">1</code>", code("c"));
        assert!(with_colours(&both).contains(SCRIPT));
    }

    #[test]
    fn what_is_not_understood_stays_as_it_is() {
        for code in ["&nbsp;x", "a < b", "&", "<span"] {
            let page = format!("<code class=\"language-python\">{code}</code>{SCRIPT}");
            assert_eq!(with_colours(&page), page);
        }
        for page in ["", "<code class=\"language-", "<code class=\"language-py\">x"] {
            assert_eq!(with_colours(page), page);
        }
    }

    #[test]
    fn what_was_read_of_the_markdown_is_not_read_again() {
        let colours = Colours::default();
        colours.prepare(
            "> ```pycon,exemplar\n> >>> a < 1\n> ```\n\n```c\nint a;\n```\n",
            &MarkdownOptions::default(),
        );
        let known = || colours.read.lock().unwrap().len();
        assert_eq!(known(), 1);
        let page = "<code class=\"language-pycon exemplar\">&gt;&gt;&gt; a &lt; 1\n</code>";
        assert_eq!(colours.with_colours(page), with_colours(page));
        assert_eq!(known(), 1);
    }
}
