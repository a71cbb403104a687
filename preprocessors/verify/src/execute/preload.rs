//! Which modules are imported once, before the sessions begin.
//!
//! The scan is line by line and knows no Python, so it may take a line of a text for an import. That is harmless: the worker imports only
//! what is there, and drops what leaves a trace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use exemplar_model::plan::{Session, Step, StepMode};
use exemplar_model::protocol::Preloading;
use memchr::memmem::Finder;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::load::settings::Preload;

/// The most modules that are loaded: those that most sessions import.
const MOST_MODULES: usize = 64;

/// How many sessions must import a module for it to be worth its time.
const ENOUGH_SESSIONS: usize = 2;

/// The most names of modules that are told to the worker, which must fit into one message. Where sessions have more of their own, nothing is
/// loaded before them.
const MOST_SHADOWED: usize = 256;

static IMPORT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("import "));

/// Chooses the modules for the sessions of one interpreter.
pub(super) fn choose(sessions: &[&Session], setting: &Preload) -> Preloading {
    let wanted = match setting {
        Preload::Off => Vec::new(),
        Preload::Named(names) => names.iter().filter(|name| is_dotted_name(name)).cloned().collect(),
        Preload::Auto => often_imported(sessions),
    };
    if wanted.is_empty() {
        return Preloading::default();
    }
    // Most sessions have the same folders.
    let folders: BTreeSet<&PathBuf> = sessions.iter().flat_map(|session| &session.pythonpath).collect();
    let mut shadowed: BTreeSet<String> = folders.into_iter().flat_map(|folder| modules_in(folder)).collect();
    shadowed.extend(sessions.iter().flat_map(|session| given_modules(session)));
    if shadowed.len() > MOST_SHADOWED {
        return Preloading::default();
    }
    let modules =
        wanted.into_iter().filter(|name| !shadowed.contains(top(name))).take(MOST_MODULES).collect();
    Preloading { modules, shadowed: shadowed.into_iter().collect() }
}

/// What several sessions import, most often imported first, then by name.
fn often_imported(sessions: &[&Session]) -> Vec<String> {
    // The worker waits for this.
    let imported = sessions.par_iter().map(|session| {
        let run = session.steps.iter().filter(|step| matches!(step.mode, StepMode::Single | StepMode::Exec));
        run.flat_map(imports).collect::<BTreeSet<&str>>()
    });
    let imported: Vec<BTreeSet<&str>> = imported.collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in imported.into_iter().flatten() {
        *counts.entry(name).or_default() += 1;
    }
    let mut often: Vec<(&str, usize)> =
        counts.into_iter().filter(|(_, count)| *count >= ENOUGH_SESSIONS).collect();
    often.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    often.into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// The modules that a step seems to import.
fn imports(step: &Step) -> Vec<&str> {
    let mut found = Vec::new();
    if IMPORT.find(step.code.as_bytes()).is_none() {
        return found;
    }
    let mut in_text = false;
    for line in step.code.lines() {
        if !in_text {
            found.extend(imports_of_line(line.trim_start()));
        }
        let quotes = line.matches("\"\"\"").count() + line.matches("'''").count();
        in_text ^= quotes % 2 == 1;
    }
    found
}

fn imports_of_line(line: &str) -> Vec<&str> {
    let code = line.split(['#', ';']).next().unwrap_or_default().trim_end();
    if let Some((module, _)) = code.strip_prefix("from ").and_then(|rest| rest.split_once(" import ")) {
        let module = module.trim();
        return if is_dotted_name(module) { vec![module] } else { Vec::new() };
    }
    let Some(modules) = code.strip_prefix("import ") else { return Vec::new() };
    let names: Vec<&str> = modules
        .split(',')
        .map(|part| part.split_once(" as ").map_or(part, |(name, _)| name).trim())
        .collect();
    if names.iter().all(|name| is_dotted_name(name)) { names } else { Vec::new() }
}

fn is_dotted_name(name: &str) -> bool {
    name.split('.').all(|part| {
        part.starts_with(|c: char| c == '_' || c.is_alphabetic())
            && part.chars().all(|c| c == '_' || c.is_alphanumeric())
    })
}

pub(super) fn top(name: &str) -> &str {
    name.split_once('.').map_or(name, |(top, _)| top)
}

/// The names of modules that a session finds before all others: its files, and what lies in its own folders.
pub(super) fn own_modules(session: &Session) -> Vec<String> {
    let mut names = given_modules(session);
    names.extend(session.pythonpath.iter().flat_map(|folder| modules_in(folder)));
    names
}

/// Of those, its files.
fn given_modules(session: &Session) -> Vec<String> {
    let written = session.steps.iter().filter(|step| matches!(step.mode, StepMode::Write | StepMode::Offer));
    let written = written.filter_map(|step| Path::new(step.name.as_str()).components().next());
    let mut names: Vec<String> = written.filter_map(|part| module_name(part.as_os_str().as_ref())).collect();
    names.extend(session.files.iter().filter_map(|path| module_name(path)));
    names
}

/// What lies in a folder that modules are imported from.
fn modules_in(folder: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| module_name(&entry.path())).collect()
}

