//! A CPython that is not inside this program: started anew for each session.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use exemplar_model::protocol::Interpreter;
use rustix::fs::MemfdFlags;
use rustix::io::FdFlags;
use rustix::process::Pid;

use crate::checkpoint::Checkpoints;

use super::source::DRIVER;
use super::{Forked, Host, Purpose};

/// The exit status of a session whose interpreter could not be started, as shells have it.
const NOT_STARTED: i32 = 127;

/// What the interpreter is given with `-c`: it reads the driver from a descriptor, without moving its offset (other sessions read it too),
/// and leaves no trace of itself in the module search path.
const LOADER: &str = "import linecache, os, sys
linecache.cache.clear()
source, name, *descriptors = sys.argv[1:]
del sys.path[0]
driver = {'__name__': 'exemplar_driver', '__file__': name}
exec(compile(os.pread(int(source), 1 << 24, 0), name, 'exec'), driver)
os.close(int(source))
driver['run'](*map(int, descriptors))
";

/// An external interpreter.
pub(crate) struct External {
    executable: PathBuf,
    driver: OwnedFd,
    interpreter: Interpreter,
}

impl External {
    /// Prepares an interpreter that has said who it is.
    pub(crate) fn new(executable: &Path, interpreter: Interpreter) -> io::Result<Self> {
        let mut driver = File::from(rustix::fs::memfd_create("exemplar-driver", MemfdFlags::CLOEXEC)?);
        driver.write_all(DRIVER.text.as_bytes())?;
        Ok(Self { executable: executable.to_owned(), driver: driver.into(), interpreter })
    }
}

impl Host for External {
    fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    fn loaded_bytes(&self) -> u64 {
        0
    }

    fn fork(&self, _purpose: Purpose) -> io::Result<Forked> {
        // SAFETY: no Python runs in this process and it has a single thread, so the child may do all that the parent may.
        match unsafe { libc::fork() } {
            0 => Ok(Forked::Child),
            pid => Pid::from_raw(pid)
                .filter(|_| pid > 0)
                .map(Forked::Parent)
                .ok_or_else(io::Error::last_os_error),
        }
    }

    /// It makes no checkpoints: this process is another program by then.
    fn run(&self, descriptors: [OwnedFd; 6], _checkpoints: Option<Checkpoints>) -> ! {
        let mut arguments: Vec<OsString> = vec![
            self.driver.as_raw_fd().to_string().into(),
            DRIVER.file.to_string_lossy().into_owned().into(),
        ];
        for descriptor in std::iter::once(self.driver.as_fd()).chain(descriptors.iter().map(AsFd::as_fd)) {
            // The new program inherits these, and nothing else.
            let _ = rustix::io::fcntl_setfd(descriptor, FdFlags::empty());
        }
        arguments.extend(descriptors.iter().map(|descriptor| descriptor.as_raw_fd().to_string().into()));
        let mut command = Command::new(&self.executable);
        command.args(["-B", "-s", "-c", LOADER]).args(arguments);
        let error = command.exec();
        let message = format!("{} could not be started: {error}\n", self.executable.display());
        let _ = rustix::io::write(&descriptors[4], message.as_bytes());
        super::exit(NOT_STARTED)
    }
}
