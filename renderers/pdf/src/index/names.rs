//! Which code of a text is a name of Python's.

const KEYWORDS: &str = "and as assert async await break class continue def del elif else except finally for from global if import in is \
    lambda match nonlocal not or pass raise return try while with yield";

const FUNCTIONS: &str = "abs aiter all anext any ascii bin breakpoint callable chr compile delattr dir divmod enumerate eval exec filter \
    format getattr globals hasattr hash help hex id input isinstance issubclass iter len locals map max min next oct open ord pow print \
    repr reversed round setattr sorted sum super vars zip __import__";

const TYPES: &str = "bool bytearray bytes classmethod complex dict float frozenset int list memoryview object property range set slice \
    staticmethod str tuple type BaseException Exception ExceptionGroup ArithmeticError AssertionError AttributeError EOFError \
    FileExistsError FileNotFoundError FloatingPointError GeneratorExit ImportError IndentationError IndexError InterruptedError \
    IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotImplementedError \
    NotADirectoryError OSError OverflowError PermissionError ProcessLookupError RecursionError ReferenceError RuntimeError \
    StopAsyncIteration StopIteration SyntaxError SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError \
    UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError ZeroDivisionError BytesWarning DeprecationWarning RuntimeWarning \
    ResourceWarning SyntaxWarning UserWarning Warning Ellipsis None NotImplemented True False";

const MODULES: &str = "abc argparse array ast asyncio atexit base64 bisect builtins calendar cmath codecs collections concurrent \
    configparser contextlib contextvars copy csv ctypes dataclasses datetime decimal difflib dis doctest email enum faulthandler \
    fractions functools gc getpass glob gzip hashlib heapq hmac html http importlib inspect io ipaddress itertools json keyword \
    linecache locale logging lzma math mimetypes mmap multiprocessing numbers operator os pathlib pdb pickle pkgutil platform pprint \
    profile queue random re sched secrets select selectors shelve shlex shutil signal site socket sqlite3 ssl stat statistics string \
    struct subprocess sys sysconfig tarfile tempfile textwrap threading time timeit tokenize tomllib traceback tracemalloc types typing \
    unicodedata unittest urllib uuid venv warnings wave weakref xml zipfile zlib zoneinfo numpy np pandas pd pytest torch sklearn polars \
    duckdb pyarrow fastapi pydantic mypy";

/// The entry of the index that a piece of inline code belongs to; none for code that is no name of Python's.
pub(crate) fn entry(code: &str) -> Option<String> {
    let code = code.trim();
    let (name, is_call) = match code.split_once('(') {
        Some((name, rest)) if rest.ends_with(')') => (name, true),
        Some(_) => return None,
        None => (code, false),
    };
    let decorated = name.strip_prefix('@');
    let name = decorated.unwrap_or(name);
    let method = name.strip_prefix('.');
    let parts: Vec<&str> = method.unwrap_or(name).split('.').collect();
    if parts.iter().any(|part| !is_identifier(part)) {
        return None;
    }
    let first = parts[0];
    let has = |list: &str, word: &str| list.split_ascii_whitespace().any(|known| known == word);
    let is_special = |word: &str| word.len() > 4 && word.starts_with("__") && word.ends_with("__");
    let mark = if decorated.is_some() { "@" } else { "" };
    let call = if is_call { "()" } else { "" };
    match (method, parts.len()) {
        (Some(_), 1) if is_call => Some(format!(".{first}()")),
        (Some(_), _) => None,
        (None, 1) if is_special(first) => Some(format!("{first}{call}")),
        (None, 1) if has(FUNCTIONS, first) => Some(format!("{first}()")),
        (None, 1) if has(TYPES, first) => {
            Some(format!("{mark}{first}{}", if is_call && mark.is_empty() { "()" } else { "" }))
        }
        (None, 1) if has(KEYWORDS, first) && !is_call => Some(first.to_owned()),
        (None, 1) if has(MODULES, first) && !is_call && decorated.is_none() => Some(first.to_owned()),
        (None, 2..) if has(MODULES, first) || has(TYPES, first) => Some(format!("{mark}{name}{call}")),
        _ => None,
    }
}

fn is_identifier(part: &str) -> bool {
    let mut letters = part.chars();
    letters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && letters.all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn names_of_python_and_no_others() {
        for (code, expected) in [
            ("sorted(words, key=len)", Some("sorted()")),
            ("sorted", Some("sorted()")),
            ("functools.wraps", Some("functools.wraps")),
            ("@functools.lru_cache(maxsize=None)", Some("@functools.lru_cache()")),
            ("str.split()", Some("str.split()")),
            (".append(x)", Some(".append()")),
            ("__getitem__", Some("__getitem__")),
            ("yield", Some("yield")),
            ("ValueError", Some("ValueError")),
            ("apply_twice(f, x)", None),
            ("main.py", None),
            ("x + 1", None),
            ("hut.name", None),
            ("", None),
            ("(", None),
        ] {
            assert_eq!(entry(code).as_deref(), expected, "{code}");
        }
    }
}
