//! The CPython inside this program.

use std::ffi::CString;
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};

use exemplar_model::protocol::Interpreter;
use pyo3::prelude::*;
use pyo3::types::PyModule;
use rustix::process::Pid;

use crate::watch;

use super::{DRIVER, DRIVER_FILE, Forked, Host};

/// The exit status of a session whose driver could not begin (`EX_SOFTWARE` of sysexits.h).
const NOT_BEGUN: i32 = 70;

/// The embedded interpreter with the driver loaded, ready to be forked.
pub(crate) struct Embedded<'py> {
    py: Python<'py>,
    run: Py<PyAny>,
    interpreter: Interpreter,
    /// Gives a session what every process has of its own, where modules were loaded before.
    renew: Option<Py<PyAny>>,
    loaded_bytes: u64,
}

impl<'py> Embedded<'py> {
    /// Loads the driver, with all it imports, before any fork.
    pub(crate) fn load(py: Python<'py>) -> PyResult<Self> {
        let module = PyModule::from_code(py, &CString::new(DRIVER)?, DRIVER_FILE, c"exemplar_driver")?;
        let sys = py.import("sys")?;
        // Examples must not be able to import it by accident.
        sys.getattr("modules")?.del_item("exemplar_driver")?;
        let version = sys.getattr("version")?.extract::<String>()?;
        let interpreter = Interpreter {
            version: version.split_whitespace().next().unwrap_or_default().to_owned(),
            implementation: py.import("platform")?.call_method0("python_implementation")?.extract()?,
            executable: sys.getattr("executable")?.extract()?,
        };
        let gc = py.import("gc")?;
        gc.call_method0("collect")?;
        // What exists now lives as long as the process: a collection in a child then leaves these pages shared.
        gc.call_method0("freeze")?;
        let run = module.getattr("run")?.unbind();
        Ok(Self { py, run, interpreter, renew: None, loaded_bytes: watch::data_bytes() })
    }

    /// The proof that this thread is attached to the interpreter.
    pub(crate) fn token(&self) -> Python<'py> {
        self.py
    }

    /// From here on, sessions begin with modules that were loaded since the driver was.
    pub(crate) fn note_loaded(&mut self, renew: Py<PyAny>) {
        self.loaded_bytes = watch::data_bytes().saturating_sub(self.loaded_bytes);
        self.renew = Some(renew);
    }
}

impl Host for Embedded<'_> {
    fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    fn loaded_bytes(&self) -> u64 {
        if self.renew.is_some() { self.loaded_bytes } else { 0 }
    }

    /// As `os.fork` does, without its audit event and thread warning.
    fn fork(&self) -> io::Result<Forked> {
        // SAFETY: the token in `self` proves that this thread is attached to the interpreter, as the hooks demand. The process has no
        // other thread: a zygote starts none and runs no code of a book. The hooks put locks, thread ids and the import system in order
        // on both sides.
        let (pid, error) = unsafe {
            pyo3::ffi::PyOS_BeforeFork();
            let pid = libc::fork();
            let error = io::Error::last_os_error();
            if pid == 0 {
                pyo3::ffi::PyOS_AfterFork_Child();
            } else {
                pyo3::ffi::PyOS_AfterFork_Parent();
            }
            (pid, error)
        };
        match pid {
            0 => Ok(Forked::Child),
            _ => Pid::from_raw(pid).filter(|_| pid > 0).map(Forked::Parent).ok_or(error),
        }
    }

    fn run(&self, descriptors: [OwnedFd; 6]) -> ! {
        if let Some(Err(error)) = self.renew.as_ref().map(|renew| renew.call0(self.py)) {
            error.print(self.py);
            super::exit(NOT_BEGUN);
        }
        let [job, state, results, stdout, stderr, trace] = descriptors.map(IntoRawFd::into_raw_fd);
        // The driver ends the process itself; if it could not even begin, the traceback goes to stderr.
        if let Err(error) = self.run.call1(self.py, (job, state, results, stdout, stderr, trace)) {
            error.print(self.py);
        }
        super::exit(NOT_BEGUN)
    }
}
