//! Characters that word processors put into code: quotes that curve, spaces that don't break, a minus that is none.
//!
//! Within a string they are text, and right. Outside of one Python refuses them.

use exemplar_model::diagnostic::{Diagnostic, Edit};
use exemplar_model::fence::CodeLine;
use exemplar_model::source::Span;

use super::scanner::State;

/// What a character was meant to be.
fn meant(scalar: char) -> Option<&'static str> {
    Some(match scalar {
        '“' | '”' | '„' | '‟' => "\"",
        '‘' | '’' | '‚' | '‛' => "'",
        '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{3000}' => " ",
        '−' => "-",
        '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}' => "",
        _ => return None,
    })
}

/// A lint at the first character of the code that should be another one, with the edits for all of them.
pub(super) fn check<'c>(
    statements: impl IntoIterator<Item = &'c [CodeLine], IntoIter: Clone>,
) -> Option<Diagnostic> {
    let statements = statements.into_iter();
    if statements.clone().flatten().all(|line| line.text.is_ascii()) {
        return None;
    }
    let mut found: Vec<(char, Edit)> = Vec::new();
    for code in statements {
        let mut state = State::Code;
        for line in code {
            state = check_line(line, state, &mut found);
        }
    }
    let (scalar, first) = found.first()?;
    let name = match first.text.as_str() {
        "\"" | "'" => format!("`{scalar}` is no quote that Python knows"),
        "-" => format!("`{scalar}` is no minus sign that Python knows"),
        " " => format!("U+{:04X} is no space that Python knows", u32::from(*scalar)),
        _ => format!("an invisible character, U+{:04X}, stands in this code", u32::from(*scalar)),
    };
    let help = match first.text.as_str() {
        "" => "take it out".to_owned(),
        " " => "put a common space in its place".to_owned(),
        text => format!("put `{text}` in its place"),
    };
    let mut lint = Diagnostic::warning("smart-quote", first.span, name).help(help);
    lint.edits = found.into_iter().map(|(_, edit)| edit).collect();
    Some(lint)
}

/// Looks through a line; what the next one begins in.
fn check_line(line: &CodeLine, state: State, found: &mut Vec<(char, Edit)>) -> State {
    let is_as_written = line.span.range().len() == line.text.len();
    if !is_as_written || !line.text.contains(|scalar| meant(scalar).is_some()) {
        return state.after(&line.text);
    }
    let mut note = |at: usize, scalar: char| {
        if let Some(text) = meant(scalar) {
            let start = line.span.range().start + at;
            let span = Span::new(line.span.file, start..start + scalar.len_utf8());
            found.push((scalar, Edit { span, text: text.to_owned() }));
        }
    };
    let mut state = state;
    let mut from = 0;
    loop {
        let rest = &line.text[from..];
        let mut odd = None;
        let after = state.scan(rest, |at, _| {
            let scalar = rest.get(at..).and_then(|rest| rest.chars().next());
            odd = odd.or(scalar.filter(|&scalar| meant(scalar).is_some()).map(|scalar| (at, scalar)));
        });
        let Some((at, scalar)) = odd else { return after };
        note(from + at, scalar);
        let behind = at + scalar.len_utf8();
        // What stands between two of these quotes is a string: `“it's”`.
        let closing = |it: char| it == scalar || meant(it) == meant(scalar);
        let is_quote = matches!(meant(scalar), Some("\"" | "'"));
        let partner = rest[behind..].find(closing).filter(|_| is_quote);
        from += match partner {
            Some(length) => {
                let scalar = rest[behind + length..].chars().next().unwrap_or_default();
                note(from + behind + length, scalar);
                behind + length + scalar.len_utf8()
            }
            None => behind,
        };
        state = State::Code;
    }
}
