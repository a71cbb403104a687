//! What a page says about all of its fences: `<!-- exemplar: page session=fence flags="ELLIPSIS" -->`.
//!
//! It holds wherever it stands. A fence's own attributes win: also those that a default of the page would contradict, so that
//! `raises=` on a page of `no_run` makes that fence run.

use exemplar_model::fence::Attributes;

use super::attributes::Typed;
use super::known::{CONTRADICTIONS, Kind};

impl Typed {
    /// Takes what the page says and the fence itself does not.
    pub(super) fn inherit(&mut self, page: &Self, kind: Kind) {
        for default in &page.seen {
            let name = default.known.name;
            let contradicts = CONTRADICTIONS.iter().any(|&(one, other, _)| {
                one == name && self.find(other).is_some() || other == name && self.find(one).is_some()
            });
            if default.known.on.contains(&kind) && !contradicts {
                let is_own = self.find(name).is_some();
                take(name, is_own, &page.attributes, &mut self.attributes);
            }
        }
    }
}

/// Takes one attribute over.
fn take(name: &str, is_own: bool, page: &Attributes, fence: &mut Attributes) {
    // Flags are changes, one after the other: those of the fence come last.
    if name == "flags" {
        fence.flags = page.flags.then(fence.flags);
        return;
    }
    if is_own {
        return;
    }
    match name {
        "timeout" => fence.timeout = page.timeout,
        "memory" => fence.memory = page.memory,
        "processes" => fence.processes = page.processes,
        "output" => fence.output = page.output,
        "network" => fence.network = page.network,
        "requires" => fence.requires = page.requires.clone(),
        "python" => fence.python = page.python.clone(),
        "if" => fence.condition = page.condition.clone(),
        "stderr" => fence.stderr = page.stderr,
        "fold" => fence.fold = page.fold,
        "hidelines" => fence.hidelines = page.hidelines.clone(),
        "no_run" | "no_check" | "ignore" | "recorded" => fence.treatment = page.treatment.clone(),
        // The division into sessions is the page's own.
        _ => {}
    }
}
