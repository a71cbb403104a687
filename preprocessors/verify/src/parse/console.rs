//! Reads the commands of a shell and what each prints, as a terminal shows them: `$ ` before a command, `> ` before its further lines.
//!
//! Only that much of a shell's grammar is known as tells whether a command goes on (POSIX shell, 2.2 quoting, 2.3 here-documents, 2.4
//! reserved words). A root prompt is deliberately absent: `# ` begins a comment as often.

use std::sync::Arc;

use exemplar_model::fence::{CodeLine, Expected, ShellCommand};
use exemplar_model::source::ExpandedText;

use super::line::Line;

const FIRST: &str = "$ ";
const FURTHER: &str = "> ";

/// The commands of a fence; none where no line has the prompt. Lines before the first prompt are passed over.
pub(super) fn commands(lines: &[Line<'_>], expanded: &ExpandedText) -> Vec<ShellCommand> {
    let is_prompt = |line: &Line<'_>, indent| line.indent() == indent && after(line, FIRST).is_some();
    let Some(first) = lines.iter().position(|line| after(line, FIRST).is_some()) else { return Vec::new() };
    let indent = lines[first].indent();
    let mut commands = Vec::new();
    let mut at = first;
    while let Some(line) = lines.get(at) {
        let length = 1 + further(&lines[at..], |line| is_prompt(line, indent));
        let mut code = Vec::with_capacity(length);
        for (index, line) in lines[at..at + length].iter().enumerate() {
            let mark = if index == 0 { FIRST } else { FURTHER };
            code.push(line.code(expanded, after(line, mark).unwrap_or(indent.min(line.indent()))));
        }
        let has_code = !line.text[after(line, FIRST).unwrap_or_default()..].trim().is_empty();
        let output = &lines[at + length..];
        let end = output.iter().position(|line| is_prompt(line, indent)).unwrap_or(output.len());
        if has_code {
            commands.push(ShellCommand { code, expected: stated(&output[..end], indent, expanded) });
        }
        at += length + end;
    }
    commands
}

/// The byte behind a prompt; a prompt alone has nothing behind it.
fn after(line: &Line<'_>, mark: &str) -> Option<usize> {
    let indent = line.indent();
    let rest = &line.text[indent..];
    let is_bare = rest.trim_end() == mark.trim_end();
    (rest.starts_with(mark) || is_bare).then(|| (indent + mark.len()).min(line.text.len()))
}

/// What stands below a command, without the blank lines that set it off from the next one.
fn stated(lines: &[Line<'_>], indent: usize, expanded: &ExpandedText) -> Option<Arc<Expected>> {
    let last = lines.iter().rposition(|line| !line.is_blank())?;
    let line = |line: &Line<'_>| line.code(expanded, indent.min(line.indent()));
    let lines: Vec<CodeLine> = lines[..=last].iter().map(line).collect();
    Some(Arc::new(Expected::from_lines(lines)))
}

/// How many lines below the first one belong to its command.
///
/// With their own prompt they do as long as the command is not complete. Without one they do behind a backslash; in quotes and
/// here-documents only where these end before the next command: an apostrophe in an output's prose must not swallow the fence.
fn further(lines: &[Line<'_>], is_prompt: impl Fn(&Line<'_>) -> bool) -> usize {
    let mut shell = Shell::default();
    shell.read(&lines[0].text[after(&lines[0], FIRST).unwrap_or_default()..]);
    let mut sure = 0;
    for (index, line) in lines.iter().enumerate().skip(1) {
        let behind_backslash = shell.carried;
        match after(line, FURTHER).filter(|_| !shell.is_complete()) {
            Some(from) => {
                shell.read(&line.text[from..]);
                sure = index;
            }
            None if shell.is_open() && !is_prompt(line) => {
                shell.read(&line.text);
                if behind_backslash || !shell.is_open() {
                    sure = index;
                }
            }
            None => break,
        }
    }
    sure
}

/// What a command is in the middle of.
#[derive(Debug, Default)]
struct Shell {
    quote: Option<char>,
    /// The words that end here-documents, and whether tabs before them go.
    documents: Vec<(String, bool)>,
    /// Whether the last line ends in a backslash.
    carried: bool,
    /// Whether the last line ends in `|`, `&&` or `||`.
    joined: bool,
    /// How many of `if`, `do`, `case`, `{` and `(` have no partner.
    depth: usize,
}

impl Shell {
    fn is_complete(&self) -> bool {
        !self.is_open() && !self.joined && self.depth == 0
    }

    /// Whether the next line belongs to the command even without a prompt.
    fn is_open(&self) -> bool {
        self.quote.is_some() || self.carried || !self.documents.is_empty()
    }

    fn read(&mut self, line: &str) {
        if let Some((end, tabs)) = self.documents.first().filter(|_| self.quote.is_none() && !self.carried) {
            let line = if *tabs { line.trim_start_matches('\t') } else { line };
            if line.trim_end() == end {
                self.documents.remove(0);
            }
            return;
        }
        self.carried = false;
        let mut word = String::new();
        let mut rest = line.chars().peekable();
        let mut last = ' ';
        while let Some(scalar) = rest.next() {
            match (self.quote, scalar) {
                (Some('"') | None, '\\') => {
                    self.carried = rest.next().is_none();
                    word.push(' ');
                }
                (Some(quote), _) if scalar == quote => self.quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"' | '`') => {
                    self.quote = Some(scalar);
                    word.push(' ');
                }
                (None, '#') if last.is_whitespace() => break,
                (None, '<') if rest.peek() == Some(&'<') => {
                    rest.next();
                    let behind: String = rest.clone().collect();
                    // `<<<` is a string, not a document.
                    match behind.strip_prefix('<') {
                        Some(_) => drop(rest.next()),
                        None => self.documents.extend(document(&behind)),
                    }
                }
                (None, '(' | '{') => self.depth += 1,
                (None, ')' | '}') => self.depth = self.depth.saturating_sub(1),
                (None, _) if scalar.is_whitespace() || scalar == ';' => self.word(&std::mem::take(&mut word)),
                (None, _) => word.push(scalar),
            }
            last = scalar;
        }
        self.word(&word);
        let code = line.trim_end();
        self.joined = self.quote.is_none() && (code.ends_with('|') || code.ends_with("&&"));
    }

    fn word(&mut self, word: &str) {
        match word {
            "if" | "do" | "case" => self.depth += 1,
            "fi" | "done" | "esac" => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// The word that ends a here-document, from what stands behind `<<`.
fn document(behind: &str) -> Option<(String, bool)> {
    let (tabs, rest) = behind.strip_prefix('-').map_or((false, behind), |rest| (true, rest));
    let word: String = rest
        .trim_start()
        .chars()
        .take_while(|it| !it.is_whitespace() && !matches!(it, ';' | '|' | '&' | '>' | '<' | ')'))
        .filter(|it| !matches!(it, '\'' | '"' | '\\'))
        .collect();
    (!word.is_empty()).then_some((word, tabs))
}
