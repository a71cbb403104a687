//! Tracebacks are those of the interpreter, whoever puts them together.

use exemplar_model::outcome::Ending;

use super::{prompt, pythons, run, script, session};

/// What the lines raise on, and `shown`, which prints what `traceback` says of a line.
const SETUP: &str = "\
import linecache, traceback
x, none, numbers, words = 3, None, [], {}
def deep(n):
    if n:
        return deep(n - 1)
    return 1 / 0
def deeper(n):
    y = deep(n) + 1
class Own(Exception): pass
class Sub(Own): pass
class Odd(Exception):
    def __str__(self): return 'odd'
class Silent(Exception):
    def __str__(self): raise ValueError
class Noted(Exception):
    __notes__ = ['n']
class Elsewhere(Exception):
    __module__ = 'm'
    __qualname__ = 'a.B'
class Thing:
    def __getitem__(self, key): return numbers[key]
    def __add__(self, other): return none - other
    def fall(self): raise LookupError(self)
thing = Thing()
def shown(code, name):
    try:
        exec(compile(code + '\\n', name, 'single'), globals())
    except Exception as error:
        print(''.join(traceback.format_exception(type(error), error, error.__traceback__.tb_next)), end='')
";

const LINES: [&str; 84] = [
    "numbers[9]",
    "numbers[-1]",
    "numbers[ 9 ]",
    "numbers[(1)]",
    "numbers[1:'a']",
    "numbers[numbers[0]]",
    "words['x']",
    "words['x'][1]",
    "words[']']",
    "(1, 2)[x]",
    "[1][x]",
    "'abc'[x]",
    "y = numbers[3]",
    "numbers[9] = 1",
    "del numbers[9]",
    "1 / 0",
    "1/0",
    "1  /  0",
    "1 / 0 + 2",
    "(x + 1) // (x - 3)",
    "(x)//0",
    "2 *(none)",
    "2**none",
    "x ** none",
    "-x ** none",
    "x << none",
    "'a' + 1",
    "\"a\" + 1",
    "'a' 'b' + 1",
    "'a\\'b' + 1",
    "none + 1e-5",
    "none @ x",
    "x | none",
    "1 < 'a'",
    "1<'a'",
    "x in 5",
    "x is none.y",
    "x and none.y",
    "-none",
    "~none",
    "not none.x",
    "x += none",
    "int('x')",
    "int('x') + 1",
    "int(')')",
    "int(')+1')",
    "int(str('x'))",
    "print(1 / 0)",
    "print(1 / 0, x)",
    "[1 / y for y in (0,)]",
    "f'{1 / 0}'",
    "f'{none.x}' + 'a'",
    "(lambda: 1 / 0)()",
    "int.x",
    "none.x.y",
    "x.y = 5",
    "'abc'.x",
    "'abc'.index('z')",
    "x()",
    "numbers.append(1, 2)",
    "unknown",
    "unknown + 1",
    "print(unknown)",
    "thing[3]",
    "thing + 1",
    "thing.fall()",
    "deep(3)",
    "deeper(0); 3",
    "raise KeyError('x')",
    "raise ValueError",
    "raise ValueError('two\\nlines')",
    "raise OSError(2, 'No', 'f')",
    "raise Own('m')",
    "raise Sub",
    "raise Odd('m')",
    "raise Silent",
    "raise Noted('m')",
    "raise Elsewhere('m')",
    "raise Own('m') from KeyError(1)",
    "assert x > 3",
    "assert x > 3, 'small'",
    "a, b = 1, 2, 3",
    "print('ä', 1 / 0)",
    "for y in 5: pass",
];

#[test]
fn a_traceback_is_what_the_interpreter_says() {
    let mut steps = vec![script(0, SETUP)];
    for (number, line) in LINES.iter().enumerate() {
        let number = number + 1;
        steps.push(prompt(number, line));
        steps.push(prompt(0, &format!("shown({line:?}, '<python-input-{number}>')")));
    }
    let mut differences = String::new();
    for python in pythons() {
        let sessions = [session(steps.clone(), Vec::new())];
        let outcomes = run(&sessions, python.as_deref(), Vec::new());
        for (line, pair) in LINES.iter().zip(outcomes[0][1..].chunks(2)) {
            let Ending::Raised(raised) = &pair[0].ending else {
                panic!("{line} on {python:?}: {:?}", pair[0])
            };
            if raised.traceback != pair[1].stdout || !raised.traceback.ends_with(&raised.summary) {
                differences += &format!("{line}, on {python:?}:\n{}{}\n", raised.traceback, pair[1].stdout);
            }
        }
    }
    assert!(differences.is_empty(), "{differences}");
}
