//! The CPython inside this program.

use std::io;
use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::ptr::null_mut;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use exemplar_model::protocol::{Interpreter, STATE_BYTES};
use pyo3::ffi::{PyBUF_WRITE, PyMemoryView_FromMemory};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyTuple};
use rustix::mm::{MapFlags, ProtFlags, mmap};
use rustix::process::Pid;

use crate::checkpoint::{Checkpoints, Taken};
use crate::watch;

use super::source::DRIVER;
use super::steps::{self, State};
use super::{Forked, Host, Purpose, audit, exceptions, memory};

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
        // Hardly anything that is made here is garbage, and looking for it takes longer than all that is saved by it.
        // SAFETY: the thread is attached to the interpreter.
        unsafe { pyo3::ffi::PyGC_Disable() };
        let module = DRIVER.load(py)?;
        let sys = py.import("sys")?;
        let version = sys.getattr("version")?.extract::<String>()?;
        let interpreter = Interpreter {
            version: version.split_whitespace().next().unwrap_or_default().to_owned(),
            implementation: "CPython".to_owned(),
            executable: sys.getattr("executable")?.extract()?,
        };
        // SAFETY: the same.
        unsafe { pyo3::ffi::PyGC_Enable() };
        py.import("gc")?.call_method0("freeze")?;
        memory::settle();
        memory::join_mappings();
        let run = module.getattr("run")?.unbind();
        let make_ready = module.getattr("make_ready")?.unbind();
        Ok(Self { py, run, make_ready, interpreter, renew: None, loaded_bytes: watch::data_bytes() })
    }

    /// Does what is the same in every session. Comes last before the first of them: it puts a session's streams in place.
    pub(crate) fn make_ready(&self) -> PyResult<()> {
        exceptions::look(self.py)?;
        self.make_ready.call1(self.py, (steps::function(self.py, &REHEARSED)?,))?;
        freeze(self.py)?;
        memory::gather();
        memory::join_mappings();
        Ok(())
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

/// What the rehearsal tells its state to.
static REHEARSED: State = [AtomicU64::new(0), AtomicU64::new(0)];

/// The state page as memory, for Python and for this program: telling which step runs then takes no call of the system.
fn state_memory<'py>(py: Python<'py>, state: &OwnedFd) -> PyResult<(Bound<'py, PyAny>, &'static State)> {
    let (read_write, shared) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
    // SAFETY: a new mapping, wherever there is room, of a memory file that has this size and is not shrunk; it is never unmapped, so that
    // the view over it and the reference to it are valid as long as the process. The reference is to atomic words, which others may write:
    // Python does through the view, and `exemplar` reads the file.
    unsafe {
        let place = mmap(null_mut(), STATE_BYTES, read_write, shared, state, 0).map_err(io::Error::from)?;
        let size = STATE_BYTES.cast_signed();
        let view =
            Bound::from_owned_ptr_or_err(py, PyMemoryView_FromMemory(place.cast(), size, PyBUF_WRITE))?;
        Ok((view, &*place.cast::<State>()))
    }
}

/// What the driver runs a session with: the descriptors, the state page as memory.
type Means<'py> = (RawFd, Bound<'py, PyAny>, RawFd, RawFd, RawFd, RawFd);

fn means(py: Python<'_>, descriptors: [OwnedFd; 6]) -> PyResult<(Means<'_>, &'static State)> {
    let [job, state, rest @ ..] = descriptors;
    let (memory, words) = state_memory(py, &state)?;
    let [results, stdout, stderr, trace] = rest.map(IntoRawFd::into_raw_fd);
    Ok(((job.into_raw_fd(), memory, results, stdout, stderr, trace), words))
}

/// What the driver calls before a step, by its index, to make a checkpoint. It gives None where none can be made; else an empty tuple in
/// the process that goes on, and the means of another run in each one that begins there later.
fn holding(py: Python<'_>, checkpoints: Checkpoints) -> PyResult<Bound<'_, PyCFunction>> {
    let checkpoints = Mutex::new(checkpoints);
    PyCFunction::new_closure(py, None, None, move |arguments, _| -> PyResult<Py<PyAny>> {
        let py = arguments.py();
        let step: usize = arguments.get_item(0)?.extract()?;
        let mut checkpoints = checkpoints.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match checkpoints.take(step) {
            Taken::Not => py.None(),
            Taken::GoesOn => PyTuple::empty(py).into_any().unbind(),
            Taken::Again(descriptors) => means(py, descriptors)?.0.into_pyobject(py)?.into_any().unbind(),
        })
    })
}

impl Host for Embedded<'_> {
    fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    fn loaded_bytes(&self) -> u64 {
        let loaded = if self.renew.is_some() { self.loaded_bytes } else { 0 };
        loaded + memory::extra_bytes()
    }

    /// As `os.fork` does, without its audit event and thread warning.
    fn fork(&self, purpose: Purpose) -> io::Result<Forked> {
        // SAFETY: the token in `self` proves that this thread is attached to the interpreter, as the hooks demand. The process has no
        // other thread: a zygote starts none and runs no code of a book. The hooks put locks, thread ids and the import system in order
        // on both sides.
        let (pid, error) = unsafe {
            pyo3::ffi::PyOS_BeforeFork();
            let is_lent = purpose == Purpose::Session && memory::lend();
            if purpose == Purpose::HeldSession {
                memory::own_what_is_copied();
            }
            let pid = libc::fork();
            let error = io::Error::last_os_error();
            if pid == 0 {
                match purpose {
                    Purpose::Successor => {}
                    Purpose::Zygote => memory::keep_own_piece(),
                    Purpose::Session if is_lent => memory::own_nothing(),
                    Purpose::Session | Purpose::HeldSession => memory::own_what_is_written(),
                }
                pyo3::ffi::PyOS_AfterFork_Child();
            } else {
                pyo3::ffi::PyOS_AfterFork_Parent();
                if purpose == Purpose::Zygote {
                    memory::hand_piece_over();
                }
            }
            (pid, error)
        };
        match pid {
            0 => Ok(Forked::Child),
            _ => Pid::from_raw(pid).filter(|_| pid > 0).map(Forked::Parent).ok_or(error),
        }
    }

    fn run(&self, descriptors: [OwnedFd; 6], checkpoints: Option<Checkpoints>) -> ! {
        if let Some(Err(error)) = self.renew.as_ref().map(|renew| renew.call0(self.py)) {
            error.print(self.py);
            super::exit(NOT_BEGUN);
        }
        let begun = means(self.py, descriptors).and_then(|(means, words)| {
            let (job, memory, results, stdout, stderr, trace) = means;
            let plain = steps::function(self.py, words)?;
            let hold = checkpoints.map(|checkpoints| holding(self.py, checkpoints)).transpose()?;
            let listen = audit::function(self.py)?;
            self.run.call1(self.py, (job, memory, results, stdout, stderr, trace, plain, hold, listen))
        });
        // The driver ends the process itself; if it could not even begin, the traceback goes to stderr.
        if let Err(error) = begun {
            error.print(self.py);
        }
        super::exit(NOT_BEGUN)
    }
}
