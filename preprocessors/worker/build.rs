//! Links the worker to the libpython of the interpreter that PyO3 was built for, and remembers that interpreter. Joins the parts of the
//! driver to one text, and lets that interpreter compile it, and the other module of the worker's own.

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

/// Compiles a module, by its name in tracebacks, and writes it behind the interpreter's magic number.
const COMPILE: &str = "
import importlib.util, marshal, sys
source, name, compiled = sys.argv[1:]
with open(source, encoding='utf-8') as file:
    code = compile(file.read(), name, 'exec', dont_inherit=True)
with open(compiled, 'wb') as file:
    file.write(importlib.util.MAGIC_NUMBER + marshal.dumps(code))
";

fn main() -> Result<(), Box<dyn Error>> {
    // An rpath: `cargo run`, tests and the installed program find libpython without LD_LIBRARY_PATH.
    pyo3_build_config::add_libpython_rpath_link_args();
    // What libpython needs is loaded before it. The loader works its way down the memory, so nothing comes to lie beside libpython's variables
    // then, but for a page of its own in one of seven starts. What lies there makes the worker start again (`host/memory/library.rs`).
    for library in ["gcc_s", "m", "c"] {
        println!("cargo::rustc-link-lib=dylib={library}");
    }
    // This program needs nothing of it, and the linker would leave it to libpython, which comes later.
    println!("cargo::rustc-link-arg=-Wl,--no-as-needed,-lm,--as-needed");
    let executable = pyo3_build_config::get().executable().unwrap_or_default();
    println!("cargo::rustc-env=EXEMPLAR_BUILD_PYTHON={}", base(executable).unwrap_or(executable.to_owned()));
    println!("cargo::rerun-if-changed=src/driver");
    println!("cargo::rerun-if-changed=src/preload.py");
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    let parts = PARTS.map(|part| fs::read_to_string(Path::new("src/driver").join(part).with_extension("py")));
    let source = folder.join("driver.py");
    fs::write(&source, parts.into_iter().collect::<Result<String, _>>()?)?;
    for (source, name) in [(source, "driver"), (PathBuf::from("src/preload.py"), "preload")] {
        let compiled = folder.join(name).with_extension("code");
        // What can't be compiled here is compiled when the worker starts.
        fs::write(&compiled, b"")?;
        let mut compile = Command::new(executable);
        let _ = compile
            .args(["-I", "-c", COMPILE])
            .arg(source)
            .arg(format!("<exemplar {name}>"))
            .arg(compiled)
            .status();
    }
    Ok(())
}

/// The interpreter below a virtual environment: the worker outlives the environment that it was built in.
fn base(executable: &str) -> Option<String> {
    let code = "import sys; print(getattr(sys, '_base_executable', sys.executable))";
    let output = Command::new(executable).args(["-I", "-c", code]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !path.is_empty()).then_some(path)
}
