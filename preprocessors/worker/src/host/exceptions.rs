//! Exceptions of plain steps, told without Python.
//!
//! Of most exceptions a book shows there is little to tell: a builtin one without a cause, raised in code of the page. What `describe`
//! (`driver/exceptions.py`) does about one takes as long as compiling and running ten examples, most of it in `traceback`, which parses the
//! line to put carets below it. Here the form of the line is enough to know where they stand. Whatever is not known from its form is left
//! to the driver.
//!
//! Invariant: a text is the one that this interpreter's own `traceback` gives. That is looked at with an example of each form before the
//! first session ([`look`]), and nothing is told here where one differs.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use exemplar_model::outcome::Raised;
use pyo3::exceptions::{PyAttributeError, PyException, PyImportError, PyNameError, PySyntaxError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};
use pyo3::{PyTypeInfo, ffi, intern};

/// Whether this is right about the interpreter.
static IS_RIGHT: AtomicBool = AtomicBool::new(false);

/// The most frames of a traceback, and characters of a message, that are told here.
const MOST_FRAMES: usize = 16;
const LONGEST_MESSAGE: usize = 1 << 16;

/// Operators with two sides whose own place is marked, the longer ones first; and those that are not.
const OPERATORS: [&str; 13] = ["**", "//", "<<", ">>", "+", "-", "*", "/", "%", "&", "|", "^", "@"];
const COMPARISONS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];

/// What may not stand in an operand's brackets.
const NESTING: [char; 8] = ['(', ')', '[', ']', '{', '}', '\'', '"'];

/// How statements begin that raise as a whole.
const STATEMENTS: [&str; 5] = ["raise ", "assert ", "del ", "import ", "from "];

/// An exception, and where it was raised.
pub(super) struct Told {
    pub(super) raised: Raised,
    pub(super) at: (String, usize),
}

/// What a traceback's frames are known by.
pub(super) struct Sources<'a, 'py> {
    /// The file names of the session's own code, and the step that each stands for.
    pub(super) own: &'a Bound<'py, PyDict>,
    /// The module `linecache`.
    pub(super) linecache: &'a Bound<'py, PyAny>,
}

/// An exception as the driver's `describe` has it; none where that is the driver's affair.
pub(super) fn describe(error: &Bound<'_, PyAny>, sources: &Sources<'_, '_>) -> Option<Told> {
    // What goes wrong on the way, as in a `linecache` that a page has changed, goes wrong there in the way that it should.
    IS_RIGHT.load(Ordering::Relaxed).then(|| told(error, sources).ok().flatten()).flatten()
}

fn told(error: &Bound<'_, PyAny>, sources: &Sources<'_, '_>) -> PyResult<Option<Told>> {
    if !is_simple(error)? {
        return Ok(None);
    }
    let kind = error.get_type();
    let mut lineage = Vec::new();
    for base in &kind.mro() {
        let Some(names) = names(base.cast()?)? else { return Ok(None) };
        lineage.extend(names.into_iter().filter(|name| !lineage.contains(name)).collect::<Vec<_>>());
    }
    let Some(name) = names(&kind)?.and_then(|mut names| names.pop()) else { return Ok(None) };
    let Some((stack, at)) = stack(error, sources)? else { return Ok(None) };
    let summary = match error.str() {
        Ok(text) => match text.to_str()? {
            "" => format!("{name}\n"),
            text if text.len() <= LONGEST_MESSAGE => format!("{name}: {text}\n"),
            _ => return Ok(None),
        },
        Err(_) => format!("{name}: <exception str() failed>\n"),
    };
    let raised = Raised {
        kind: name,
        lineage,
        traceback: format!("Traceback (most recent call last):\n{stack}{summary}"),
        summary,
        at_compile: false,
        exit_status: None,
    };
    Ok(Some(Told { raised, at }))
}

