//! What an example showed beside text: figures, images, and what objects show of themselves in HTML.
//!
//! Everything comes from code that a pull request may have brought, and goes to readers of a site. So images stand in `img` elements,
//! where scripts in an SVG don't run, and HTML is reduced to what tells something: no script, no style, no event handler, no form, no
//! image from elsewhere. The page stays whole offline.

use std::borrow::Cow;
use std::collections::HashSet;

use ammonia::Builder;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exemplar_model::outcome::Display;

use super::lines::escape;

/// The words for an image that its author need not describe: all but figures.
const UNDESCRIBED: &str = "the image that this example shows";

/// Each display as HTML without a line feed. `alt` is what the author says that the images show.
pub(super) fn html(displays: &[&Display], alt: Option<&str>) -> Vec<String> {
    let images = displays.iter().filter(|display| display.mime.starts_with("image/")).count();
    let mut image = 0;
    let mut shown = Vec::new();
    for display in displays {
        let data = match display.mime.as_str() {
            "image/svg+xml" => STANDARD.encode(&display.data),
            // What comes from the example may be anything but base64, and must not end the attribute.
            "image/png" => display
                .data
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
                .collect(),
            "text/html" => {
                shown.push(format!(
                    "<div class=\"exemplar-shown exemplar-rich\">{}</div>",
                    sanitised(&display.data)
                ));
                continue;
            }
            _ => continue,
        };
        image += 1;
        let words = alt.unwrap_or(UNDESCRIBED);
        let words = if images > 1 {
            Cow::Owned(format!("{words} ({image} of {images})"))
        } else {
            Cow::Borrowed(words)
        };
        shown.push(format!(
            "<div class=\"exemplar-shown exemplar-image\"><img src=\"data:{};base64,{data}\" alt=\"{}\"></div>",
            display.mime,
            escape(&words)
        ));
    }
    shown
}

/// HTML that can do nothing but be read, in one line.
fn sanitised(html: &str) -> String {
    let clean = Builder::default()
        .add_generic_attributes(["class"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "data"]))
        .attribute_filter(|element, attribute, value| {
            let is_image = value.starts_with("data:image/");
            let keeps = match (element, attribute) {
                ("img", "src") => is_image,
                _ => !value.trim_start().to_ascii_lowercase().starts_with("data:"),
            };
            keeps.then_some(Cow::Borrowed(value))
        })
        .clean(html)
        .to_string();
    // A header cell without words heads nothing: pandas leaves one above the index.
    clean
        .trim()
        .replace("<th></th>", "<td></td>")
        .replace('\n', "&#10;")
        .replace('\r', "&#13;")
        .replace('{', "&#123;")
}

#[cfg(test)]
mod tests {
    use super::{html, sanitised};
    use exemplar_model::outcome::Display;

    fn display(mime: &str, data: &str) -> Display {
        Display { mime: mime.to_owned(), data: data.to_owned(), figure: false }
    }

    #[test]
    fn html_keeps_what_is_read_and_loses_what_acts() {
        for (given, expected) in [
            (
                "<div>\n<style scoped>\n th { top: 0 }\n</style>\n<table border=\"1\" class=\"dataframe\">\n<tr style=\"text-align: right;\"><th></th><th>a</th></tr></table></div>",
                "<div>&#10;&#10;<table class=\"dataframe\">&#10;<tbody><tr><td></td><th>a</th></tr></tbody></table></div>",
            ),
            ("<b onclick=\"x()\">a</b><script>alert(1)</script>", "<b>a</b>"),
            ("<a href=\"javascript:x()\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<a href=\" data:text/html,x\">a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<img src=\"https://example.org/x.png\"><iframe src=\"x\"></iframe>", "<img>"),
            ("<img src=\"data:image/png;base64,AA==\">", "<img src=\"data:image/png;base64,AA==\">"),
            ("a --> b <!-- c -->{{#include x}}\n\n# d", "a --&gt; b &#123;&#123;#include x}}&#10;&#10;# d"),
            ("<form action=\"x\"><input></form></div><p>open", "<p>open</p>"),
        ] {
            assert_eq!(sanitised(given), expected, "{given}");
        }
    }

    #[test]
    fn images_are_part_of_the_page() {
        let svg = display("image/svg+xml", "<svg/>");
        let png = display("image/png", "AA=\n=\"><script>");
        assert_eq!(
            html(&[&svg], Some("a \"line\"")),
            [
                "<div class=\"exemplar-shown exemplar-image\"><img src=\"data:image/svg+xml;base64,PHN2Zy8+\" alt=\"a &quot;line&quot;\"></div>"
            ]
        );
        assert_eq!(
            html(&[&svg, &display("text/x", ""), &png], None),
            [
                "<div class=\"exemplar-shown exemplar-image\"><img src=\"data:image/svg+xml;base64,PHN2Zy8+\" alt=\"the image that this example shows (1 of 2)\"></div>",
                "<div class=\"exemplar-shown exemplar-image\"><img src=\"data:image/png;base64,AA==script\" alt=\"the image that this example shows (2 of 2)\"></div>",
            ]
        );
    }
}
