//! The forked child of a zygote: one session.

use std::os::fd::{IntoRawFd, OwnedFd};

use exemplar_model::protocol::Allotment;

use pyo3::prelude::*;
use pyo3::types::PyModule;

use crate::confine::{files, limits};

/// Puts this process, a new session, in its bounds. It must not go on without them.
pub(crate) fn bound(allotment: &Allotment, confined: bool) -> Result<(), String> {
    limits::apply(allotment.memory).map_err(|error| error.to_string())?;
    if confined {
        files::confine_session(&allotment.directory).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The driver, ready to run in a fork of this process.
pub(crate) struct Driver {
    run: Py<PyAny>,
}

/// Where the driver's frames come from, as its own `__file__`; they are left out of tracebacks by it.
const DRIVER_FILE: &std::ffi::CStr = c"<exemplar driver>";

impl Driver {
    /// Loads the driver, with all it imports, before any fork.
    pub(crate) fn load(py: Python<'_>) -> PyResult<Self> {
        let source = std::ffi::CString::new(include_str!("driver.py"))?;
        let module = PyModule::from_code(py, &source, DRIVER_FILE, c"exemplar_driver")?;
        // Examples must not be able to import it by accident.
        py.import("sys")?.getattr("modules")?.del_item("exemplar_driver")?;
        let gc = py.import("gc")?;
        gc.call_method0("collect")?;
        // What exists now lives as long as the process: a collection in a child then leaves these pages shared.
        gc.call_method0("freeze")?;
        Ok(Self { run: module.getattr("run")?.unbind() })
    }

    /// Runs the session. The driver ends the process itself; if it could not even begin, the traceback goes to stderr.
    pub(crate) fn run(
        &self,
        py: Python<'_>,
        descriptors: [OwnedFd; 6],
        allotment: &Allotment,
        confined: bool,
    ) -> ! {
        if let Err(error) = bound(allotment, confined) {
            let _ = rustix::io::write(
                &descriptors[4],
                format!("the session could not be confined: {error}\n").as_bytes(),
            );
            // SAFETY: as below.
            unsafe { libc::_exit(71) }
        }
        let [job, state, results, stdout, stderr, trace] = descriptors.map(IntoRawFd::into_raw_fd);
        if let Err(error) = self.run.call1(py, (job, state, results, stdout, stderr, trace)) {
            error.print(py);
        }
        // SAFETY: `_exit` ends the process at once, which is what is wanted: no destructor of the zygote may run in its child.
        unsafe { libc::_exit(70) }
    }
}
