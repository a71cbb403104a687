//! Code as the reader gets it: a fence of Markdown, or HTML where lines of it are marked.
//!
//! Markdown can't say anything about a line of code, so a listing with highlighted lines or with the output of commands is written as the
//! HTML that mdBook makes of a fence, with a `span` around each such line. Whatever colours it later (our site, or highlight.js in the
//! browser) keeps elements that it finds in the code, as it must for mdBook's own hidden lines.

use super::lines::{Lines, escape};

/// A line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The text, prompt included.
    pub(super) text: String,
    /// Whether mdBook hides it until asked.
    pub(super) hidden: bool,
    /// Whether it is output below a command.
    pub(super) printed: bool,
    /// Whether it is highlighted.
    pub(super) highlighted: bool,
}

impl Line {
    /// A line that is just text.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), hidden: false, printed: false, highlighted: false }
    }
}

/// Writes a listing with its language and further classes.
pub(super) fn weave(lines: &mut Lines<'_>, language: &str, classes: &[&str], code: &[Line]) {
    if code.iter().any(|line| line.printed || line.highlighted) {
        html(lines, language, classes, code);
    } else {
        markdown(lines, language, classes, code);
    }
}

/// A fence of backticks that nothing in it can close.
fn markdown(lines: &mut Lines<'_>, language: &str, classes: &[&str], code: &[Line]) {
    let longest =
        code.iter().map(|line| line.text.trim_start().chars().take_while(|&c| c == '`').count()).max();
    let ticks = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let hiding = hiding(code);
    let mut info: Vec<&str> = std::iter::once(language).chain(classes.iter().copied()).collect();
    let class = hiding.as_ref().map(|prefix| format!("hidelines={prefix}"));
    info.extend(class.as_deref());
    lines.push(&format!("{ticks}{}", info.join(",")));
    for line in code {
        match &hiding {
            Some(prefix) if line.hidden => lines.push(&format!("{prefix}{}", line.text)),
            _ => lines.push(&line.text),
        }
    }
    lines.push(&ticks);
}

/// What hidden lines begin with: mdBook hides every line that does, so no visible one may. None where nothing is hidden.
fn hiding(code: &[Line]) -> Option<String> {
    if code.iter().all(|line| !line.hidden) {
        return None;
    }
    let mut prefix = "~".to_owned();
    while code.iter().any(|line| !line.hidden && line.text.trim_start().starts_with(&prefix)) {
        prefix.push('~');
    }
    Some(prefix)
}

fn html(lines: &mut Lines<'_>, language: &str, classes: &[&str], code: &[Line]) {
    let class = format!("language-{language} {}", classes.join(" "));
    let mut html = format!("<pre><code class=\"{}\">", escape(&class));
    for line in code {
        let mut marked = escape(&line.text);
        for (is_so, class) in [(line.printed, "exemplar-printed"), (line.highlighted, "exemplar-highlighted")]
        {
            if is_so {
                marked = format!("<span class=\"{class}\">{marked}</span>");
            }
        }
        marked.push_str(&escape("\n"));
        if line.hidden {
            marked = format!("<span class=\"boring\">{marked}</span>");
        }
        html.push_str(&marked);
    }
    html.push_str("</code></pre>");
    lines.push_html(&html);
}

#[cfg(test)]
mod tests {
    use super::{Line, Lines, weave};

    fn woven(code: &[Line]) -> String {
        let mut woven = String::new();
        weave(&mut Lines::new(&mut woven, "> "), "python", &["exemplar", "wide"], code);
        woven
    }

    #[test]
    fn a_listing_without_marks_is_a_fence_that_nothing_closes() {
        let hidden = Line { hidden: true, ..Line::plain("a = 1") };
        assert_eq!(woven(&[Line::plain("x")]), "```python,exemplar,wide\n> x\n> ```");
        assert_eq!(
            woven(&[hidden, Line::plain("  ~b"), Line::plain("````")]),
            "`````python,exemplar,wide,hidelines=~~\n> ~~a = 1\n>   ~b\n> ````\n> `````"
        );
    }

    #[test]
    fn marked_lines_make_it_one_line_of_html() {
        let hidden = Line { hidden: true, ..Line::plain("a < 1") };
        let highlighted = Line { highlighted: true, ..Line::plain("{{#include x}}") };
        let printed = Line { printed: true, ..Line::plain("") };
        assert_eq!(
            woven(&[hidden, highlighted, printed]),
            "<!-- --><pre><code class=\"language-python exemplar wide\"><span class=\"boring\">a &lt; 1&#10;</span>\
             <span class=\"exemplar-highlighted\">&#123;&#123;#include x}}</span>&#10;\
             <span class=\"exemplar-printed\"></span>&#10;</code></pre>"
        );
    }
}
