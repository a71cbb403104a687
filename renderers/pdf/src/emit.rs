//! Writing Typst: text goes in as string literals only.
//!
//! Nothing that a book says is ever markup. So no chapter can call a function of Typst's, read a file or change a page, and every space
//! stays. Beside the source, a map is kept of where each literal comes from.

use std::ops::Range;

/// Typst source in the making.
#[derive(Debug, Default)]
pub(crate) struct Source {
    text: String,
    /// Where literals begin, and the bytes of the woven text that they stand for; in order.
    origins: Vec<(usize, Range<usize>)>,
}

impl Source {
    /// Writes markup of our own.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    /// Writes text into markup.
    pub(crate) fn text(&mut self, text: &str, from: &Range<usize>) {
        if !text.is_empty() {
            self.raw("#");
            self.literal(text, from);
        }
    }

    /// Writes a string literal.
    pub(crate) fn literal(&mut self, text: &str, from: &Range<usize>) {
        self.origins.push((self.text.len(), from.clone()));
        self.text.push_str(&literal(text));
    }

    /// Writes a call of one of our functions with a string.
    pub(crate) fn call(&mut self, function: &str, text: &str, from: &Range<usize>) {
        self.raw("#");
        self.raw(function);
        self.raw("(");
        self.literal(text, from);
        self.raw(")");
    }

    /// The source, and where its literals come from.
    pub(crate) fn finish(self) -> (String, Origins) {
        (self.text, Origins(self.origins))
    }
}

/// Where the literals of a source come from.
#[derive(Debug, Default)]
pub(crate) struct Origins(Vec<(usize, Range<usize>)>);

impl Origins {
    /// The bytes of the woven text that a piece of the source stands for: those of its first literal, or of the last one before it.
    pub(crate) fn of(&self, piece: &Range<usize>) -> Option<Range<usize>> {
        let next = self.0.partition_point(|(start, _)| *start < piece.start);
        let own = self.0.get(next).filter(|(start, _)| *start < piece.end);
        own.or_else(|| self.0.get(next.checked_sub(1)?)).map(|(_, range)| range.clone())
    }
}

/// A string literal of Typst's.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of string literals, as an array of Typst's.
pub(crate) fn array<S: AsRef<str>>(texts: &[S]) -> String {
    let items: String = texts.iter().map(|text| literal(text.as_ref()) + ",").collect();
    format!("({items})")
}

#[cfg(test)]
mod tests {
    use super::{Source, array, literal};

    #[test]
    fn literals_hold_anything() {
        for (text, expected) in [
            ("a", r#""a""#),
            ("\" + panic() + \"", r#""\" + panic() + \"""#),
            ("\\u{41}", r#""\\u{41}""#),
            ("#import \"x\"\n]", r##""#import \"x\"\n]""##),
            ("\u{1b}[0m", r#""\u{1b}[0m""#),
        ] {
            assert_eq!(literal(text), expected);
        }
        assert_eq!(array(&["a", "b\""]), r#"("a","b\"",)"#);
        assert_eq!(array::<&str>(&[]), "()");
    }

    #[test]
    fn what_is_written_knows_where_it_comes_from() {
        let mut source = Source::default();
        source.raw("[");
        source.text("a", &(3..4));
        source.call("c", "b", &(9..12));
        let (text, origins) = source.finish();
        assert_eq!(text, "[#\"a\"#c(\"b\")");
        assert_eq!(origins.of(&(0..1)), None);
        assert_eq!(origins.of(&(0..4)), Some(3..4));
        assert_eq!(origins.of(&(3..4)), Some(3..4));
        assert_eq!(origins.of(&(5..12)), Some(9..12));
    }
}
