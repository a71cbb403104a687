//! Which names a piece of Python uses from outside of itself, and which it changes, told from its text.
//!
//! Only to find out whether a failure may come of another one above it, so it is small, as [`bindings`](super::bindings) is: it follows
//! names and not values, takes each branch for taken, and passes over what it does not understand. What goes through files, through
//! `globals()` or through an object with two names is not seen.

use super::bindings::{Bindings, at_depth_0};
use super::tokens::{Line, Token, lines};

/// Words that are no names, and names that hold what everybody has.
const NO_NAMES: [&str; 45] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return", "self", "cls", "try", "type",
    "while", "with", "yield", "_", "__name__", "print", "len", "super",
];

/// Methods of modules that change what the whole process does.
const OF_THE_PROCESS: [&str; 4] = ["chdir", "seed", "setlocale", "setrecursionlimit"];

const ASSIGNMENTS: [&str; 14] =
    ["=", "+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**="];

/// What goes in and out of a piece of Python, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Flow {
    /// What it uses and has not bound itself before.
    pub(super) uses: Vec<String>,
    /// What it binds anew.
    pub(super) binds: Vec<String>,
    /// What it may change in place: the objects of its method calls, and what it assigns attributes and items of.
    pub(super) changes: Vec<String>,
}

impl Flow {
    /// The flow of a source text.
    pub(super) fn of(source: &str) -> Self {
        let mut flow = Self { binds: Bindings::of(source).names, ..Self::default() };
        // Names of functions, of their parameters and of what is assigned in their bodies are known from there on.
        let mut own: Vec<String> = Vec::new();
        for Line { tokens, .. } in lines(source) {
            own.extend(parameters(&tokens));
            own.extend(loop_variables(&tokens));
            own.extend(caught(&tokens));
            for (at, name) in names(&tokens) {
                let is_own = own.iter().any(|known| known == name);
                if !is_own && !is_target(&tokens, at) {
                    push(&mut flow.uses, name);
                }
                if !is_own && is_changed(&tokens, at) {
                    push(&mut flow.changes, name);
                }
            }
            own.extend(Bindings::of_line(&tokens).names);
        }
        for field in fields(source) {
            for Line { tokens, .. } in lines(field) {
                for (_, name) in names(&tokens).filter(|(_, name)| !own.iter().any(|known| known == name)) {
                    push(&mut flow.uses, name);
                }
            }
        }
        flow
    }
}

