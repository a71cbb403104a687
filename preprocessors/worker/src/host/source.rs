//! The worker's own Python, compiled when the worker was built: compiling it takes longer than all else that it does at the start.

use std::ffi::{CStr, CString};

use pyo3::ffi::{PyImport_ExecCodeModuleEx, PyImport_GetMagicNumber, PyMarshal_ReadObjectFromString};
use pyo3::prelude::*;
use pyo3::types::PyModule;

/// A module that nobody imports.
pub(crate) struct Source {
    /// Its name, and that of its file in tracebacks.
    name: &'static CStr,
    pub(crate) file: &'static CStr,
    pub(crate) text: &'static str,
    /// Its code behind the magic number of the Python that has compiled it, or nothing.
    compiled: &'static [u8],
}

/// What runs a session's steps: its parts, as one text, so that it is one namespace. Tracebacks leave its frames out by its file name.
pub(crate) const DRIVER: Source = Source {
    name: c"exemplar_driver",
    file: c"<exemplar driver>",
    text: include_str!(concat!(env!("OUT_DIR"), "/driver.py")),
    compiled: include_bytes!(concat!(env!("OUT_DIR"), "/driver.code")),
};

/// What judges an import that is done before the sessions begin.
pub(crate) const PRELOAD: Source = Source {
    name: c"exemplar_preload",
    file: c"<exemplar preload>",
    text: include_str!("../preload.py"),
    compiled: include_bytes!(concat!(env!("OUT_DIR"), "/preload.code")),
};

impl Source {
    /// The module. It is not among those that are imported, where an example could find it.
    pub(crate) fn load<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let module = match self.of_code(py) {
            Some(module) => module?,
            None => PyModule::from_code(py, &CString::new(self.text)?, self.file, self.name)?.into_any(),
        };
        py.import("sys")?.getattr("modules")?.del_item(module.getattr("__name__")?)?;
        Ok(module)
    }

    /// The module, of the code that the build has compiled. None where another version of Python has.
    fn of_code<'py>(&self, py: Python<'py>) -> Option<PyResult<Bound<'py, PyAny>>> {
        // SAFETY: the thread is attached to the interpreter, as the token proves.
        let magic = unsafe { PyImport_GetMagicNumber() };
        let magic = u32::try_from(magic).ok()?.to_le_bytes();
        let code = self.compiled.strip_prefix(&magic)?;
        // SAFETY: the bytes are those that this version's own `marshal` has written, as the number before them says, and are only read. Both
        // functions give a new reference, or null with an exception set.
        Some(unsafe {
            let length = code.len().cast_signed();
            Bound::from_owned_ptr_or_err(py, PyMarshal_ReadObjectFromString(code.as_ptr().cast(), length))
                .and_then(|code| {
                    let (name, file) = (self.name.as_ptr(), self.file.as_ptr());
                    Bound::from_owned_ptr_or_err(py, PyImport_ExecCodeModuleEx(name, code.as_ptr(), file))
                })
        })
    }
}
