//! Names that are not what they would be, had the examples worked that bind or change them.
//!
//! `Website = collections.namedtuple(…)` fails, an older `Website` stands, and whatever is made with it is wrong without any `NameError`.
//! A name is tainted by an example that failed to bind or change it, and taints what is bound or changed with it, until it is bound
//! without any tainted name. Where the failure is one of the output alone, the code ran, and taints nothing.

use std::collections::BTreeMap;

use exemplar_model::plan::{Example, Session};

use super::flow::{Flow, changes_process};
use super::unstable;

/// The tainted names, and the root of each: the example that failed first.
#[derive(Debug, Default)]
pub(super) struct Taint {
    names: BTreeMap<String, Root>,
    /// Modules are not changed by their functions.
    modules: Vec<String>,
}

/// Where a taint comes from.
#[derive(Debug, Clone, Copy)]
struct Root {
    example: usize,
    /// The step of that example, which can't follow from itself.
    step: Option<usize>,
}

impl Taint {
    /// The first tainted name that a piece of code uses, and its root.
    pub(super) fn of<'f>(&self, flow: &'f Flow, step: Option<usize>) -> Option<(&'f str, usize)> {
        flow.uses.iter().find_map(|name| {
            let root = self.names.get(name).filter(|root| root.step != step || step.is_none())?;
            Some((name.as_str(), root.example))
        })
    }

    /// Notes what an example would have bound or changed that failed. `root` is where its failure comes from.
    pub(super) fn failed(&mut self, source: &str, flow: &Flow, root: usize, step: Option<usize>) {
        let is_module = |name: &&String| self.modules.contains(name) && !changes_process(source);
        let changed: Vec<String> = flow.changes.iter().filter(|name| !is_module(name)).cloned().collect();
        for name in flow.binds.iter().cloned().chain(changed) {
            self.names.insert(name, Root { example: root, step });
        }
    }

    /// Notes what an example did that ran. Where nothing is tainted, nothing becomes so, and its flow need not be known.
    pub(super) fn ran(&mut self, source: &str, step: Option<usize>) {
        if !self.names.is_empty() {
            let flow = Flow::of(source);
            match self.of(&flow, step).map(|(name, _)| self.names[name]) {
                Some(root) => {
                    for name in flow.binds.iter().chain(&flow.changes) {
                        self.names.entry(name.clone()).or_insert(root);
                    }
                }
                None => self.names.retain(|name, _| !flow.binds.contains(name)),
            }
        }
        if source.contains("import") {
            let lines = source.lines().map(str::trim_start);
            let imports = lines.filter(|line| line.starts_with("import ") || line.starts_with("from "));
            self.modules.extend(imports.flat_map(|line| Flow::of(line).binds));
        }
    }
}

/// Names that may be another value in another run, as far as a session ran: told by the outputs that changed.
#[derive(Debug, Default)]
pub(crate) struct Doubt(Taint);

impl Doubt {
    /// Whether an example uses such a name.
    pub(crate) fn reaches(&self, session: &Session, example: &Example) -> bool {
        let code = example.step.and_then(|step| session.steps.get(step)).map(|step| step.code.as_str());
        code.is_some_and(|code| self.0.of(&Flow::of(code), example.step).is_some())
    }

    /// Notes an example that ran, and whether its output changed. `id(x)` is another number in each run, and `x` is what it was.
    pub(crate) fn note(&mut self, session: &Session, example: &Example, is_unstable: bool) {
        let Some(step) = example.step else { return };
        let Some(code) = session.steps.get(step).map(|step| step.code.as_str()) else { return };
        if !is_unstable {
            return self.0.ran(code, example.step);
        }
        let mut flow = Flow::of(code);
        if !unstable::is_of_identity(code) {
            flow.changes.append(&mut flow.uses.clone());
        }
        self.0.failed(code, &flow, step, example.step);
    }
}