fn push(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

/// The names among the tokens: no keywords, no attributes, and no names of keyword arguments.
fn names<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = (usize, &'a str)> + 't {
    let mut depth = 0_usize;
    tokens.iter().enumerate().filter_map(move |(at, token)| {
        match token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ => {}
        }
        let Token::Word(word) = token else { return None };
        let is_attribute = at > 0 && tokens[at - 1] == Token::Sign(".");
        let is_keyword = depth > 0 && tokens.get(at + 1) == Some(&Token::Sign("="));
        (!is_attribute && !is_keyword && !NO_NAMES.contains(word)).then_some((at, *word))
    })
}

/// What stands between the brackets of a `def`, and between `lambda` and its colon.
fn parameters(tokens: &[Token<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = tokens;
    while let Some(at) = rest.iter().position(|token| matches!(token, Token::Word("def" | "lambda"))) {
        let is_lambda = rest[at] == Token::Word("lambda");
        rest = &rest[at + 1..];
        let mut depth = usize::from(is_lambda);
        let mut is_first = is_lambda;
        for token in rest {
            match token {
                Token::Sign("(" | "[" | "{") => {
                    depth += 1;
                    is_first = depth == 1;
                }
                Token::Sign(")" | "]" | "}") => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                Token::Sign(":") if is_lambda && depth == 1 => break,
                Token::Sign(",") => is_first = depth == 1,
                Token::Sign("*" | "**" | "/") => {}
                Token::Word(name) => {
                    if std::mem::take(&mut is_first) {
                        found.push((*name).to_owned());
                    }
                }
                _ => is_first = false,
            }
        }
    }
    found
}

/// `x` of `for x in …`, in loops and comprehensions.
fn loop_variables(tokens: &[Token<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_target = false;
    for token in tokens {
        match token {
            Token::Word("for") => is_target = true,
            Token::Word("in") => is_target = false,
            Token::Word(name) if is_target => found.push((*name).to_owned()),
            _ => {}
        }
    }
    found
}

/// `error` of `except OSError as error:`.
fn caught(tokens: &[Token<'_>]) -> Option<String> {
    let at = tokens.iter().position(|token| *token == Token::Word("as"))?;
    match tokens.get(at + 1) {
        Some(Token::Word(name)) if tokens.first() == Some(&Token::Word("except")) => Some((*name).to_owned()),
        _ => None,
    }
}

/// Whether the name at this place is bound there and nothing else: `x` of `x = 1`, of `import x`, of `def x`.
fn is_target(tokens: &[Token<'_>], at: usize) -> bool {
    if matches!(tokens.first(), Some(Token::Word("import" | "from")))
        || at > 0 && matches!(tokens[at - 1], Token::Word("def" | "class" | "as"))
    {
        return true;
    }
    let mut equals = 0;
    while let Some(next) = at_depth_0(&tokens[equals..], Token::Sign("=")) {
        equals += next + 1;
    }
    let alone = |sign: Option<&Token<'_>>| !matches!(sign, Some(Token::Sign("." | "[" | "(")));
    at < equals
        && alone(tokens.get(at + 1))
        && tokens[..at]
            .iter()
            .all(|token| matches!(token, Token::Word(_) | Token::Sign("," | "*" | "(" | "=")))
}

/// Whether what the name at this place stands for may be changed: by a method, or by an assignment to its items or attributes.
fn is_changed(tokens: &[Token<'_>], at: usize) -> bool {
    let mut end = at + 1;
    let mut last = None;
    while let [Token::Sign("."), Token::Word(attribute), ..] = tokens[end..] {
        last = Some(attribute);
        end += 2;
    }
    if tokens.get(end) == Some(&Token::Sign("(")) && last.is_some() {
        return true;
    }
    let is_assigned = |sign: &&str| at_depth_0(tokens, Token::Sign(sign)).is_some();
    let is_deleted = tokens.first() == Some(&Token::Word("del"));
    begins_statement(tokens, at) && !is_target(tokens, at) && ASSIGNMENTS.iter().any(is_assigned)
        || is_deleted && at == 1
}

/// Whether a statement begins here: a line, or what stands behind the colon of `while x: y += 1`.
fn begins_statement(tokens: &[Token<'_>], at: usize) -> bool {
    let is_clause = matches!(
        tokens.first(),
        Some(Token::Word("if" | "elif" | "else" | "for" | "while" | "try" | "except" | "finally" | "with"))
    );
    at == 0 || is_clause && at_depth_0(tokens, Token::Sign(":")) == Some(at - 1)
}

/// Whether a piece of Python calls a function of a module that changes the whole process: then its module is as good as changed.
pub(super) fn changes_process(source: &str) -> bool {
    OF_THE_PROCESS.iter().any(|name| source.contains(&format!(".{name}(")))
}

/// What stands in the braces of f-strings.
fn fields(source: &str) -> impl Iterator<Item = &str> {
    let is_formatted =
        ["f\"", "f'", "F\"", "F'", "fr\"", "rf\""].iter().any(|prefix| source.contains(prefix));
    let pieces = source.split('{').skip(1).filter_map(|piece| piece.split_once('}'));
    // What converts or formats the value is no code.
    let value = |field: &'_ str| field.find(['!', ':']).map_or(field.len(), |at| at);
    pieces.map(move |(field, _)| &field[..value(field)]).filter(move |_| is_formatted)
}

#[cfg(test)]
mod tests {
    use super::Flow;
    use proptest::collection::vec;
    use proptest::proptest;
    use proptest::sample::select;

    #[track_caller]
    fn check(source: &str, uses: &[&str], changes: &[&str]) {
        let flow = Flow::of(source);
        assert_eq!((flow.uses, flow.changes), (owned(uses), owned(changes)), "{source}");
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn names_from_outside_are_used() {
        check("x = a + b.c(d=e)", &["a", "b", "e"], &["b"]);
        check("a = 1\nb = a", &[], &[]);
        check("print(f\"{name!r} of {len(items)}\")", &["name", "items"], &[]);
        check("import a\na.b()", &[], &[]);
        check("a, b = b, a", &["b", "a"], &[]);
    }

    #[test]
    fn what_is_bound_in_functions_and_loops_is_not() {
        check("def f(a, b=1, *c, **d: int):\n    e = a + g\n    return e", &["int", "g"], &[]);
        check("[x * y for x in z]", &["y", "z"], &[]);
        check("for i, j in pairs:\n    print(i, j)", &["pairs"], &[]);
        check("try:\n    f(x)\nexcept E as error:\n    raise error.also(y)", &["f", "x", "E", "y"], &[]);
        check("sorted(words, key=lambda w: (len(w), w))", &["sorted", "words"], &[]);
    }

    #[test]
    fn methods_and_items_change() {
        check("names.remove('x')", &["names"], &["names"]);
        check("table[key] = 1", &["table", "key"], &["table"]);
        check("total += 1", &["total"], &["total"]);
        check("while True: total += 1", &["total"], &["total"]);
        check("if x: y", &["x", "y"], &[]);
        check("del names[0]", &["names"], &["names"]);
        check("names == other", &["names", "other"], &[]);
    }

    proptest! {
        #[test]
        fn anything_at_all_can_be_read(pieces in vec(select(PIECES), 0..30)) {
            let _ = Flow::of(&pieces.concat());
        }
    }

    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "def ", "lambda ", "for ", "in ", "import ", "del ", "x", "é", "1", "=", "+=", ":=", ":", ",", ".", "*", "**", "(", ")", "[", "]",
        "{", "}", "f\"", "'", "\"\"\"", "\\", "#", "\n", "    ",
    ];
}
