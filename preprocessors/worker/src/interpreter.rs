//! CPython's start: the right interpreter, checked before it runs.
//!
//! PyO3's `auto-initialize` would take whatever `python3` the PATH names first, and would ignore `VIRTUAL_ENV`. So the interpreter is
//! initialised here with a `PyConfig` before the first attach, and `auto-initialize` then finds it done. A version mismatch would be
//! silent (the environment's packages would just be missing), hence the check before.

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyo3::ffi;

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

/// For an interpreter of the right version whose standard library does not fit the libpython inside this program.
pub(crate) fn other_build(error: &str) -> Refusal {
    Refusal::new(
        format!(
            "the standard library of the interpreter that was asked for does not fit the embedded one: {error}"
        ),
        format!(
            "use an environment that was made with `{BUILD_PYTHON}`, or build exemplar for that interpreter: \
             `PYO3_PYTHON=PATH cargo build --release`"
        ),
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

/// Refuses an interpreter that is missing or of another version than the library inside this program.
pub(crate) fn check(executable: &Path) -> Result<(), Refusal> {
    if !executable.is_file() {
        return Err(Refusal::new(
            format!("there is no Python interpreter at `{}`", executable.display()),
            "name another one with `--python PATH`, or make the virtual environment again",
        ));
    }
    let library = library_version();
    let Some(found) = version_of(executable) else {
        return Err(Refusal::new(
            format!("`{}` doesn't tell its version, so it is no Python interpreter", executable.display()),
            "name another one with `--python PATH`",
        ));
    };
    if found == library {
        return Ok(());
    }
    Err(Refusal::new(
        format!(
            "`{}` is Python {}.{}, and this exemplar embeds Python {}.{}",
            executable.display(),
            found.0,
            found.1,
            library.0,
            library.1
        ),
        format!(
            "use an environment of Python {}.{}, or build exemplar for this one: `PYO3_PYTHON={} cargo build --release`",
            library.0,
            library.1,
            executable.display()
        ),
    ))
}

/// Major and minor version of the libpython that this program is linked to.
fn library_version() -> (u32, u32) {
    // SAFETY: `Py_GetVersion` may be called before initialisation and returns a static string.
    let version = unsafe { CStr::from_ptr(ffi::Py_GetVersion()) };
    parse_version(&version.to_string_lossy()).unwrap_or((3, 0))
}

/// The version that an environment's `pyvenv.cfg` states, else what the interpreter itself says.
fn version_of(executable: &Path) -> Option<(u32, u32)> {
    if let Some(stated) = environment_setting(executable, &["version", "version_info"]) {
        return parse_version(&stated);
    }
    if executable == Path::new(BUILD_PYTHON) {
        return Some(library_version());
    }
    let output =
        Command::new(executable).args(["-I", "-S", "-c", "import sys; print(sys.version)"]).output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// `Py_InitializeFromConfig`, with what makes runs repeatable.
pub(crate) fn start(executable: &Path) -> Result<(), Refusal> {
    let refused = |what: String| {
        Refusal::new(
            format!("Python at `{}` could not be started: {what}", executable.display()),
            "check that its standard library is in place: `PYTHON -c 'import encodings'`",
        )
    };
    let path = CString::new(executable.as_os_str().as_bytes())
        .map_err(|_| refused("its path holds a zero byte".into()))?;
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
        config.hash_seed = 0;
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
