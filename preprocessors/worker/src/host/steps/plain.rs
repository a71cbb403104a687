//! Which steps are plain, by what is known before they run.

use std::ffi::c_int;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::{FILE, SINGLE, Steps};

/// What code has that may show something beside text, or comes from a library: what exactly, `Compiler.look_for_displays` says.
const MAY_SHOW: [&str; 2] = ["import", "_repr_"];

/// A step that may be plain.
pub(super) struct Plain<'py> {
    pub(super) source: Bound<'py, PyString>,
    pub(super) name: Bound<'py, PyString>,
    pub(super) kind: c_int,
    /// Whether the session has come to where anything may be shown beside text.
    pub(super) may_show: bool,
    /// Whether the step ends a fence, so that it shows what there is to show then.
    pub(super) shows: bool,
}

impl<'py> Steps<'py> {
    /// A step, if it may be plain.
    pub(super) fn plain(&self, index: usize) -> PyResult<Option<Plain<'py>>> {
        let py = self.py;
        let step = self.steps.get_item(index)?.cast_into::<PyDict>()?;
        let get = |name: &Bound<'py, PyString>| step.get_item(name);
        for name in
            [intern!(py, "marks"), intern!(py, "stdin"), intern!(py, "merge"), intern!(py, "transcript")]
        {
            if get(name)?.is_some() {
                return Ok(None);
            }
        }
        for name in [intern!(py, "events"), intern!(py, "tracing"), intern!(py, "profiling")] {
            if !self.session.getattr(name)?.is_none() {
                return Ok(None);
            }
        }
        let text = |name| -> PyResult<Option<Bound<'py, PyString>>> {
            Ok(get(name)?.map(Bound::cast_into::<PyString>).transpose()?)
        };
        let (Some(mode), Some(source), Some(name)) =
            (text(intern!(py, "mode"))?, text(intern!(py, "code"))?, text(intern!(py, "name"))?)
        else {
            return Ok(None);
        };
        let kind = match mode.to_str()? {
            "single" => SINGLE,
            "exec" => FILE,
            _ => return Ok(None),
        };
        let Ok(code) = source.to_str() else { return Ok(None) };
        if code.contains('\0') {
            return Ok(None);
        }
        let may_show = self.compiler.getattr(intern!(py, "may_show"))?.is_truthy()?
            || MAY_SHOW.iter().any(|word| code.contains(word))
                && self.compiler.call_method1(intern!(py, "look_for_displays"), (&source,))?.is_truthy()?;
        let shows = may_show && get(intern!(py, "shows"))?.is_some();
        if shows && !self.displays_are_seen_behind(kind, &source)? {
            return Ok(None);
        }
        Ok(Some(Plain { source, name, kind, may_show, shows }))
    }
}
