//! The CPython inside this program.

use std::ffi::CString;
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::ptr::null_mut;

use exemplar_model::protocol::{Interpreter, STATE_BYTES};
use pyo3::ffi::{PyBUF_WRITE, PyMemoryView_FromMemory};
use pyo3::prelude::*;
use pyo3::types::PyModule;
use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::process::Pid;

use crate::watch;

use super::{DRIVER, DRIVER_FILE, Forked, Host, Purpose, memory};

/// The exit status of a session whose driver could not begin (`EX_SOFTWARE` of sysexits.h).
const NOT_BEGUN: i32 = 70;

/// The embedded interpreter with the driver loaded, ready to be forked.
pub(crate) struct Embedded<'py> {
    py: Python<'py>,
    run: Py<PyAny>,
    make_ready: Py<PyAny>,
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
        freeze(py)?;
        let run = module.getattr("run")?.unbind();
        let make_ready = module.getattr("make_ready")?.unbind();
        Ok(Self { py, run, make_ready, interpreter, renew: None, loaded_bytes: watch::data_bytes() })
    }

    /// Does what is the same in every session. Comes last before the first of them: it puts a session's streams in place.
    pub(crate) fn make_ready(&self) -> PyResult<()> {
        self.make_ready.call0(self.py)?;
        freeze(self.py)
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

/// What exists now lives as long as the process: a collection in a child then leaves these pages shared.
fn freeze(py: Python<'_>) -> PyResult<()> {
    let gc = py.import("gc")?;
    gc.call_method0("collect")?;
    gc.call_method0("freeze")?;
    Ok(())
}

/// The state page as memory that Python can write to: telling which step runs then takes no call of the system.
fn state_memory<'py>(py: Python<'py>, state: &OwnedFd) -> PyResult<Bound<'py, PyAny>> {
    let (read_write, shared) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
    // SAFETY: a new mapping, wherever there is room, of a memory file that has this size and is not shrunk; it is never unmapped, so that
    // the view over it is valid as long as the process. Nobody has a reference to it: Python writes through the view, and `exemplar` reads
    // the file.
    unsafe {
        let place = mmap(null_mut(), STATE_BYTES, read_write, shared, state, 0).map_err(io::Error::from)?;
        let size = STATE_BYTES.cast_signed();
        Bound::from_owned_ptr_or_err(py, PyMemoryView_FromMemory(place.cast(), size, PyBUF_WRITE))
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
    fn fork(&self, purpose: Purpose) -> io::Result<Forked> {
        // SAFETY: the token in `self` proves that this thread is attached to the interpreter, as the hooks demand. The process has no
        // other thread: a zygote starts none and runs no code of a book. The hooks put locks, thread ids and the import system in order
        // on both sides.
        let (pid, error) = unsafe {
            pyo3::ffi::PyOS_BeforeFork();
            let pid = libc::fork();
            let error = io::Error::last_os_error();
            if pid == 0 {
                match purpose {
                    Purpose::Zygote => memory::own_all(),
                    Purpose::Session => memory::own_what_is_written(),
                }
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
        let [job, state, rest @ ..] = descriptors;
        let begun = state_memory(self.py, &state).and_then(|memory| {
            drop(state);
            let [results, stdout, stderr, trace] = rest.map(IntoRawFd::into_raw_fd);
            self.run.call1(self.py, (job.into_raw_fd(), memory, results, stdout, stderr, trace))
        });
        // The driver ends the process itself; if it could not even begin, the traceback goes to stderr.
        if let Err(error) = begun {
            error.print(self.py);
        }
        super::exit(NOT_BEGUN)
    }
}
