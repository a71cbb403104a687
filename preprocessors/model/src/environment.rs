//! What an interpreter says of itself and of what is installed for it, as far as `python=`, `if=` and `requires=` ask.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// An interpreter with its packages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PythonEnvironment {
    /// `sys.executable`.
    pub executable: PathBuf,
    /// The full version, such as `3.11.7`.
    pub version: String,
    /// The environment markers of PEP 508 with their values: `sys_platform` and so on, all eleven of them.
    pub markers: BTreeMap<String, String>,
    /// The installed distributions: normalised name (PEP 503) to version.
    pub packages: BTreeMap<String, String>,
}

/// All interpreters that examples can run on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The run's own; none when nobody asked.
    pub own: Option<PythonEnvironment>,
    /// Others on this machine, newest first.
    pub others: Vec<PythonEnvironment>,
}
