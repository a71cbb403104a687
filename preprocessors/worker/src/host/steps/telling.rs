//! What is told of a plain step that has run: its output's end, and its frame.

use std::ffi::c_int;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use exemplar_model::protocol::{Frame, StepEnd};
use pyo3::intern;
use pyo3::prelude::*;
use rustix::io::Errno;

use super::super::exceptions::{self, Sources, Told};
use super::{Plain, SINGLE, Steps};

impl<'py> Steps<'py> {
    /// As `Session.flush`: whatever streams there are now, and the session's own.
    pub(super) fn flush(&self) -> PyResult<()> {
        let flush = intern!(self.py, "flush");
        for (name, own) in &self.streams {
            if let Some(stream) = self.system.get_item(name)?
                && !stream.is(own)
            {
                // What user code has put there may raise; what it holds is its own affair.
                let _ = stream.call_method0(flush);
            }
            let _ = own.call_method0(flush);
        }
        Ok(())
    }

    /// The frame of a step that raised, if that can be told here.
    pub(super) fn raised(
        &self,
        index: usize,
        step: &Plain<'py>,
        error: &Bound<'py, PyAny>,
        nanoseconds: u64,
    ) -> PyResult<Option<Vec<u8>>> {
        let sources = Sources { own: &self.files, linecache: &self.linecache };
        let Some(Told { raised, at }) = exceptions::describe(error, &sources) else { return Ok(None) };
        if step.kind == SINGLE {
            self.keep_last(error)?;
        }
        let (raised, at) = (Some(raised), Some(at));
        let ended = StepEnd { step: index, ns: nanoseconds, raised, at, ..StepEnd::default() };
        Ok(serde_json::to_vec(&Frame::Step(ended)).ok())
    }

    /// As the driver's `keep_last`, for an exception whose traceback has no frames of the driver.
    fn keep_last(&self, error: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = self.py;
        self.system.set_item(intern!(py, "last_type"), error.get_type())?;
        self.system.set_item(intern!(py, "last_value"), error)?;
        let trace = PyErr::from_value(error.clone()).traceback(py);
        self.system.set_item(intern!(py, "last_traceback"), trace)?;
        if py.version_info() >= (3, 12) {
            self.system.set_item(intern!(py, "last_exc"), error)?;
        }
        Ok(())
    }

    /// Puts the boundaries behind what a step has printed, and sends its frame.
    pub(super) fn tell(&mut self, index: usize, payload: &[u8]) {
        let mut text = std::mem::take(&mut self.text);
        let [out, err, results] = self.descriptors;
        text.clear();
        text.extend_from_slice(&self.boundary);
        text.extend_from_slice(format!("e{index}\0").as_bytes());
        write_all(out, &text);
        write_all(err, &text);
        text.clear();
        text.extend_from_slice(&self.nonce);
        text.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
        text.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
        text.extend_from_slice(payload);
        write_all(results, &text);
        self.text = text;
    }
}

/// As the driver's `write_all`.
fn write_all(fd: c_int, mut bytes: &[u8]) {
    // SAFETY: the descriptor is one of the session's private ones and used for the call alone. Should user code have closed it, writing to
    // it is an error that is passed over, as in the driver.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            // User code made the pipe one that does not wait, for all who write to it; it is read all the time.
            Err(Errno::AGAIN) => std::thread::sleep(Duration::from_millis(1)),
            Err(_) => return,
        }
    }
}
