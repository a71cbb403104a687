//! Landlock: which files a process may read and write.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

/// The newest version of Landlock whose rights are asked for; an older kernel enforces what it knows.
const VERSION: ABI = ABI::V7;

/// What any program writes to: sinks, and the shared memory that locks of `multiprocessing` live in.
const WRITABLE: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/shm"];

/// What nobody makes: a device file is a way to the disk itself, and root may make one.
fn devices() -> BitFlags<AccessFs> {
    AccessFs::MakeChar | AccessFs::MakeBlock
}

/// How much of a confinement the kernel enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enforced {
    Fully,
    Partly,
    Not,
}

/// The rights of the first layer.
pub(crate) struct Reach<'a> {
    /// The user's home, which can't be read; none when there is no home to protect.
    pub(crate) home: Option<&'a Path>,
    /// What can be read even there.
    pub(crate) readable: &'a [PathBuf],
    /// The directory that all sessions of the run have theirs in.
    pub(crate) scratch: &'a Path,
}

/// The first layer, for the zygotes: no reading in the home, no writing outside the run's directory.
pub(crate) fn confine_zygote(reach: &Reach<'_>) -> Result<Enforced, RulesetError> {
    let read = AccessFs::from_read(VERSION);
    let everything = AccessFs::from_all(VERSION) & !BitFlags::from(AccessFs::IoctlDev);
    let granted = everything & !devices();
    let mut readable = match reach.home {
        Some(home) => all_but(home),
        None => vec![PathBuf::from("/")],
    };
    readable.extend(reach.readable.iter().cloned());
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(everything)?
        .create()?
        .add_rules(path_beneath_rules(readable, read))?
        .add_rules(path_beneath_rules(WRITABLE, granted))?
        .add_rules(path_beneath_rules([reach.scratch], granted))?
        .restrict_self()?;
    Ok(enforced(&status.ruleset))
}

/// The second layer, for a session: writing in its own directory only, and no signal to anybody outside.
pub(crate) fn confine_session(directory: &Path) -> Result<Enforced, RulesetError> {
    let write = AccessFs::from_write(VERSION) & !BitFlags::from(AccessFs::IoctlDev);
    let granted = write & !devices();
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(write)?
        .scope(Scope::from_all(VERSION))?
        .create()?
        .add_rules(path_beneath_rules(WRITABLE, granted))?
        .add_rules(path_beneath_rules([directory], granted))?
        .restrict_self()?;
    Ok(enforced(&status.ruleset))
}

fn enforced(status: &RulesetStatus) -> Enforced {
    match status {
        RulesetStatus::FullyEnforced => Enforced::Fully,
        RulesetStatus::PartiallyEnforced => Enforced::Partly,
        RulesetStatus::NotEnforced => Enforced::Not,
    }
}

/// Everything on the machine but one folder. Landlock only knows permissions and a permission holds for all that lies below, so on the
/// way down to the folder each sibling gets one of its own.
fn all_but(folder: &Path) -> Vec<PathBuf> {
    let mut rest = Vec::new();
    for ancestor in folder.ancestors().skip(1) {
        let Ok(entries) = fs_err::read_dir(ancestor) else { continue };
        rest.extend(
            entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| !folder.starts_with(path)),
        );
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::all_but;

    #[test]
    fn all_but_a_folder_leaves_its_siblings_and_those_of_its_parents() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["home/me/secret", "home/you", "other"] {
            fs_err::create_dir_all(root.path().join(folder)).unwrap();
        }
        let rest = all_but(&root.path().join("home/me"));
        assert!(rest.contains(&root.path().join("home/you")) && rest.contains(&root.path().join("other")));
        assert!(!rest.iter().any(|path| root.path().join("home/me").starts_with(path)));
    }
}
