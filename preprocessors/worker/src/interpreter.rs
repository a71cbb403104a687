//! CPython's start: the right interpreter, checked before it runs.
//!
//! PyO3's `auto-initialize` would take whatever `python3` the PATH names first, and would ignore `VIRTUAL_ENV`. So the interpreter is
//! initialised here with a `PyConfig` before the first attach, and `auto-initialize` then finds it done. A version mismatch would be
//! silent (the environment's packages would just be missing), hence the check before.

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use exemplar_model::protocol::{Beginning, Interpreter};
use pyo3::ffi;

use crate::host::memory;

/// Why Python can't be used, and what to do.
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) remedy: String,
}

impl Refusal {
    fn new(reason: String, remedy: impl Into<String>) -> Self {
        Self { reason, remedy: remedy.into() }
    }
}

/// The interpreter that this program was built with; used when no environment is asked for.
pub(crate) const BUILD_PYTHON: &str = env!("EXEMPLAR_BUILD_PYTHON");

/// How an interpreter can be used.
pub(crate) enum Suitable {
    /// It is the one inside this program.
    Embedded,
    /// It is another one, which says this of itself.
    External(Interpreter),
}

/// An interpreter that is of use neither way.
pub(crate) fn unusable(executable: &Path, what: &str) -> Refusal {
    Refusal::new(
        format!("Python at `{}` can't be used: {what}", executable.display()),
        "check that it starts by itself, and that its standard library is in place",
    )
}

/// The folders that an interpreter lives in: its own prefix, that of its virtual environment, and where links lead.
pub(crate) fn prefixes(executable: &Path) -> Vec<PathBuf> {
    let mut prefixes: Vec<PathBuf> = Vec::new();
    let mut add = |bin: Option<&Path>| prefixes.extend(bin.and_then(Path::parent).map(Path::to_owned));
    add(executable.parent());
    add(Path::new(BUILD_PYTHON).parent());
    if let Ok(real) = executable.canonicalize() {
        add(real.parent());
    }
    if let Some(home) = environment_setting(executable, &["home"]) {
        add(Some(Path::new(&home)));
    }
    prefixes
}

/// What the `pyvenv.cfg` of an interpreter's environment says for the first of these keys that it has.
fn environment_setting(executable: &Path, keys: &[&str]) -> Option<String> {
    let text = fs_err::read_to_string(executable.parent()?.parent()?.join("pyvenv.cfg")).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        keys.contains(&key.trim()).then(|| value.trim().to_owned())
    })
}

/// Whether an interpreter is the one inside this program (itself, or a virtual environment of it) or another one.
///
/// A library of the same version from another build would not do for it: what is built into one is a file in the other.
pub(crate) fn choose(executable: &Path) -> Result<Suitable, Refusal> {
    if !executable.is_file() {
        return Err(Refusal::new(
            format!("there is no Python interpreter at `{}`", executable.display()),
            "name another one with `--python PATH`, or make the virtual environment again",
        ));
    }
    if base_folder(executable) == base_folder(Path::new(BUILD_PYTHON))
        && stated_version(executable) == library_version()
    {
        return Ok(Suitable::Embedded);
    }
    let code = "import platform, sys; print(platform.python_version(), platform.python_implementation(), sys.executable, \
                sep='\\n'); print(sys.version_info >= (3, 10) and sys.implementation.name == 'cpython')";
    let output = Command::new(executable)
        .args(["-I", "-c", code])
        .output()
        .map_err(|error| unusable(executable, &error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let [version, implementation, own_path, fits] = said.lines().collect::<Vec<_>>()[..] else {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(unusable(executable, complaint.lines().last().unwrap_or("it says nothing of itself")));
    };
    if fits != "True" {
        return Err(Refusal::new(
            format!("`{}` is {implementation} {version}", executable.display()),
            "examples run on CPython 3.10 or newer: name one with `--python PATH`",
        ));
    }
    Ok(Suitable::External(Interpreter {
        version: version.to_owned(),
        implementation: implementation.to_owned(),
        executable: own_path.to_owned(),
    }))
}

/// The folder of the interpreter that an executable really is, behind its virtual environment and all links.
fn base_folder(executable: &Path) -> Option<PathBuf> {
    let folder = environment_setting(executable, &["home"]).map(PathBuf::from);
    let real = |path: &Path| path.canonicalize().ok();
    folder.and_then(|folder| real(&folder)).or_else(|| real(executable)?.parent().map(Path::to_owned))
}

/// The version of the interpreter that an executable is: as its environment states it, else, for the one that this program was built with,
/// that of the library.
fn stated_version(executable: &Path) -> (u32, u32) {
    environment_setting(executable, &["version", "version_info"])
        .and_then(|stated| parse_version(&stated))
        .unwrap_or_else(library_version)
}

/// Major and minor version of the libpython that this program is linked to.
fn library_version() -> (u32, u32) {
    // SAFETY: `Py_GetVersion` may be called before initialisation and returns a static string.
    let version = unsafe { CStr::from_ptr(ffi::Py_GetVersion()) };
    parse_version(&version.to_string_lossy()).unwrap_or((3, 0))
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// `Py_InitializeFromConfig`, with what makes runs repeatable.
pub(crate) fn start(executable: &Path, beginning: &Beginning) -> Result<(), Refusal> {
    let refused = |what: String| unusable(executable, &what);
    let path = CString::new(executable.as_os_str().as_bytes())
        .map_err(|_| refused("its path holds a zero byte".into()))?;
    memory::lay_out(beginning.zygotes);
    // Rust's own handler of these signals takes itself away and returns, so that the fault comes again. One that was sent would not, and a
    // session would survive what ends every other Python.
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        // SAFETY: the default action is no handler that could run, and what it replaces only tells of an overflow of Rust's stack.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // SAFETY: the config is zeroed as its C declaration allows, initialised by `PyConfig_InitPythonConfig` before any other use, and
    // cleared exactly once on every way out. The pointers to its fields live as long as the config. Python is not yet initialised and
    // this process has one thread. `PyEval_SaveThread` gives the lock back, so that `Python::attach` can take it.
    unsafe {
        let mut config: ffi::PyConfig = std::mem::zeroed();
        ffi::PyConfig_InitPythonConfig(&raw mut config);
        config.parse_argv = 0;
        config.install_signal_handlers = 0;
        config.user_site_directory = 0;
        config.write_bytecode = 0;
        config.use_hash_seed = 1;
        config.hash_seed = beginning.hash_seed.into();
        let config_pointer = &raw mut config;
        let mut status = ffi::PyConfig_SetBytesString(
            config_pointer,
            &raw mut (*config_pointer).executable,
            path.as_ptr(),
        );
        if ffi::PyStatus_Exception(status) == 0 {
            status = ffi::PyConfig_SetBytesString(
                config_pointer,
                &raw mut (*config_pointer).program_name,
                path.as_ptr(),
            );
        }
        if ffi::PyStatus_Exception(status) == 0 {
            status = ffi::Py_InitializeFromConfig(config_pointer);
        }
        ffi::PyConfig_Clear(config_pointer);
        if ffi::PyStatus_Exception(status) != 0 {
            let what = if status.err_msg.is_null() {
                "no reason given".to_owned()
            } else {
                CStr::from_ptr(status.err_msg).to_string_lossy().into_owned()
            };
            return Err(refused(what));
        }
        ffi::PyEval_SaveThread();
    }
    Ok(())
}