/// Whether an exception has nothing to tell but its message and where it was raised.
fn is_simple(error: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = error.py();
    // From CPython 3.12 on, names that are like the missing one are suggested.
    let suggests = py.version_info() >= (3, 12)
        && (error.is_instance_of::<PyNameError>()
            || error.is_instance_of::<PyAttributeError>()
            || error.is_instance_of::<PyImportError>());
    if suggests || !error.is_instance_of::<PyException>() || error.is_instance_of::<PySyntaxError>() {
        return Ok(false);
    }
    // SAFETY: the object is an exception, so that it begins with this structure.
    let has_attributes = unsafe { !(*error.as_ptr().cast::<ffi::PyBaseExceptionObject>()).dict.is_null() };
    let is_builtin = is_static(&error.get_type());
    Ok((is_builtin || error.get_type().get_type().is(PyType::type_object(py)))
        && ((is_builtin && !has_attributes) || !error.hasattr(intern!(py, "__notes__"))?)
        && (is_builtin || !error.hasattr(intern!(py, "exceptions"))?)
        && error.getattr(intern!(py, "__cause__"))?.is_none()
        && error.getattr(intern!(py, "__context__"))?.is_none())
}

/// Whether a type is one of those that are made by C code, once for all.
fn is_static(kind: &Bound<'_, PyType>) -> bool {
    // SAFETY: the type is alive, and this field does not change.
    unsafe { (*kind.as_type_ptr()).tp_flags & ffi::Py_TPFLAGS_HEAPTYPE == 0 }
}

/// A type's name without and with its module, as tracebacks print it. None where the module is no text.
fn names(kind: &Bound<'_, PyType>) -> PyResult<Option<Vec<String>>> {
    let py = kind.py();
    let name: String = kind.getattr(intern!(py, "__qualname__"))?.extract()?;
    let module = kind.getattr(intern!(py, "__module__"))?;
    let Ok(module) = module.cast::<PyString>() else { return Ok(None) };
    Ok(Some(match module.to_str()? {
        "builtins" | "__main__" => vec![name],
        module => {
            let with_module = format!("{module}.{name}");
            vec![name, with_module]
        }
    }))
}

/// The frames of a traceback as text, and the place of the innermost. None where one of them is not of the session's own code, or raises on
/// a line whose form says too little.
fn stack(error: &Bound<'_, PyAny>, sources: &Sources<'_, '_>) -> PyResult<Option<(String, (String, usize))>> {
    let py = error.py();
    let cache = sources.linecache.getattr(intern!(py, "cache"))?;
    let Ok(cache) = cache.cast_exact::<PyDict>() else { return Ok(None) };
    let mut text = String::new();
    let mut at: Option<((String, usize), String, String)> = None;
    let mut next_place = PyErr::from_value(error.clone()).traceback(py).map(Bound::into_any);
    for _ in 0..MOST_FRAMES {
        let Some(place) = next_place.filter(|place| !place.is_none()) else {
            return Ok(at.map(|(at, ..)| (text, at)));
        };
        let line: usize = place.getattr(intern!(py, "tb_lineno"))?.extract()?;
        let code = place.getattr(intern!(py, "tb_frame"))?.getattr(intern!(py, "f_code"))?;
        let file = code.getattr(intern!(py, "co_filename"))?;
        let function = code.getattr(intern!(py, "co_name"))?;
        let (Some(own), Some(entry)) = (sources.own.get_item(&file)?, cache.get_item(&file)?) else {
            return Ok(None);
        };
        let (Ok(file), Ok(own), Ok(function)) =
            (file.extract::<String>(), own.extract::<String>(), function.extract::<String>())
        else {
            return Ok(None);
        };
        let Some(source) = line_of(&entry, line) else { return Ok(None) };
        let instruction: usize = place.getattr(intern!(py, "tb_lasti"))?.extract()?;
        let Some(columns) = columns(&code, instruction, line)? else { return Ok(None) };
        let next = Some(((own, line), file, function));
        if at == next {
            // Repetitions are told in a way of their own.
            return Ok(None);
        }
        let Some(((_, line), file, function)) = &next else { return Ok(None) };
        let _ = writeln!(text, "  File \"{file}\", line {line}, in {function}\n    {}", source.trim_ascii());
        match carets(&source, columns) {
            Some(carets) => text.push_str(&carets),
            None => return Ok(None),
        }
        at = next;
        next_place = Some(place.getattr(intern!(py, "tb_next"))?);
    }
    Ok(None)
}

