//! Plain steps, run without the driver's Python around them.
//!
//! Of most steps there is nothing to tell but that they ran, or raised ([`exceptions`](super::exceptions)): a prompted statement, or a script
//! without stated outputs, that does not warn. What `Session.run_step` (`driver/session.py`) does about such a step takes as long in Python as
//! compiling and running it; here, a tenth of that. Whatever is not plain is left to the driver: a step that it gets back before anything
//! was done, or one that ran and has something to tell.
//!
//! Invariant: a session is the same, step by step, as if the driver had run it. `tests/driver.rs` runs its cases both ways, since the
//! external host has no such thing.

mod displays;
mod plain;
mod telling;

use std::ffi::{CStr, CString, c_char, c_int};
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyList, PyString, PyTuple};
use rustix::time::{ClockId, clock_gettime};

use self::plain::Plain;

/// `PyCF_SOURCE_IS_UTF8` and `ast.PyCF_ALLOW_TOP_LEVEL_AWAIT`.
const SOURCE_IS_UTF8: c_int = 0x100;
const TOP_LEVEL_AWAIT: c_int = 0x2000;

/// `inspect.CO_COROUTINE`.
const CO_COROUTINE: c_int = 0x80;

/// `Py_single_input` and `Py_file_input`.
const SINGLE: c_int = 256;
const FILE: c_int = 257;

/// Names that have no meaning without an event loop (`driver/events.py`).
const OF_LOOPS: [&str; 4] = ["create_task", "ensure_future", "gather", "get_running_loop"];

unsafe extern "C" {
    fn PySys_Audit(event: *const c_char, format: *const c_char, ...) -> c_int;
}

/// The words of the state page: the running step's index plus one, and since when it runs.
pub(crate) type State = [AtomicU64; 2];

/// The function that the driver calls: with its session and the index of a step, it runs that step and those behind it as long as they
/// are plain. It gives the index of the first one that is left, whether that one has run, what it raised then, and when it began.
pub(crate) fn function<'py>(py: Python<'py>, state: &'static State) -> PyResult<Bound<'py, PyCFunction>> {
    PyCFunction::new_closure(py, None, None, move |arguments, _named| {
        let (session, index): (Bound<'_, PyAny>, usize) = arguments.extract()?;
        let mut steps = Steps::of(&session, state)?;
        let left = steps.run(index)?;
        Ok::<_, PyErr>((left.index, left.has_run, left.raised.map(Bound::unbind), left.started))
    })
}

/// The step at which plain ones end.
struct Left<'py> {
    index: usize,
    has_run: bool,
    raised: Option<Bound<'py, PyAny>>,
    started: u64,
}

/// What there is to know of a session, and does not change while plain steps run.
struct Steps<'py> {
    py: Python<'py>,
    state: &'static State,
    session: Bound<'py, PyAny>,
    steps: Bound<'py, PyList>,
    namespace: Bound<'py, PyDict>,
    files: Bound<'py, PyDict>,
    compiler: Bound<'py, PyAny>,
    warnings: Bound<'py, PyAny>,
    linecache: Bound<'py, PyAny>,
    system: Bound<'py, PyDict>,
    builtins: Bound<'py, PyDict>,
    spawning: Bound<'py, PyAny>,
    /// What `Spawning.prepare` looks for in a step.
    of_spawning: Vec<String>,
    /// The interpreter's own `sys.displayhook`.
    display_hook: Bound<'py, PyAny>,
    is_rich: Bound<'py, PyAny>,
    may_end_in_expression: Bound<'py, PyAny>,
    streams: [(Bound<'py, PyString>, Bound<'py, PyAny>); 2],
    tracing: [Bound<'py, PyAny>; 4],
    futures: c_int,
    descriptors: [c_int; 3],
    pid: i32,
    boundary: Vec<u8>,
    nonce: Vec<u8>,
    /// What is being written, kept for its room.
    text: Vec<u8>,
}

