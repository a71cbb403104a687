//! Writing into a page without leaving the lists and block quotes that a fence stands in.

/// Begins a line of HTML that ends with itself: what begins with a comment ends on the line where the comment does (CommonMark 4.6, kind
/// 2), and may interrupt a paragraph. So neither the line before it nor the author's next line needs a blank line between, which would
/// make a tight list loose; and a fence may stand between an opening and a closing tag.
const ALONE: &str = "<!-- -->";

/// Writes lines at the place of a fence.
pub(super) struct Lines<'a> {
    woven: &'a mut String,
    prefix: &'a str,
    first: bool,
}

impl<'a> Lines<'a> {
    /// Begins where the fence did: the page has the prefix of the first line already.
    pub(super) fn new(woven: &'a mut String, prefix: &'a str) -> Self {
        Self { woven, prefix, first: true }
    }

    /// Writes a line of Markdown.
    pub(super) fn push(&mut self, line: &str) {
        if !self.first {
            self.woven.push('\n');
            self.woven.push_str(if line.is_empty() { self.prefix.trim_end() } else { self.prefix });
            if self.prefix.ends_with('>') && !line.is_empty() {
                // One space behind the mark of a quote belongs to the mark (CommonMark 5.1): without it, the line would lose its own.
                self.woven.push(' ');
            }
        }
        self.first = false;
        self.woven.push_str(line);
    }

    /// Writes HTML that has no line feed in it.
    pub(super) fn push_html(&mut self, html: &str) {
        self.push(&format!("{ALONE}{html}"));
    }
}

/// Text as HTML, in one line, as text or as a quoted attribute. A line feed stays one for the reader, and is none for Markdown, which
/// would end the HTML at it; braces are none for mdBook's directives.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '{' => escaped.push_str("&#123;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Lines, escape};

    #[test]
    fn lines_stay_in_their_containers() {
        for (prefix, expected) in [
            ("", "a\n\n<!-- --><p>"),
            ("  ", "a\n\n  <!-- --><p>"),
            ("> ", "a\n>\n> <!-- --><p>"),
            (">", "a\n>\n> <!-- --><p>"),
        ] {
            let mut woven = String::new();
            let mut lines = Lines::new(&mut woven, prefix);
            lines.push("a");
            lines.push("");
            lines.push_html("<p>");
            assert_eq!(woven, expected, "{prefix:?}");
        }
    }

    #[test]
    fn escaped_text_is_one_line_without_markup_or_directive() {
        assert_eq!(escape("<a b=\"&\">\n{{#x}}"), "&lt;a b=&quot;&amp;&quot;&gt;&#10;&#123;&#123;#x}}");
    }
}