/// A line of an entry of `linecache.cache`, if it is a simple one: of ASCII, and without blanks at its end.
fn line_of(entry: &Bound<'_, PyAny>, line: usize) -> Option<String> {
    let lines = entry.cast_exact::<PyTuple>().ok()?.get_borrowed_item(2).ok()?.to_owned();
    let line = lines.cast_exact::<PyList>().ok()?.get_item(line.checked_sub(1)?).ok()?;
    let text = line.cast::<PyString>().ok()?.to_str().ok()?.strip_suffix('\n')?;
    let is_simple = text.is_ascii() && !text.bytes().any(|byte| byte < b' ') && !text.ends_with(' ');
    (is_simple && !text.is_empty()).then(|| text.to_owned())
}

/// Where an instruction stands in its line. None where it stands in several.
fn columns(code: &Bound<'_, PyAny>, instruction: usize, line: usize) -> PyResult<Option<(usize, usize)>> {
    let mut positions = code.call_method0(intern!(code.py(), "co_positions"))?.try_iter()?;
    let Some(position) = positions.nth(instruction / 2).transpose()? else { return Ok(None) };
    let position: Option<(usize, usize, usize, usize)> = position.extract().ok();
    Ok(position.and_then(|(first, last, start, end)| {
        (first == line && last == line && start < end).then_some((start, end))
    }))
}

/// The line of carets below a line, or nothing where all of it is meant. None where they can't be known.
fn carets(line: &str, (start, end): (usize, usize)) -> Option<String> {
    let segment = line.get(start..end)?;
    let marks = marks(segment)?;
    let stripped = line.trim_ascii_start();
    let before = start.checked_sub(line.len() - stripped.len())?;
    let indent = |marks: &str| format!("    {}{marks}\n", " ".repeat(before));
    Some(match marks {
        Some((left, right)) => {
            let of = |mark: &str, count| mark.repeat(count);
            indent(&(of("~", left) + &of("^", right - left) + &of("~", segment.len() - right)))
        }
        None if segment.len() < stripped.len() => indent(&"^".repeat(segment.len())),
        None => String::new(),
    })
}

/// The part of a segment that is marked before all others: an operator, or what stands in brackets. None where the form of the segment
/// does not tell.
#[expect(clippy::option_option, reason = "what is not known is not what is not there")]
fn marks(segment: &str) -> Option<Option<(usize, usize)>> {
    if STATEMENTS.iter().any(|word| segment.starts_with(word)) {
        return Some(None);
    }
    let rest = segment.strip_prefix('-').unwrap_or(segment);
    let signed = rest.len() < segment.len();
    let left = operand(rest)?;
    let rest = &rest[left..];
    if rest.is_empty() {
        return Some(None);
    }
    if signed {
        return None;
    }
    if let Some(index) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let signless = index.strip_prefix('-').unwrap_or(index);
        return (operand(signless)? == signless.len()).then_some(Some((left, segment.len())));
    }
    let operation = rest.trim_ascii_start();
    let at = segment.len() - operation.len();
    let (operator, is_marked) = (OPERATORS.iter().map(|operator| (operator, true)))
        .chain(COMPARISONS.iter().map(|operator| (operator, false)))
        .find(|(operator, _)| operation.starts_with(**operator))?;
    let right = operation[operator.len()..].trim_ascii_start();
    let right = right.strip_prefix('-').unwrap_or(right);
    // Where an operand in parentheses begins and ends, the parentheses apart, is another matter.
    let is_bare = !segment.starts_with('(') && !right.starts_with('(');
    (is_bare && operand(right)? == right.len()).then_some(is_marked.then_some((at, at + operator.len())))
}

