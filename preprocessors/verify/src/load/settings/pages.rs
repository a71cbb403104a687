//! What holds for some pages only: `[[override]]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use exemplar_model::flags::FlagChange;
use exemplar_model::plan::Division;
use exemplar_model::protocol::Network;
use ignore::gitignore::Gitignore;

use super::{Filter, PageRules, WarningPolicy};
use crate::load::project::absolute;

/// Changes for the pages that some patterns match.
#[derive(Debug, Clone)]
pub struct Override {
    /// Patterns as in .gitignore, from the folder of the settings.
    patterns: Gitignore,
    changes: RuleChanges,
}

impl Override {
    pub(super) fn new(patterns: Gitignore, changes: RuleChanges) -> Self {
        Self { patterns, changes }
    }

    /// Whether a page, or a folder above it, matches. A page outside of the project never does.
    pub(super) fn is_about(&self, page: &Path) -> bool {
        let root = self.patterns.path();
        let page = absolute(page);
        let below = page.strip_prefix(root).map(Path::to_owned).or_else(|_| {
            // Another way may lead to the same folder.
            let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
            real(&page).strip_prefix(real(root)).map(Path::to_owned)
        });
        below.is_ok_and(|below| self.patterns.matched_path_or_any_parents(below, false).is_ignore())
    }

    /// Makes the changes.
    pub(super) fn apply(&self, rules: &mut PageRules) {
        self.changes.clone().apply(rules);
    }
}

/// The rules that a table sets. A list takes the place of the one that held before; flags are added or, after a `-`, taken away.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleChanges {
    pub(super) flags: Option<FlagChange>,
    pub(super) division: Option<Division>,
    pub(super) console: Option<bool>,
    pub(super) warnings: Option<WarningPolicy>,
    pub(super) filters: Option<Vec<Filter>>,
    pub(super) prelude: Option<Vec<PathBuf>>,
    pub(super) files: Option<Vec<PathBuf>>,
    pub(super) pythonpath: Option<Vec<PathBuf>>,
    pub(super) timeout: Option<Duration>,
    pub(super) session_timeout: Option<Duration>,
    pub(super) memory: Option<u64>,
    pub(super) processes: Option<usize>,
    pub(super) output: Option<u64>,
    pub(super) network: Option<Network>,
}

impl RuleChanges {
    /// Makes the changes.
    pub(super) fn apply(self, rules: &mut PageRules) {
        rules.flags = self.flags.unwrap_or_default().apply(rules.flags);
        set(&mut rules.division, self.division);
        set(&mut rules.console, self.console);
        set(&mut rules.warnings, self.warnings);
        set(&mut rules.filters, self.filters);
        set(&mut rules.prelude, self.prelude);
        set(&mut rules.files, self.files);
        set(&mut rules.pythonpath, self.pythonpath);
        set(&mut rules.limits.timeout, self.timeout);
        set(&mut rules.limits.session_timeout, self.session_timeout);
        set(&mut rules.limits.memory, self.memory);
        set(&mut rules.limits.processes, self.processes);
        set(&mut rules.limits.output, self.output);
        set(&mut rules.limits.network, self.network);
    }
}

fn set<T>(rule: &mut T, change: Option<T>) {
    if let Some(change) = change {
        *rule = change;
    }
}
