//! What a plain step may have to show beside text.
//!
//! The driver takes the last expression of such a step out of its tree, to have its value. Under a prompt that can wait until there is a value
//! that shows itself: the interpreter's own display hook leaves the last one in `builtins._`. Nearly none does, and a tree takes as long as
//! ten examples. The hook leaves no None there: so a step must have no other value that may be left.

use std::ffi::c_int;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PySet, PyString, PyTuple};

use super::{Plain, SINGLE, Steps};

impl<'py> Steps<'py> {
    /// Whether it can be seen behind a step if there is something to show: by the value that the display hook has left, which then must be
    /// the step's own last one; or, of a file, if it does not end in an expression.
    pub(super) fn displays_are_seen_behind(
        &self,
        kind: c_int,
        source: &Bound<'py, PyString>,
    ) -> PyResult<bool> {
        if kind != SINGLE {
            return Ok(!self.may_end_in_expression.call1((source,))?.is_truthy()?);
        }
        let code = source.to_str()?;
        if code.contains(';') || code.contains("displayhook") {
            return Ok(false);
        }
        let hook = self.system.get_item(intern!(self.py, "displayhook"))?;
        Ok(hook.is_some_and(|hook| hook.is(&self.display_hook)) && !self.left_rich_value()?)
    }

    /// Whether a step that has run may have something to show beside text: figures, or its value.
    pub(super) fn has_displays(&self, step: &Plain<'py>, raised: bool) -> PyResult<bool> {
        if !step.shows {
            return Ok(false);
        }
        let draws = self.is_loaded(intern!(self.py, "matplotlib.pyplot"))?;
        Ok(draws || step.kind == SINGLE && !raised && self.left_rich_value()?)
    }

    /// Whether the value that was displayed last has more to show than text.
    fn left_rich_value(&self) -> PyResult<bool> {
        match self.builtins.get_item(intern!(self.py, "_"))? {
            Some(value) if !is_commonplace(&value) => self.is_rich.call1((value,))?.is_truthy(),
            _ => Ok(false),
        }
    }
}

/// Whether a value is of a type that every page has, and that shows nothing but text.
fn is_commonplace(value: &Bound<'_, PyAny>) -> bool {
    value.is_none()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyList>()
        || value.is_exact_instance_of::<PyTuple>()
        || value.is_exact_instance_of::<PyDict>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PySet>()
}