/// How long the operand is that a text begins with: a name, a number, a plain string, brackets without others in them, and the attributes
/// and one call behind that. None where it begins with nothing of that.
fn operand(text: &str) -> Option<usize> {
    let word = |text: &str| {
        text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)).count()
    };
    let until = |text: &str, end: char, without: &[char]| {
        let length = text.get(1..)?.find(end)? + 2;
        (!text[1..length - 1].contains(without)).then_some(length)
    };
    let mut length = match text.chars().next()? {
        quote @ ('\'' | '"') => until(text, quote, &['\\'])?,
        '(' => until(text, ')', &NESTING)?,
        '[' => until(text, ']', &NESTING)?,
        _ => Some(word(text)).filter(|&length| length > 0)?,
    };
    let rest = &text[length..];
    length += if rest.starts_with('.') { word(rest) } else { 0 };
    if text[length..].starts_with('(') {
        length += until(&text[length..], ')', &['(', ')'])?;
    }
    // A word right behind it: a keyword's operator, or a prefix of a string.
    let goes_on = text[length..].trim_ascii_start();
    let is_known = goes_on.is_empty()
        || !goes_on.starts_with(|next: char| next.is_alphanumeric() || "'\"_".contains(next));
    is_known.then_some(length)
}

/// Lines of each form, each of which is on the way to an exception.
const SAMPLES: [&str; 2] = [
    "class Deep:
    def __getitem__(self, key):
        return (1, 2)[self] if key == 'x' else self / 0
    def __index__(self):
        x = self[-1]
        return x
    def __truediv__(self, other):
        return 'a' + self
    def __radd__(self, other):
        2**self + 1
    def __rpow__(self, other):
        1 < self
    def __gt__(self, other):
        -self
    def __neg__(self):
        return self.x.y
    def __getattr__(self, name):
        print(self // -2)
    def __floordiv__(self, other):
        [1][other]
deep = Deep()
deep['x']
",
    "def small(x):
    assert x > 1, 'small'
def large(x):
    try:
        small(x)
    except AssertionError:
        pass
    int(x) + 1
    raise KeyError('x')
large('1'); 3
",
];

/// Lets exceptions be told here, if the texts are those of this interpreter's `traceback` for lines of each form.
pub(super) fn look(py: Python<'_>) -> PyResult<()> {
    let traceback = py.import("traceback")?;
    let linecache = py.import("linecache")?;
    let cache = linecache.getattr("cache")?;
    let compile = py.import("builtins")?.getattr("compile")?;
    let own = PyDict::new(py);
    let file = "<exemplar sample>";
    own.set_item(file, file)?;
    let sources = Sources { own: &own, linecache: &linecache };
    let is_right = SAMPLES.into_iter().all(|sample| {
        let compared = || -> PyResult<bool> {
            let lines: Vec<&str> = sample.split_inclusive('\n').collect();
            cache.set_item(file, (sample.len(), py.None(), lines, file))?;
            let code = compile.call1((sample, file, "exec"))?;
            let names = PyDict::new(py);
            // SAFETY: the thread is attached to the interpreter. The arguments are a code object without free variables, and a dictionary.
            let ran = unsafe {
                let value = ffi::PyEval_EvalCode(code.as_ptr(), names.as_ptr(), names.as_ptr());
                Bound::from_owned_ptr_or_err(py, value)
            };
            let Err(error) = ran else { return Ok(false) };
            let error = error.into_value(py).into_bound(py).into_any();
            let joined = |function| -> PyResult<String> {
                Ok(traceback.call_method1(function, (&error,))?.extract::<Vec<String>>()?.concat())
            };
            Ok(match told(&error, &sources)? {
                Some(told) => {
                    told.raised.traceback == joined("format_exception")?
                        && told.raised.summary == joined("format_exception_only")?
                }
                None => false,
            })
        };
        compared().unwrap_or(false)
    });
    cache.del_item(file)?;
    IS_RIGHT.store(is_right, Ordering::Relaxed);
    Ok(())
}
