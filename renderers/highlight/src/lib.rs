//! The tokens of code, for every renderer: one reading of a listing, whatever it is shown on.
//!
//! - [`Language`]: what is read, by the tags of fences;
//! - [`grammar`]: tree-sitter's grammars and what their captures are to us;
//! - [`session`]: prompts, code and output of sessions and consoles.
//!
//! tree-sitter reads code that is incomplete or wrong too, as the code of a book may be on purpose, and knows `match` the name from `match`
//! the statement. The classes are few: a page needs to be told apart at a glance, not parsed by its reader. Languages are those that a
//! book on Python shows; one more costs its grammar in every build (SQL's alone is 2.4 MB), so the site leaves others to highlight.js, and
//! the PDF sets them in one colour.

mod grammar;
mod session;

use std::ops::Range;

use self::grammar::Grammar;

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// A name, a bracket, white space.
    Plain,
    /// A word of the language.
    Keyword,
    /// A string, but for what an f-string evaluates.
    String,
    /// A comment.
    Comment,
    /// A number, or `True`, `False` and `None`.
    Constant,
    /// A function, where it is defined or called; a command.
    Function,
    /// A class or type.
    Type,
    /// A function of Python's own.
    Builtin,
    /// An operator.
    Operator,
    /// The name of a value in data, or of a tag's attribute; a variable of a shell.
    Attribute,
    /// A tag of HTML.
    Tag,
    /// A prompt, with the white space around it.
    Prompt,
    /// What was printed.
    Output,
    /// What was printed from a traceback on.
    Error,
}

impl Token {
    /// The class of `highlight.js`, which styles of both renderers are named by.
    #[must_use]
    pub fn class(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Operator | Self::Output | Self::Error => None,
            Self::Keyword => Some("hljs-keyword"),
            Self::String => Some("hljs-string"),
            Self::Comment => Some("hljs-comment"),
            Self::Constant => Some("hljs-number"),
            Self::Function => Some("hljs-title"),
            Self::Type => Some("hljs-type"),
            Self::Builtin => Some("hljs-built_in"),
            Self::Attribute => Some("hljs-attr"),
            Self::Tag => Some("hljs-name"),
            Self::Prompt => Some("hljs-meta"),
        }
    }
}

/// What can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python without prompts.
    Python,
    /// Python as its prompt shows it.
    Session,
    /// A shell's script.
    Shell,
    /// A shell as its prompt shows it.
    Console,
    /// JSON.
    Json,
    /// TOML, and files of settings that look like it.
    Toml,
    /// YAML.
    Yaml,
    /// HTML, and XML.
    Html,
}

impl Language {
    /// The language of a fence with a tag.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        Some(match tag {
            "python" | "py" | "python3" => Self::Python,
            "pycon" | "doctest" | "python-repl" => Self::Session,
            "bash" | "sh" | "shell" | "zsh" => Self::Shell,
            "console" | "shell-session" => Self::Console,
            "json" | "jsonc" => Self::Json,
            "toml" => Self::Toml,
            "yaml" | "yml" => Self::Yaml,
            "html" | "xml" | "svg" => Self::Html,
            _ => return None,
        })
    }
}

/// Reads code. The ranges follow each other without gaps and cover it; neighbours of one kind are one.
#[must_use]
pub fn read(language: Language, code: &str) -> Vec<(Range<usize>, Token)> {
    match language {
        Language::Python => Grammar::Python.read(code),
        Language::Session => session::read(code, session::PYTHON, Grammar::Python),
        Language::Shell => Grammar::Bash.read(code),
        Language::Console => session::read(code, session::SHELL, Grammar::Bash),
        Language::Json => Grammar::Json.read(code),
        Language::Toml => Grammar::Toml.read(code),
        Language::Yaml => Grammar::Yaml.read(code),
        Language::Html => Grammar::Html.read(code),
    }
}

/// Adds a range to those before it.
fn push(tokens: &mut Vec<(Range<usize>, Token)>, range: Range<usize>, token: Token) {
    match tokens.last_mut() {
        _ if range.is_empty() => {}
        Some((last, kind)) if *kind == token => last.end = range.end,
        _ => tokens.push((range, token)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, Token, read};

    fn of(language: Language, code: &str) -> Vec<(&str, Token)> {
        read(language, code).into_iter().map(|(range, token)| (&code[range], token)).collect()
    }

    #[test]
    fn words_are_told_from_names() {
        let read = of(Language::Python, "match = [print(x)]  # one\nfor x in match:\n    return None\n");
        assert!(read.contains(&("for", Token::Keyword)) && read.contains(&("# one", Token::Comment)));
        assert!(read.contains(&("print", Token::Builtin)) && read.contains(&("None", Token::Constant)));
        assert!(!read.contains(&("match", Token::Keyword)), "{read:?}");
        let soft = of(
            Language::Session,
            ">>> def f(x):\n...     match x:\n...         case [y]: pass\n>>> type Pair = tuple[int, int]\n>>> type(x)\n",
        );
        for word in ["match", "case", "type"] {
            let number = soft.iter().filter(|it| **it == (word, Token::Keyword)).count();
            assert_eq!(number, 1, "{word}: {soft:?}");
        }
        assert!(read.contains(&("in", Token::Keyword)), "{read:?}");
    }

    #[test]
    fn what_an_f_string_evaluates_is_code() {
        let read = of(Language::Python, "f\"a {len(b)!r} c\"");
        assert!(read.contains(&("len", Token::Builtin)), "{read:?}");
        assert!(read.first().is_some_and(|(text, token)| text.starts_with('f') && *token == Token::String));
    }

    #[test]
    fn every_language_has_its_tokens() {
        for (tag, code, wanted) in [
            ("bash", "for f in *.py; do cat \"$f\"; done # all", ("for", Token::Keyword)),
            ("sh", "git commit -m 'x'", ("git", Token::Function)),
            ("json", "{\"a\": [1, true, \"b\"]}", ("\"a\"", Token::Attribute)),
            ("toml", "[book]\ntitle = \"T\"\n", ("title", Token::Attribute)),
            ("yaml", "on:\n  push: [main]  # each\n", ("push", Token::Attribute)),
            ("html", "<a href=\"x\">y</a>", ("a", Token::Tag)),
        ] {
            let read = of(Language::of(tag).unwrap(), code);
            assert!(read.contains(&wanted), "{tag}: {read:?}");
        }
        assert_eq!(Language::of("rust"), None);
    }

    #[test]
    fn any_text_is_covered_once() {
        let all = [
            Language::Python,
            Language::Session,
            Language::Shell,
            Language::Console,
            Language::Json,
            Language::Toml,
            Language::Yaml,
            Language::Html,
        ];
        for code in [
            "",
            "def (",
            "\"",
            "'''\n",
            "é = 'ß'  # 한\n\n",
            "x = \"\\N{BULLET}\"",
            "\u{0}\t;;",
            ">>> é\n...\n... x\n한\n>>>y\n  >>> z\n>>> ",
            "$ a \\\n> b\nc\n$\n",
            "\n\n\n",
        ] {
            for language in all {
                let joined: String = of(language, code).into_iter().map(|(text, _)| text).collect();
                assert_eq!(joined, code, "{language:?}");
            }
        }
    }
}
