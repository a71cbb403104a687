//! Which names a piece of Python would bind in its module, told from its text.
//!
//! Only to find out what a `NameError` follows from, so it is small: it knows imports, assignments, `def`, `class`, `for`, `with … as`
//! and `:=`, looks into blocks but not into the bodies of functions and classes, and passes over what it does not understand. Code that
//! does not compile is read too: it is often the one that everything else follows from.

use super::tokens::{Line, Token, lines};

/// How much of a statement is read, in tokens. A longer one is data, of which the beginning says what it is bound to; and what nests
/// deeper than this would be no Python.
const LONGEST: usize = 1000;

/// The names that a piece of Python would bind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Bindings {
    pub(super) names: Vec<String>,
    star: bool,
}

impl Bindings {
    /// The bindings of a source text.
    pub(super) fn of(source: &str) -> Self {
        let mut bindings = Self::default();
        // The indentation of the `def` or `class` whose body is passed over.
        let mut passed_over = None;
        for Line { indent, tokens } in lines(source) {
            if passed_over.is_some_and(|outer| indent > outer) {
                continue;
            }
            passed_over = bindings.read(&tokens[..tokens.len().min(LONGEST)]).then_some(indent);
        }
        bindings
    }

    /// The bindings of one line, with those of what it opens left out.
    pub(super) fn of_line(tokens: &[Token<'_>]) -> Self {
        let mut bindings = Self::default();
        bindings.read(&tokens[..tokens.len().min(LONGEST)]);
        bindings
    }

    /// Whether a name is bound by name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Whether any name at all may be bound, by `from … import *`.
    pub(super) fn has_star(&self) -> bool {
        self.star
    }

    fn add(&mut self, name: &str) {
        self.names.push(name.to_owned());
    }

    /// Reads one statement, and says whether it opens the body of a function or class.
    fn read(&mut self, tokens: &[Token<'_>]) -> bool {
        match tokens {
            [Token::Word("async"), rest @ ..] => return self.read(rest),
            [Token::Word("def" | "class"), Token::Word(name), ..] => {
                self.add(name);
                return true;
            }
            [Token::Word("import"), rest @ ..] => self.read_import(rest),
            [Token::Word("from"), rest @ ..] => {
                let names = rest.iter().position(|token| *token == Token::Word("import"));
                self.read_imported(names.map_or(&[], |at| &rest[at + 1..]));
            }
            [Token::Word("for"), rest @ ..] => {
                let target = at_depth_0(rest, Token::Word("in")).map_or(&[][..], |at| &rest[..at]);
                self.read_target(target);
                return self.read_behind_colon(rest);
            }
            [Token::Word("with"), rest @ ..] => {
                let header = at_depth_0(rest, Token::Sign(":")).map_or(rest, |at| &rest[..at]);
                self.read_with(header);
                return self.read_behind_colon(rest);
            }
            [Token::Word("if" | "elif" | "else" | "while" | "try" | "except" | "finally"), rest @ ..] => {
                self.read_walruses(tokens);
                return self.read_behind_colon(rest);
            }
            [Token::Word("type"), Token::Word(name), Token::Sign("=" | "["), ..] => self.add(name),
            _ => self.read_assignment(tokens),
        }
        self.read_walruses(tokens);
        false
    }

    /// `if x: y = 1`: the statement behind the colon.
    fn read_behind_colon(&mut self, tokens: &[Token<'_>]) -> bool {
        at_depth_0(tokens, Token::Sign(":")).is_some_and(|at| self.read(&tokens[at + 1..]))
    }

    /// `a.b` binds `a`, `a.b as c` binds `c`.
    fn read_import(&mut self, tokens: &[Token<'_>]) {
        for module in tokens.split(|token| *token == Token::Sign(",")) {
            match module {
                [.., Token::Word("as"), Token::Word(name)] | [Token::Word(name), ..] => self.add(name),
                _ => {}
            }
        }
    }

    /// What stands behind `from … import`.
    fn read_imported(&mut self, tokens: &[Token<'_>]) {
        let bare: Vec<Token<'_>> =
            tokens.iter().filter(|token| !matches!(token, Token::Sign("(" | ")"))).copied().collect();
        self.star |= bare.contains(&Token::Sign("*"));
        self.read_import(&bare);
    }

    /// Each `as` of a `with`, which may stand in brackets.
    fn read_with(&mut self, header: &[Token<'_>]) {
        for (at, _) in header.iter().enumerate().filter(|(_, token)| **token == Token::Word("as")) {
            let behind = &header[at + 1..];
            let target = at_depth_0(behind, Token::Sign(",")).map_or(behind, |end| &behind[..end]);
            // `with (open(p) as f):` ends the target with a bracket that it did not open.
            let target = unopened(target).map_or(target, |end| &target[..end]);
            self.read_target(target);
        }
    }

    /// `a = b, (c, *d) = …`, `a: int = …`.
    fn read_assignment(&mut self, tokens: &[Token<'_>]) {
        let mut rest = tokens;
        while let Some(at) = at_depth_0(rest, Token::Sign("=")) {
            let target = &rest[..at];
            let target = at_depth_0(target, Token::Sign(":")).map_or(target, |colon| &target[..colon]);
            if !self.read_target(target) {
                // `lambda x=1: x`, and whatever else is no target: what follows is no assignment.
                return;
            }
            rest = &rest[at + 1..];
        }
    }

    fn read_walruses(&mut self, tokens: &[Token<'_>]) {
        for pair in tokens.windows(2) {
            if let [Token::Word(name), Token::Sign(":=")] = pair {
                self.add(name);
            }
        }
    }

    /// Binds the names of a target, and says whether it is one. Attributes and items are targets that bind no name.
    fn read_target(&mut self, tokens: &[Token<'_>]) -> bool {
        let mut rest = tokens;
        loop {
            let end = at_depth_0(rest, Token::Sign(",")).unwrap_or(rest.len());
            let element = &rest[..end];
            let element = element.strip_prefix(&[Token::Sign("*")]).unwrap_or(element);
            let is_target = match element {
                [] => !tokens.is_empty(),
                [Token::Word(name)] => {
                    self.add(name);
                    true
                }
                [Token::Sign("(" | "["), inner @ .., Token::Sign(")" | "]")] if unopened(inner).is_none() => {
                    inner.is_empty() || self.read_target(inner)
                }
                [Token::Word(_) | Token::Sign("("), Token::Sign(_), ..] => true,
                _ => false,
            };
            if !is_target {
                return false;
            }
            if end == rest.len() {
                return true;
            }
            rest = &rest[end + 1..];
        }
    }
}

/// Where a token stands outside of all brackets.
pub(super) fn at_depth_0(tokens: &[Token<'_>], wanted: Token<'_>) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        match token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == wanted
    })
}

/// Where a bracket closes that these tokens don't open.
fn unopened(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| match token {
        Token::Sign("(" | "[" | "{") => {
            depth += 1;
            false
        }
        Token::Sign(")" | "]" | "}") if depth == 0 => true,
        Token::Sign(")" | "]" | "}") => {
            depth -= 1;
            false
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::Bindings;
    use proptest::collection::vec;
    use proptest::proptest;
    use proptest::sample::select;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let mut names = Bindings::of(source).names;
        names.sort();
        names.dedup();
        assert_eq!(names, expected, "{source}");
    }

    #[test]
    fn imports_bind_what_they_name() {
        check("import a.b, c as d, e.f as g", &["a", "d", "g"]);
        check("from m import a, b as c", &["a", "c"]);
        check("from . import (  # parts\n    a,\n    b as c,\n)", &["a", "c"]);
        check("from m import \\\n    a", &["a"]);
        assert!(Bindings::of("from numpy import *").has_star());
        assert!(!Bindings::of("x = a * b").has_star());
    }

    #[test]
    fn assignments_bind_their_targets() {
        check("a = b = 1", &["a", "b"]);
        check("a, (b, *c), [d] = f(x=1)", &["a", "b", "c", "d"]);
        check("a,\\\n b = 1, 2; c = 3", &["a", "b", "c"]);
        check("a: int = 1", &["a"]);
        check("a: int", &[]);
        check("a += 1", &[]);
        check("a.b = c[0] = d", &[]);
        check("a == b; f(c=1)", &[]);
        check("g = lambda x=1, y=2: x", &["g"]);
        check("print(n := 10, [m := 1])", &["m", "n"]);
        check("type Pair[T] = tuple[T, T]", &["Pair"]);
        check("type = 3", &["type"]);
        check("a.b, c = 1, 2", &["c"]);
        check("f(x).y, (g()[0]), z = 1", &["z"]);
    }

    #[test]
    fn blocks_are_read_and_bodies_are_not() {
        check("def f(a, b=1):\n    c = 1\n\nd = 2", &["d", "f"]);
        check("@cached\nasync def f(): x = 1", &["f"]);
        check("class A(B, metaclass=M):\n    x = 1\n    def m(self):\n        y = 2\nz = 3", &["A", "z"]);
        check("if x:\n    a = 1\nelse:\n    b = 2", &["a", "b"]);
        check("if (n := f()) > 1: a = n", &["a", "n"]);
        check("for i, (j, k) in pairs: total = i", &["i", "j", "k", "total"]);
        check("try: import a\nexcept ImportError as e: a = None", &["a"]);
        check("squares = [x for x in y]", &["squares"]);
        check("if x: \n    def f():\n        y = 1\n    z = 2", &["f", "z"]);
    }

    #[test]
    fn with_binds_what_stands_behind_as() {
        check("with open(p) as f, g(h, i) as (j, k): x = 1", &["f", "j", "k", "x"]);
        check("with (\n    open(p) as f,\n    lock,\n    g() as h\n):\n    pass", &["f", "h"]);
        check("async with a as b.c:\n    d = 1", &["d"]);
    }

    #[test]
    fn strings_and_comments_bind_nothing() {
        check("'''\na = 1\n'''  # b = 2", &[]);
        check("x = rb'\\'; y = 1'; z = f\"{w}\"", &["x", "z"]);
        check("s = \"\"\"a\n\"\"\"\nt = 'it''s'", &["s", "t"]);
        check("'unterminated\nx = 1", &["x"]);
    }

    #[test]
    fn the_beginning_of_data_is_enough() {
        check(&format!("table = [{}]", "1, ".repeat(2000)), &["table"]);
        check(&format!("{}x{} = y", "(".repeat(100_000), ")".repeat(100_000)), &[]);
        check(&"if x: ".repeat(100_000), &[]);
    }

    proptest! {
        #[test]
        fn anything_at_all_can_be_read(pieces in vec(select(PIECES), 0..30)) {
            let _ = Bindings::of(&pieces.concat());
        }
    }

    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "import ", "from ", "def ", "class ", "for ", "in ", "with ", "as ", "if ", "async ", "type ", "lambda ", "x", "é", "1",
        "=", ":=", ":", ";", ",", ".", "*", "(", ")", "[", "]", "{", "}", "\"", "'", "\"\"\"", "\\", "#", "\n", "\r\n", "    ", "\t", "\u{a0}",
    ];
}