impl<'py> Steps<'py> {
    fn of(session: &Bound<'py, PyAny>, state: &'static State) -> PyResult<Self> {
        let py = session.py();
        let get = |name: &str| session.getattr(name);
        let fd = |name: &str| session.getattr(name)?.extract::<c_int>();
        let driver = get("end_plain")?;
        let driver = driver.getattr("__globals__")?.cast_into::<PyDict>()?;
        let of_driver =
            |name: &str| driver.get_item(name)?.ok_or_else(|| PyValueError::new_err(name.to_owned()));
        Ok(Self {
            py,
            state,
            session: session.clone(),
            steps: get("steps")?.cast_into()?,
            namespace: get("namespace")?.cast_into()?,
            files: get("files")?.cast_into()?,
            compiler: get("compiler")?,
            warnings: get("warnings")?,
            linecache: of_driver("linecache")?,
            system: of_driver("SYS")?.cast_into()?,
            builtins: of_driver("builtins")?.getattr("__dict__")?.cast_into()?,
            spawning: get("spawning")?,
            of_spawning: of_driver("SPAWNING")?.extract()?,
            display_hook: of_driver("display_hook")?,
            is_rich: of_driver("is_rich")?,
            may_end_in_expression: of_driver("may_end_in_expression")?,
            streams: [
                (intern!(py, "stdout").clone(), get("stdout")?),
                (intern!(py, "stderr").clone(), get("stderr")?),
            ],
            tracing: [
                of_driver("getprofile")?,
                of_driver("setprofile")?,
                of_driver("gettrace")?,
                of_driver("settrace")?,
            ],
            futures: of_driver("FUTURES")?.extract()?,
            descriptors: [fd("out")?, fd("err")?, fd("results")?],
            pid: get("pid")?.extract()?,
            boundary: get("boundary")?.extract()?,
            nonce: get("nonce")?.extract()?,
            text: Vec::new(),
        })
    }

