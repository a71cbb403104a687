//! Ctrl-C and `SIGTERM`: the run ends, and nothing of it stays.
//!
//! A signal makes a descriptor readable that every session's loop waits on. Each loop kills its session and returns, the temporary
//! directories go as their owners do, and the worker leaves with its socket. A second signal ends the process at once.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};

/// Whether the user wants the run to end.
#[derive(Debug, Clone)]
pub struct Interrupt {
    wake: Arc<UnixStream>,
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Takes over `SIGINT` and `SIGTERM` of this process, once: who asks again gets the same.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn install() -> io::Result<Self> {
        static INSTALLED: OnceLock<Interrupt> = OnceLock::new();
        if let Some(installed) = INSTALLED.get() {
            return Ok(installed.clone());
        }
        let interrupt = Self::register()?;
        Ok(INSTALLED.get_or_init(|| interrupt).clone())
    }

    fn register() -> io::Result<Self> {
        let (wake, alarm) = UnixStream::pair()?;
        let signal = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        for number in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the switch off, and turns it on for the second one.
            signal_hook::flag::register_conditional_default(number, Arc::clone(&again))?;
            signal_hook::flag::register(number, Arc::clone(&again))?;
            signal_hook::flag::register_usize(
                number,
                Arc::clone(&signal),
                usize::try_from(number).unwrap_or_default(),
            )?;
            signal_hook::low_level::pipe::register(number, alarm.try_clone()?)?;
        }
        Ok(Self { wake: Arc::new(wake), signal })
    }

    /// As it is once this signal has come, for tests: no process of theirs can be signalled without the others.
    #[cfg(test)]
    pub(crate) fn raised_by(signal: i32) -> Self {
        let interrupt = Self::unraised();
        interrupt.raise(signal);
        interrupt
    }

    /// As it is before any signal, for tests in which nothing runs.
    #[cfg(test)]
    pub(crate) fn unraised() -> Self {
        let (wake, _) = UnixStream::pair().unwrap();
        Self { wake: Arc::new(wake), signal: Arc::default() }
    }

    /// Lets this signal have come.
    #[cfg(test)]
    pub(crate) fn raise(&self, signal: i32) {
        self.signal.store(usize::try_from(signal).unwrap(), Ordering::SeqCst);
    }

    /// The signal that came, if one did.
    #[must_use]
    pub fn raised(&self) -> Option<i32> {
        match self.signal.load(Ordering::SeqCst) {
            0 => None,
            signal => i32::try_from(signal).ok(),
        }
    }
}

impl AsFd for Interrupt {
    /// Readable from the first signal on; nobody reads it, so it stays so for every waiter.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}
