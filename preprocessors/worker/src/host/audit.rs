//! What Python audits, listened to without Python.
//!
//! Python asks everybody who listens about each code that is compiled or run, and about each import; a function of Python's takes a
//! microsecond to say that it does not matter. The driver wants to hear of one import only (`driver/spawning.py`).
//!
//! Two things are as `sys.addaudithook` has them, and no matter of course for a hook in C. It hears of one interpreter: this one is told of
//! what goes on in all of the process. And what it calls is neither traced nor profiled.

use std::ffi::{CStr, c_char, c_int, c_void};

use pyo3::ffi::{self, PyObject, PyThreadState};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyString, PyTuple};

/// The module whose import is told of.
const AWAITED: &str = "multiprocessing.spawn";

/// What Python calls for each event: with its name, its arguments, and what was left with it.
type Hook = unsafe extern "C" fn(*const c_char, *mut PyObject, *mut c_void) -> c_int;

unsafe extern "C" {
    fn PySys_AddAuditHook(hook: Hook, data: *mut c_void) -> c_int;
}

/// What the driver calls in the place of `sys.addaudithook`, with a function that is called for the import that it waits for. None where
/// that function would be traced: before CPython 3.11.
pub(super) fn function(py: Python<'_>) -> PyResult<Option<Bound<'_, PyCFunction>>> {
    if py.version_info() < (3, 11) {
        return Ok(None);
    }
    let listen = PyCFunction::new_closure(py, None, None, |arguments, _named| {
        let hear = arguments.get_item(0)?.unbind().into_ptr();
        // SAFETY: the thread is attached to the interpreter. The hook may be called as long as the process lives, and so does the function that
        // it is given: its reference is never given back.
        match unsafe { PySys_AddAuditHook(tell_import, hear.cast()) } {
            0 => Ok(()),
            _ => Err(PyErr::fetch(arguments.py())),
        }
    })?;
    Ok(Some(listen))
}

/// Told of all that Python audits. Passes the import on that is waited for; where that raises, the exception is set and the import does not
/// happen.
///
/// # Safety
/// As Python calls it: in a thread that is attached to an interpreter, with a name that ends in a zero, a tuple, and what `function` has
/// left with it.
unsafe extern "C" fn tell_import(event: *const c_char, arguments: *mut PyObject, hear: *mut c_void) -> c_int {
    // SAFETY: by the contract above, the name is a text.
    if unsafe { CStr::from_ptr(event) } != c"import" {
        return 0;
    }
    // SAFETY: by the contract above, the thread is attached. To which interpreter is asked before any object is touched: `hear` belongs to the
    // main one, and others may have a lock of their own.
    if unsafe { ffi::PyInterpreterState_Get() != ffi::PyInterpreterState_Main() } {
        return 0;
    }
    // SAFETY: as has just been seen, the thread is attached to the interpreter that PyO3 knows, and nothing that is made of this outlives the
    // call. `Python::attach` would wait for a thread that it knows not, which may be this one.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: by the contract above, both are alive as long as this call, and belong to others.
    let (hear, arguments) =
        unsafe { (Borrowed::from_ptr(py, hear.cast()), Borrowed::from_ptr(py, arguments)) };
    if !is_awaited(&arguments) {
        return 0;
    }
    match untraced(py, || hear.call1(("import", arguments))) {
        Ok(_) => 0,
        Err(error) => {
            error.restore(py);
            -1
        }
    }
}

/// Whether these are the arguments of the event for the import that is waited for. Anybody may audit an import, with any others.
fn is_awaited(arguments: &Bound<'_, PyAny>) -> bool {
    let Ok(arguments) = arguments.cast::<PyTuple>() else { return false };
    let name = arguments.iter_borrowed().next();
    name.is_some_and(|name| name.cast::<PyString>().is_ok_and(|name| name == AWAITED))
}

/// Calls this while nothing of its thread is traced or profiled, as Python calls its own audit functions.
fn untraced<T>(_py: Python<'_>, call: impl FnOnce() -> T) -> T {
    /// `PyThreadState_EnterTracing` or `PyThreadState_LeaveTracing`.
    type Tracing = unsafe extern "C" fn(*mut PyThreadState);
    // By name, since a program that names them links with no CPython before 3.11.
    let look_up = |name: &CStr| {
        // SAFETY: the name ends in a zero. What is found, if anything, is CPython's function of that name, which has this type.
        unsafe {
            let found = libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr());
            (!found.is_null()).then(|| std::mem::transmute::<*mut c_void, Tracing>(found))
        }
    };
    let (Some(enter), Some(leave)) =
        (look_up(c"PyThreadState_EnterTracing"), look_up(c"PyThreadState_LeaveTracing"))
    else {
        return call();
    };
    // SAFETY: the thread is attached, as the token says; its state lives longer than the call, and each function has its counterpart.
    unsafe {
        let state = ffi::PyThreadState_Get();
        enter(state);
        let result = call();
        leave(state);
        result
    }
}
