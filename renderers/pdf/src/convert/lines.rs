//! The lines of a listing: read into pieces of one style, and wrapped at the last column.
//!
//! A prompt is no text: it is drawn, as is the mark of a line that goes on, which stands at the line's own indent.

use exemplar_highlight::{Language, Token};
use unicode_width::UnicodeWidthChar;

use super::listing::Woven;

/// What a listing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A session with prompts.
    Session,
    /// Python without.
    Script,
    /// Commands of a shell.
    Console,
    /// What was printed.
    Output,
    /// What was printed, and ends in an exception.
    Error,
    /// Code of another language.
    Other(Language),
    /// Anything else.
    Plain,
}

impl Kind {
    /// The kind by the classes of the `code`, and its first line: in a chapter that nobody wove, tags may lie.
    pub(super) fn of(classes: &[&str], first: Option<&str>) -> Self {
        let has = |class: &str| classes.contains(&class);
        let language = classes.iter().find_map(|class| class.strip_prefix("language-")).unwrap_or_default();
        match language {
            _ if has("exemplar-error") => Self::Error,
            _ if has("exemplar-output") => Self::Output,
            _ => match Language::of(language) {
                Some(Language::Session) => Self::Session,
                Some(Language::Python) if first.is_some_and(|line| line.trim_start().starts_with(">>>")) => {
                    Self::Session
                }
                Some(Language::Python) => Self::Script,
                Some(Language::Console) => Self::Console,
                Some(language) => Self::Other(language),
                None => Self::Plain,
            },
        }
    }
}

/// How a piece looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Code.
    Token(Token),
    /// What was printed.
    Output,
    /// The end in an exception.
    Error,
}

impl Style {
    fn of(token: Token) -> Self {
        match token {
            Token::Output => Self::Output,
            Token::Error => Self::Error,
            // An operator looks like a name; one piece less is one mark less for those who listen.
            Token::Operator => Self::Token(Token::Plain),
            token => Self::Token(token),
        }
    }
}

/// A prompt of Python's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    /// `>>>`.
    First,
    /// `...`.
    Next,
}

/// A row on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its prompt.
    pub(super) prompt: Option<Prompt>,
    /// Its text.
    pub(super) pieces: Vec<(String, Style)>,
    /// Whether it is highlighted.
    pub(super) highlighted: bool,
    /// Of a row that goes on from the one above: the columns before its mark.
    pub(super) continues: Option<usize>,
}

impl Line {
    fn new(pieces: Vec<(String, Style)>, woven: &Woven) -> Self {
        Self { prompt: None, pieces, highlighted: woven.highlighted, continues: None }
    }

    fn push(&mut self, part: &str, style: Style) {
        match self.pieces.last_mut() {
            Some((last, known)) if *known == style => last.push_str(part),
            // White space has no colour.
            Some((last, _)) if part.trim().is_empty() => last.push_str(part),
            _ => self.pieces.push((part.to_owned(), style)),
        }
    }

    /// Whether it is part of an error.
    pub(super) fn is_error(&self) -> bool {
        self.pieces.iter().any(|(text, style)| *style == Style::Error && !text.is_empty())
    }
}

/// Reads the lines of a listing.
pub(super) fn read(kind: Kind, lines: &[Woven]) -> Vec<Line> {
    let all =
        |style: Style| lines.iter().map(|line| Line::new(vec![(line.text.clone(), style)], line)).collect();
    match kind {
        Kind::Session => coloured(Language::Session, lines),
        Kind::Script => coloured(Language::Python, lines),
        Kind::Console => coloured(Language::Console, lines),
        Kind::Other(language) => coloured(language, lines),
        Kind::Output => all(Style::Output),
        Kind::Error => all(Style::Error),
        Kind::Plain => all(Style::Token(Token::Plain)),
    }
}

/// Lines of code, cut into pieces of one style each. Python's prompts are taken off.
fn coloured(language: Language, woven: &[Woven]) -> Vec<Line> {
    let text = woven.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    let mut lines: Vec<Line> = woven.iter().map(|line| Line::new(Vec::new(), line)).collect();
    let mut at = 0;
    for (range, token) in exemplar_highlight::read(language, &text) {
        let piece = &text[range];
        for (number, part) in piece.split('\n').enumerate() {
            at += usize::from(number > 0);
            let Some(line) = lines.get_mut(at).filter(|_| !part.is_empty()) else { continue };
            if token == Token::Prompt && language == Language::Session {
                line.prompt = Some(if part.trim() == ">>>" { Prompt::First } else { Prompt::Next });
            } else {
                let is_printed = woven[at].printed || (token == Token::Comment && piece.starts_with("#>"));
                line.push(part, if is_printed { Style::Output } else { Style::of(token) });
            }
        }
    }
    lines
}

