//! Links the worker to the libpython of the interpreter that PyO3 was built for, and remembers that interpreter. Joins the parts of the
//! driver to one text, and lets that interpreter compile it.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

/// The parts of the driver, in the order in which they are joined.
const PARTS: [&str; 16] = [
    "streams",
    "exceptions",
    "marks",
    "compilation",
    "warned",
    "events",
    "files",
    "reading",
    "shell",
    "displays",
    "spawning",
    "observing",
    "place",
    "holding",
    "session",
    "rehearsal",
];

/// Compiles the driver, by its name in tracebacks, and writes it behind the interpreter's magic number.
const COMPILE: &str = "
import importlib.util, marshal, sys
source, compiled = sys.argv[1:]
with open(source, encoding='utf-8') as file:
    code = compile(file.read(), '<exemplar driver>', 'exec', dont_inherit=True)
with open(compiled, 'wb') as file:
    file.write(importlib.util.MAGIC_NUMBER + marshal.dumps(code))
";

fn main() -> Result<(), Box<dyn Error>> {
    // An rpath: `cargo run`, tests and the installed program find libpython without LD_LIBRARY_PATH.
    pyo3_build_config::add_libpython_rpath_link_args();
    let executable = pyo3_build_config::get().executable().unwrap_or_default();
    println!("cargo::rustc-env=EXEMPLAR_BUILD_PYTHON={}", base(executable).unwrap_or(executable.to_owned()));
    println!("cargo::rerun-if-changed=src/driver");
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    let parts = PARTS.map(|part| fs::read_to_string(Path::new("src/driver").join(part).with_extension("py")));
    let source = folder.join("driver.py");
    fs::write(&source, parts.into_iter().collect::<Result<String, _>>()?)?;
    let compiled = folder.join("driver.code");
    // What can't be compiled here is compiled when the worker starts.
    fs::write(&compiled, b"")?;
    let _ = Command::new(executable).args(["-I", "-c", COMPILE]).args([&source, &compiled]).status();
    Ok(())
}

/// The interpreter below a virtual environment: the worker outlives the environment that it was built in.
fn base(executable: &str) -> Option<String> {
    let code = "import sys; print(getattr(sys, '_base_executable', sys.executable))";
    let output = Command::new(executable).args(["-I", "-c", code]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !path.is_empty()).then_some(path)
}
