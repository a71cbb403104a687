//! The results that are kept between runs: where, and `exemplar clean`.

use std::path::{Path, PathBuf};

use exemplar_verify::cache::{Cache, CacheOptions, RemoteOptions, default_folder};
use exemplar_verify::load::project::Project;
use exemplar_verify::pipeline::Verified;

use crate::arguments::{CleanArguments, RunArguments};
use crate::failure::{Failure, Verdict};
use crate::report::human;

/// The kept results that a run of this project uses; none where the user wants none, or there is no place for them.
pub(super) fn of(project: &Project, arguments: &RunArguments) -> Option<Cache> {
    if arguments.no_cache {
        return None;
    }
    let folder = folder(project, arguments.cache_dir.as_deref())?;
    let (limit, root) = (project.settings.cache_size, project.root.clone());
    let remote = RemoteOptions::of(project);
    Some(Cache::new(CacheOptions { folder, limit, root, recall: true, resumed: false, remote }))
}

fn folder(project: &Project, asked: Option<&Path>) -> Option<PathBuf> {
    let asked = asked.map(|asked| std::env::current_dir().unwrap_or_default().join(asked));
    asked.or_else(|| project.settings.cache_dir.clone()).or_else(default_folder)
}

/// Says of each session that ran why it had to.
pub(super) fn explain(verified: &Verified) {
    for (session, reason) in verified.sessions.iter().zip(&verified.reasons) {
        let Some(reason) = reason else { continue };
        let page = verified.files.sources.file(verified.pages[session.page].file).path();
        human::note(&format!("{page}, session `{}`, ran: {reason}", session.name));
    }
}

/// Removes all kept results.
pub(crate) fn clean(arguments: &CleanArguments) -> Result<Verdict, Failure> {
    let project = Project::find(Path::new("."))?;
    let Some(folder) = folder(&project, arguments.cache_dir.as_deref()) else {
        return Ok(Verdict::Verified);
    };
    let bytes = Cache::clear(&folder)?;
    human::note(&format!(
        "removed {:.1} MiB of kept results from {}",
        bytes as f64 / f64::from(1 << 20),
        folder.display()
    ));
    Ok(Verdict::Verified)
}
