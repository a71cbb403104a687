//! Links the worker to the libpython of the interpreter that PyO3 was built for, and remembers that interpreter.

use std::process::Command;

fn main() {
    // An rpath: `cargo run`, tests and the installed program find libpython without LD_LIBRARY_PATH.
    pyo3_build_config::add_libpython_rpath_link_args();
    let executable = pyo3_build_config::get().executable().unwrap_or_default();
    println!("cargo::rustc-env=EXEMPLAR_BUILD_PYTHON={}", base(executable).unwrap_or(executable.to_owned()));
}

/// The interpreter below a virtual environment: the worker outlives the environment that it was built in.
fn base(executable: &str) -> Option<String> {
    let code = "import sys; print(getattr(sys, '_base_executable', sys.executable))";
    let output = Command::new(executable).args(["-I", "-c", code]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !path.is_empty()).then_some(path)
}