    /// Runs plain steps from this one on.
    fn run(&mut self, first: usize) -> PyResult<Left<'py>> {
        for index in first..self.steps.len() {
            let left = |has_run, raised, started| Left { index, has_run, raised, started };
            let Some(step) = self.plain(index)? else { return Ok(left(false, None, 0)) };
            self.show_source(&step)?;
            if step.kind == FILE {
                self.namespace.set_item(intern!(self.py, "__file__"), &step.name)?;
            }
            let registry = intern!(self.py, "__warningregistry__");
            if self.namespace.contains(registry)? {
                self.namespace.del_item(registry)?;
            }
            let started = now();
            self.tell_state(index as u64 + 1, started);
            let Some(code) = self.compile(&step)? else { return Ok(left(false, None, 0)) };
            if step.may_show
                && let Err(error) = self.prepare_spawning(index, &step)
            {
                // As when user code has closed what it writes to, or a signal's handler raised: the step's affair, and said once.
                let error = error.into_value(self.py).into_bound(self.py).into_any();
                return Ok(left(true, Some(error), started));
            }
            let raised = self.evaluate(&code);
            if rustix::process::getpid().as_raw_nonzero().get() != self.pid {
                // The child of a process that forked in the step: the driver ends it.
                return Ok(left(true, raised, started));
            }
            self.keep_tracing()?;
            let has_some = |of: &Bound<'_, PyAny>, name| of.getattr(name)?.is_truthy();
            let tells = has_some(&self.warnings, intern!(self.py, "given"))?
                || has_some(&self.session, intern!(self.py, "values"))?;
            if tells || self.has_displays(&step, raised.is_some())? {
                return Ok(left(true, raised, started));
            }
            let duration = now().saturating_sub(started);
            let payload = match &raised {
                None => format!("{{\"frame\":\"step\",\"step\":{index},\"ns\":{duration}}}").into_bytes(),
                Some(error) => match self.raised(index, &step, error, duration)? {
                    Some(payload) => payload,
                    None => return Ok(left(true, raised, started)),
                },
            };
            self.flush()?;
            self.tell(index, &payload);
        }
        Ok(Left { index: self.steps.len(), has_run: false, raised: None, started: 0 })
    }

    /// As `Session.show_source`.
    fn show_source(&self, step: &Plain<'py>) -> PyResult<()> {
        let py = self.py;
        self.files.set_item(&step.name, &step.name)?;
        let Ok(cache) = self.linecache.getattr(intern!(py, "cache")) else { return Ok(()) };
        let Ok(cache) = cache.cast_into_exact::<PyDict>() else { return Ok(()) };
        let code = step.source.to_str()?;
        let is_line = code.find('\n').is_none_or(|end| end + 1 == code.len());
        let lines = if is_line {
            PyList::new(py, [&step.source])?
        } else {
            PyList::new(py, code.split_inclusive('\n').collect::<Vec<_>>())?
        };
        cache.set_item(&step.name, (step.source.len()?, py.None(), lines, &step.name))
    }

    /// The step's code. None where it does not compile, or wants an event loop: that is the driver's affair, from its beginning.
    fn compile(&self, step: &Plain<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.py;
        let flags_name = intern!(py, "flags");
        let flags = self.compiler.getattr(flags_name)?.extract::<c_int>()?;
        let Ok(source) = CString::new(step.source.to_str()?) else { return Ok(None) };
        if !self.audited(c"compile", &[step.source.as_any(), step.name.as_any()]) {
            drop(PyErr::take(py));
            return Ok(None);
        }
        let mut flags = ffi::PyCompilerFlags {
            cf_flags: flags | SOURCE_IS_UTF8 | TOP_LEVEL_AWAIT,
            cf_feature_version: c_int::from(py.version_info().minor),
        };
        // SAFETY: the thread is attached to the interpreter. The source ends in a zero, the name is a text, and the flags are those that
        // `compile()` itself would pass; all outlive the call. It gives a new reference, or null with an exception set.
        let code = unsafe {
            let code = ffi::Py_CompileStringObject(
                source.as_ptr(),
                step.name.as_ptr(),
                step.kind,
                &raw mut flags,
                -1,
            );
            Bound::from_owned_ptr_or_err(py, code)
        };
        let Ok(code) = code else { return Ok(None) };
        let own = code.getattr(intern!(py, "co_flags"))?.extract::<c_int>()?;
        let names = code.getattr(intern!(py, "co_names"))?.cast_into::<PyTuple>()?;
        let is_of_loops = |name: &Bound<'_, PyAny>| {
            name.cast::<PyString>().is_ok_and(|name| name.to_str().is_ok_and(|name| OF_LOOPS.contains(&name)))
        };
        if own & CO_COROUTINE != 0 || names.iter_borrowed().any(|name| is_of_loops(&name)) {
            return Ok(None);
        }
        if own & self.futures != 0 {
            let before = self.compiler.getattr(flags_name)?.extract::<c_int>()?;
            self.compiler.setattr(flags_name, before | own & self.futures)?;
        }
        Ok(Some(code))
    }

    /// As `Spawning.prepare`, which has nothing to do in nearly all steps but to note which one it is.
    fn prepare_spawning(&self, index: usize, step: &Plain<'py>) -> PyResult<()> {
        let py = self.py;
        let listens = self.spawning.getattr(intern!(py, "listens"))?.is_truthy()?;
        let code = step.source.to_str()?;
        if !listens
            || self.is_loaded(intern!(py, "multiprocessing"))?
            || !self.spawning.getattr(intern!(py, "fd"))?.is_none()
            || self.of_spawning.iter().any(|word| code.contains(word))
        {
            self.spawning.call_method1(intern!(py, "prepare"), (index,))?;
            return Ok(());
        }
        self.spawning.setattr(intern!(py, "index"), index)
    }

    /// Whether a module is loaded, whatever user code has made of `sys.modules`.
    fn is_loaded(&self, name: &Bound<'py, PyString>) -> PyResult<bool> {
        let modules = self.system.get_item(intern!(self.py, "modules"))?;
        // What is no collection holds nothing.
        Ok(modules.is_some_and(|modules| modules.contains(name).unwrap_or(false)))
    }

    /// Runs code in the session's namespace. Gives what it raised.
    fn evaluate(&self, code: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
        let ran = if self.audited(c"exec", &[code]) {
            let globals = self.namespace.as_ptr();
            // SAFETY: the thread is attached to the interpreter, the first argument is a code object without free variables, as the
            // compiler has just made it, and the others are a dictionary. It gives a new reference, or null with an exception set.
            unsafe {
                Bound::from_owned_ptr_or_err(self.py, ffi::PyEval_EvalCode(code.as_ptr(), globals, globals))
            }
        } else {
            Err(PyErr::fetch(self.py))
        };
        ran.err().map(|error| error.into_value(self.py).into_bound(self.py).into_any())
    }

    /// Tells those who listen to what Python audits. False when one of them raised, and the exception is set.
    fn audited(&self, event: &CStr, arguments: &[&Bound<'py, PyAny>]) -> bool {
        // SAFETY: the thread is attached to the interpreter; the format names as many objects as are passed, each of them alive.
        unsafe {
            let told = match arguments {
                [one] => PySys_Audit(event.as_ptr(), c"O".as_ptr(), one.as_ptr()),
                [one, two, ..] => PySys_Audit(event.as_ptr(), c"OO".as_ptr(), one.as_ptr(), two.as_ptr()),
                [] => 0,
            };
            told == 0
        }
    }

    /// Notes the functions that a step has set for tracing and profiling, and takes them away: the driver is not traced.
    fn keep_tracing(&self) -> PyResult<()> {
        let [getprofile, setprofile, gettrace, settrace] = &self.tracing;
        for (get, set, name) in [(getprofile, setprofile, "profiling"), (gettrace, settrace, "tracing")] {
            let function = get.call0()?;
            if !function.is_none() {
                set.call1((self.py.None(),))?;
                self.session.setattr(name, function)?;
            }
        }
        Ok(())
    }

    fn tell_state(&self, word: u64, started: u64) {
        self.state[1].store(started, Ordering::Relaxed);
        self.state[0].store(word, Ordering::Release);
    }
}

/// The monotonic time in nanoseconds.
fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    let whole = |part: i64| u64::try_from(part).unwrap_or_default();
    whole(time.tv_sec) * 1_000_000_000 + whole(time.tv_nsec)
}