/// Rows of at most so many columns.
pub(super) fn wrapped(lines: Vec<Line>, columns: usize) -> Vec<Line> {
    lines.into_iter().flat_map(|line| wrap(line, columns)).collect()
}

fn wrap(line: Line, columns: usize) -> Vec<Line> {
    const MARK: usize = 2;
    let prompt = if line.prompt.is_some() { 4 } else { 0 };
    let glyphs: Vec<(char, Style)> =
        line.pieces.iter().flat_map(|(text, style)| text.chars().map(|c| (c, *style))).collect();
    let width = |glyphs: &[(char, Style)]| glyphs.iter().map(|(c, _)| c.width().unwrap_or(0)).sum::<usize>();
    if prompt + width(&glyphs) <= columns {
        return vec![line];
    }
    let own = glyphs.iter().take_while(|(c, _)| *c == ' ').count();
    let indent = (prompt + own).min(columns / 2);
    let mut rows = Vec::new();
    let mut rest = glyphs.as_slice();
    while !rest.is_empty() {
        let is_first = rows.is_empty();
        let room = if is_first { columns - prompt } else { columns - indent - MARK };
        let end = break_at(rest, room);
        rows.push(Line {
            prompt: line.prompt.filter(|_| is_first),
            pieces: pieces(&rest[..end]),
            highlighted: line.highlighted,
            continues: (!is_first).then_some(indent),
        });
        rest = &rest[end..];
    }
    rows
}

/// How many characters go into a row: up to a space or a bracket in its second half, else as many as there is room for.
fn break_at(glyphs: &[(char, Style)], room: usize) -> usize {
    let mut used = 0;
    let mut fits = 0;
    for (c, _) in glyphs {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        fits += 1;
    }
    if fits == glyphs.len() {
        return fits;
    }
    let is_good = |at: &usize| matches!(glyphs[at - 1].0, ' ' | ',' | '(' | '[' | '{' | '=' | '/');
    let good = (fits / 2 + 1..=fits).rev().find(is_good);
    good.unwrap_or(fits).max(1)
}

fn pieces(glyphs: &[(char, Style)]) -> Vec<(String, Style)> {
    let mut pieces: Vec<(String, Style)> = Vec::new();
    for (c, style) in glyphs {
        match pieces.last_mut() {
            Some((text, last)) if last == style => text.push(*c),
            _ => pieces.push((c.to_string(), *style)),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Kind, Line, Prompt, Style, Woven, read, wrapped};

    fn lines(text: &str) -> Vec<Woven> {
        text.lines().map(|line| Woven { text: line.into(), ..Woven::default() }).collect()
    }

    fn text(line: &Line) -> String {
        line.pieces.iter().map(|(text, _)| text.as_str()).collect()
    }

    #[test]
    fn prompts_are_no_text_and_a_traceback_is_an_error() {
        let session = ">>> if x:\n...     y\n...\nz\n>>> 1/0\nTraceback (most recent call last):\n  ...\nZeroDivisionError: x\n>>> 1";
        let read = read(Kind::Session, &lines(session));
        let prompts: Vec<Option<Prompt>> = read.iter().map(|line| line.prompt).collect();
        let (first, next) = (Some(Prompt::First), Some(Prompt::Next));
        assert_eq!(prompts[..5], [first, next, next, None, first]);
        assert_eq!(read.iter().map(Line::is_error).filter(|is| *is).count(), 3);
        assert_eq!(text(&read[1]), "    y");
    }

    #[test]
    fn a_long_line_goes_on_at_its_own_indent() {
        let code = "    result = call(first_argument, second_argument)";
        let rows = wrapped(read(Kind::Script, &lines(code)), 30);
        assert_eq!(rows.iter().map(text).collect::<String>(), code);
        assert_eq!(rows.iter().map(|row| row.continues).collect::<Vec<_>>(), [None, Some(4), Some(4)]);
    }

    #[test]
    fn nothing_is_lost_whatever_the_width() {
        for code in ["", "한글한글한글한글", "x".repeat(300).as_str(), "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦"]
        {
            let rows = wrapped(
                vec![Line {
                    prompt: Some(Prompt::First),
                    pieces: vec![(code.to_owned(), Style::Output)],
                    highlighted: false,
                    continues: None,
                }],
                10,
            );
            assert_eq!(rows.iter().map(text).collect::<String>(), code);
        }
    }
}
