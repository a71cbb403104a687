//! Markdown that moves: to HTML within HTML, and from its chapter to a generated one.

use std::path::Path;

use mdbook_markdown::pulldown_cmark::{CowStr, Event, LinkType, Tag, html};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

/// Markdown as HTML on one line: a blank line in it would end the block of HTML that it stands in, and so would none here.
pub(crate) fn html(markdown: &str) -> String {
    let mut out = String::new();
    html::push_html(&mut out, new_cmark_parser(markdown, &MarkdownOptions::default()));
    one_line(out.trim())
}

/// One paragraph of Markdown as HTML without an element around it.
pub(crate) fn inline(markdown: &str) -> String {
    let out = html(markdown);
    let inner = out.strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>"));
    inner.filter(|inner| !inner.contains("<p>")).map_or(out.clone(), str::to_owned)
}

/// A title that is read raw: what stands between backticks is code, and nothing else is markup.
pub(crate) fn title(raw: &str) -> String {
    let pieces: Vec<&str> = raw.split('`').collect();
    let is_paired = pieces.len() % 2 == 1;
    if !is_paired {
        return escape(raw);
    }
    let piece = |(index, piece): (usize, &&str)| {
        if index % 2 == 1 { format!("<code>{}</code>", escape(piece)) } else { escape(piece) }
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// Text as HTML, within an element or a quoted attribute. Braces are none for mdBook's directives.
pub(crate) fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('{', "&#123;")
}

fn one_line(html: &str) -> String {
    // Only what is preformatted keeps its line ends, as references.
    let mut out = String::with_capacity(html.len());
    let mut in_pre = false;
    for line in html.split('\n') {
        if !out.is_empty() {
            out.push_str(if in_pre { "&#10;" } else { " " });
        }
        out.push_str(line);
        in_pre = match (line.rfind("<pre"), line.rfind("</pre>")) {
            (Some(open), Some(close)) => open > close,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => in_pre,
        };
    }
    out.replace('{', "&#123;")
}

/// Markdown of a chapter as it must read in a chapter that lies `up` (`../`, `../../`) below the book's source: its relative links and
/// images lead where they led. Reference links keep their definitions, which stay behind, and are left alone.
pub(crate) fn relink(markdown: &str, chapter: &Path, up: &str) -> String {
    let mut changes: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    for (event, range) in new_cmark_parser(markdown, &MarkdownOptions::default()).into_offset_iter() {
        let (Event::Start(Tag::Link { link_type: LinkType::Inline, dest_url, .. })
        | Event::Start(Tag::Image { link_type: LinkType::Inline, dest_url, .. })) = event
        else {
            continue;
        };
        let Some(target) = moved(&dest_url, chapter, up) else { continue };
        let Some(at) = markdown[range.clone()].rfind(&format!("]({dest_url}")) else { continue };
        let start = range.start + at + 2;
        changes.push((start..start + dest_url.len(), target));
    }
    let mut out = markdown.to_owned();
    for (range, target) in changes.into_iter().rev() {
        out.replace_range(range, &target);
    }
    out
}

/// Where a relative link leads from elsewhere.
fn moved(target: &CowStr<'_>, chapter: &Path, up: &str) -> Option<String> {
    if target.is_empty() || target.starts_with('/') || target.contains(':') {
        return None;
    }
    let chapter = chapter.to_string_lossy().replace('\\', "/");
    if target.starts_with('#') {
        return Some(format!("{up}{chapter}{target}"));
    }
    let folder = chapter.rfind('/').map_or("", |end| &chapter[..=end]);
    Some(format!("{up}{folder}{target}"))
}
