//! What Python audits, listened to without Python.
//!
//! Python asks everybody who listens about each code that is compiled or run, and a function of Python's takes a microsecond to say that it
//! does not matter. The driver wants to hear of imports only (`driver/spawning.py`).

use std::ffi::{CStr, c_char, c_int, c_void};

use pyo3::ffi::PyObject;
use pyo3::prelude::*;
use pyo3::types::PyCFunction;

/// What Python calls for each event: with its name, its arguments, and what was left with it.
type Hook = unsafe extern "C" fn(*const c_char, *mut PyObject, *mut c_void) -> c_int;

unsafe extern "C" {
    fn PySys_AddAuditHook(hook: Hook, data: *mut c_void) -> c_int;
}

/// What the driver calls in the place of `sys.addaudithook`, with a function that is called for each import from then on.
pub(super) fn function(py: Python<'_>) -> PyResult<Bound<'_, PyCFunction>> {
    PyCFunction::new_closure(py, None, None, |arguments, _named| {
        let py = arguments.py();
        let hear = arguments.get_item(0)?.unbind().into_ptr();
        // SAFETY: the thread is attached to the interpreter. The hook may be called as long as the process lives, and so does the function that
        // it is given: its reference is never given back.
        match unsafe { PySys_AddAuditHook(tell_imports, hear.cast()) } {
            0 => Ok(()),
            _ => Err(PyErr::fetch(py)),
        }
    })
}

/// Told of all that Python audits. Passes imports on; where that raises, the exception is set and the import does not happen.
///
/// # Safety
/// As Python calls it: attached to the interpreter, with a name that ends in a zero, a tuple, and what `function` has left with it.
unsafe extern "C" fn tell_imports(
    event: *const c_char,
    arguments: *mut PyObject,
    hear: *mut c_void,
) -> c_int {
    // SAFETY: by the contract above, the name is a text.
    if unsafe { CStr::from_ptr(event) } != c"import" {
        return 0;
    }
    Python::attach(|py| {
        // SAFETY: by the contract above, both are alive as long as this call, and belong to others.
        let (hear, arguments) =
            unsafe { (Borrowed::from_ptr(py, hear.cast()), Borrowed::from_ptr(py, arguments)) };
        match hear.call1(("import", arguments)) {
            Ok(_) => 0,
            Err(error) => {
                error.restore(py);
                -1
            }
        }
    })
}
