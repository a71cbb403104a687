//! Sessions: code behind prompts is one text for the grammar, from first prompt to first prompt; what stands between is output.
//!
//! As doctest reads a session, the second prompt goes on with code only right below it. Elsewhere it is output: a traceback that leaves
//! something out.

use std::ops::Range;

use crate::grammar::Grammar;
use crate::{Token, push};

/// The prompts of a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prompts {
    first: &'static str,
    next: &'static str,
}

/// Python's.
pub(crate) const PYTHON: Prompts = Prompts { first: ">>>", next: "..." };
/// A shell's.
pub(crate) const SHELL: Prompts = Prompts { first: "$", next: ">" };

/// Reads a session.
pub(crate) fn read(text: &str, prompts: Prompts, grammar: Grammar) -> Vec<(Range<usize>, Token)> {
    let mut tokens = Vec::new();
    let mut lines = lines(text).peekable();
    let mut printed = Token::Plain;
    while let Some(line) = lines.next() {
        let content = &text[line.clone()];
        let Some(code) = behind(content, prompts.first) else {
            if printed == Token::Output && content.starts_with("Traceback (most recent call last)") {
                printed = Token::Error;
            }
            push(&mut tokens, line, printed);
            continue;
        };
        // Before the first prompt, nothing was printed.
        printed = Token::Output;
        let mut pieces = vec![(line, code)];
        while let Some(next) = lines.peek() {
            let Some(code) = behind(&text[next.clone()], prompts.next) else { break };
            pieces.push((next.clone(), code));
            lines.next();
        }
        example(text, &pieces, grammar, &mut tokens);
    }
    tokens
}

/// The lines of a text, each with its line feed.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = end;
        end += line.len();
        start..end
    })
}

/// Where the code behind a prompt begins.
fn behind(line: &str, prompt: &str) -> Option<usize> {
    let start = line.len() - line.trim_start_matches([' ', '\t']).len();
    let rest = line[start..].strip_prefix(prompt)?;
    let end = start + prompt.len();
    match rest.chars().next() {
        None | Some('\n' | '\r') => Some(end),
        Some(' ') => Some(end + 1),
        Some(_) => None,
    }
}

/// One example: its lines, each with the place where its code begins.
fn example(
    text: &str,
    pieces: &[(Range<usize>, usize)],
    grammar: Grammar,
    tokens: &mut Vec<(Range<usize>, Token)>,
) {
    let code: String = pieces.iter().map(|(line, code)| &text[line.start + code..line.end]).collect();
    let read = grammar.read(&code);
    let mut read = read.iter().peekable();
    let mut before = 0;
    for (line, code) in pieces {
        let start = line.start + code;
        push(tokens, line.start..start, Token::Prompt);
        let end = before + line.end - start;
        while let Some((range, token)) = read.peek() {
            let (from, to) = (range.start.max(before), range.end.min(end));
            push(tokens, start + from - before..start + to - before, *token);
            if range.end > end {
                break;
            }
            read.next();
        }
        before = end;
    }
}

#[cfg(test)]
mod tests {
    use super::{PYTHON, SHELL, read};
    use crate::Token;
    use crate::grammar::Grammar;

    #[test]
    fn code_is_read_across_its_prompts_and_the_rest_is_output() {
        let session = ">>> s = '''a\n... b'''\n>>> 1/0\nTraceback (most recent call last):\n  ...\nZeroDivisionError: x\n>>> s\n... ";
        let tokens = read(session, PYTHON, Grammar::Python);
        let pieces: Vec<(&str, Token)> =
            tokens.into_iter().map(|(range, token)| (&session[range], token)).collect();
        assert_eq!(
            pieces[..5],
            [
                (">>> ", Token::Prompt),
                ("s ", Token::Plain),
                ("=", Token::Operator),
                (" ", Token::Plain),
                ("'''a\n", Token::String)
            ]
        );
        assert!(pieces.contains(&("b'''", Token::String)), "{pieces:?}");
        let error = "Traceback (most recent call last):\n  ...\nZeroDivisionError: x\n";
        assert!(pieces.contains(&(error, Token::Error)), "{pieces:?}");
    }

    #[test]
    fn a_console_has_commands_and_what_they_printed() {
        let console = "$ cat a \\\n>   b\nfor\n$ ls\n";
        let tokens = read(console, SHELL, Grammar::Bash);
        let pieces: Vec<(&str, Token)> =
            tokens.into_iter().map(|(range, token)| (&console[range], token)).collect();
        assert!(pieces.contains(&("cat", Token::Function)) && pieces.contains(&("for\n", Token::Output)));
        let unprompted = read("pip install x\n", SHELL, Grammar::Bash);
        assert_eq!(unprompted, [(0..14, Token::Plain)]);
    }
}