/// What a file or folder is imported as.
fn module_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    is_dotted_name(name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::choose;
    use crate::execute::testing::{session, step};
    use crate::load::settings::Preload;
    use exemplar_model::plan::{Session, StepMode};
    use exemplar_model::protocol::Preloading;

    fn chosen(sessions: &[Session], setting: &Preload) -> Preloading {
        choose(&sessions.iter().collect::<Vec<_>>(), setting)
    }

    #[test]
    fn what_two_sessions_import_is_loaded() {
        let codes = [
            "import json, os.path as p\nfrom collections.abc import Mapping\nimport json\n",
            "    from collections.abc import (\n  Mapping)\nimport json, csv; import wave  # x\n",
            "import os.path\n'''\nimport csv\n'''\nimport csv if\nfrom . import x\nfrom .csv import x\nimport\n",
            "from the beginning\nimport the rest\n",
        ];
        let sessions: Vec<Session> =
            codes.iter().map(|code| session(vec![step(StepMode::Exec, "script_1.py", code)])).collect();
        assert_eq!(chosen(&sessions, &Preload::Auto).modules, ["collections.abc", "json", "os.path"]);
        assert_eq!(chosen(&sessions[..1], &Preload::Auto), Preloading::default());
        assert_eq!(chosen(&sessions, &Preload::Off), Preloading::default());
        let named = Preload::Named(vec!["csv".to_owned(), "os; x".to_owned(), "a.b".to_owned()]);
        assert_eq!(chosen(&sessions, &named).modules, ["csv", "a.b"]);
    }

    #[test]
    fn what_does_not_run_is_not_loaded() {
        let mode = [StepMode::Compile, StepMode::Write, StepMode::Shell];
        let steps = |name: &str| mode.map(|mode| step(mode, name, "import json\n")).to_vec();
        let sessions = [session(steps("a.py")), session(steps("b.py"))];
        assert_eq!(chosen(&sessions, &Preload::Auto), Preloading::default());
    }

    #[test]
    fn a_name_that_a_session_has_itself_is_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("csv.py"), "").unwrap();
        let import = "import json, random, csv, wave\n";
        let mut first = session(vec![
            step(StepMode::Write, "random/data.txt", ""),
            step(StepMode::Exec, "script_1.py", import),
        ]);
        first.files = vec!["docs/json.py".into()];
        first.pythonpath = vec![folder.path().to_owned()];
        let second = session(vec![step(StepMode::Exec, "script_1.py", import)]);
        let shadowed = ["csv", "json", "random"].map(str::to_owned).to_vec();
        assert_eq!(
            chosen(&[first, second], &Preload::Auto),
            Preloading { modules: vec!["wave".to_owned()], shadowed }
        );
    }
}
