//! How long each fence took, in a file of its own: the only one of a site that differs between two builds of the same book, unless its
//! results were kept. The script of the theme puts the numbers where each fence says how it was verified.

use std::collections::BTreeMap;
use std::path::Path;

use crate::SiteError;
use crate::chapter::VerifiedChapter;

/// Its name, from the root of the site. Where pages are opened from files, a script may be loaded and data may not.
pub(crate) const NAME: &str = "timings.js";

/// Writes the file: by the path that `exemplar check` takes, the milliseconds of each fence of a page; none where nothing ran.
///
/// # Errors
/// When the system refuses.
pub(crate) fn write(chapters: &[VerifiedChapter<'_>], source: &Path, site: &Path) -> Result<(), SiteError> {
    let timings: BTreeMap<String, Vec<Option<f64>>> = chapters
        .iter()
        .map(|chapter| (source.join(&chapter.path).to_string_lossy().into_owned(), of_fences(chapter)))
        .collect();
    let timings = serde_json::to_string(&timings).map_err(std::io::Error::other)?;
    Ok(fs_err::write(site.join(NAME), format!("window.exemplarTimings = {timings};\n"))?)
}

fn of_fences(chapter: &VerifiedChapter<'_>) -> Vec<Option<f64>> {
    let mut fences = vec![None; chapter.page.fences.len()];
    for example in chapter.examples {
        let took = example.result.duration_ms;
        if let Some(fence) = fences.get_mut(example.fence).filter(|_| took > 0.0) {
            *fence = Some(rounded(fence.unwrap_or(0.0) + took));
        }
    }
    fences
}

/// To a tenth: more would be noise.
fn rounded(milliseconds: f64) -> f64 {
    (milliseconds * 10.0).round() / 10.0
}
