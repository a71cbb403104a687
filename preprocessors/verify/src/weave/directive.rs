//! Keeps mdBook's own `links` preprocessor away from verified text.
//!
//! Under a stock `mdbook build`, `links` runs after us, and would expand an `{{#include …}}` that an example happens to print. It takes a
//! backslash before the braces as "leave this be", removes it, and takes all up to the last `}}` of the line with it (its regular
//! expression is `\\\{\{#.*\}\}`), so one backslash before the first directive of a line is enough.

/// Escapes every directive that `links` would act on.
#[must_use]
pub fn escape_directives(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.find("{{#") {
            Some(at) if line[at..].contains("}}") && !line[..at].ends_with('\\') => {
                escaped.push_str(&line[..at]);
                escaped.push('\\');
                escaped.push_str(&line[at..]);
            }
            _ => escaped.push_str(line),
        }
    }
    escaped
}

/// Takes the backslashes off that [`escape_directives`] put in: the text as it reads when `links` is through with it.
#[must_use]
pub fn unescape_directives(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.find("\\{{#").filter(|&at| line[at..].contains("}}")) {
            Some(at) => {
                plain.push_str(&line[..at]);
                plain.push_str(&line[at + 1..]);
            }
            None => plain.push_str(line),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{escape_directives, unescape_directives};

    #[test]
    fn the_first_directive_of_a_line_is_escaped() {
        let text = "a {{#include x}} b {{#include y}}\n{{#not closed\nplain\n";
        assert_eq!(escape_directives(text), "a \\{{#include x}} b {{#include y}}\n{{#not closed\nplain\n");
        assert_eq!(unescape_directives(&escape_directives(text)), text);
    }
}
