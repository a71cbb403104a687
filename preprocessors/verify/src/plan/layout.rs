//! Which fences share a session, and on which interpreter.

use std::path::PathBuf;

use exemplar_model::environment::{PythonEnvironment, Surroundings};
use exemplar_model::fence::Fence;
use exemplar_model::plan::{Division, Page, Unmet};

use super::needs::{Home, home, takes_part};

/// A session before it has steps.
#[derive(Debug)]
pub(super) struct Laid {
    /// Its name within the page.
    pub(super) name: String,
    /// The interpreter, where it is not the run's own.
    pub(super) python: Option<PathBuf>,
    /// Its fences, in page order.
    pub(super) members: Vec<Member>,
}

/// A fence as a part of a session.
#[derive(Debug)]
pub(super) struct Member {
    /// Which fence of the page.
    pub(super) fence: usize,
    /// Whether it is reported here.
    pub(super) reported: bool,
    /// Why it does not run.
    pub(super) unmet: Option<Unmet>,
}

/// The sessions of a page, in the order of their first fences. Those on other interpreters stand behind the page's own.
pub(super) fn layout(page: &Page, division: Division, surroundings: &Surroundings) -> Vec<Laid> {
    let division = page.division.unwrap_or(division);
    let homes: Vec<Home> = page.fences.iter().map(|fence| home(fence, surroundings)).collect();
    let shared = share(page, division);
    let mut laid = Vec::with_capacity(shared.len());
    let mut elsewhere = Vec::new();
    for (name, fences) in shared {
        elsewhere.extend(
            surroundings
                .others
                .iter()
                .enumerate()
                .filter_map(|(other, environment)| variant(page, &name, &fences, &homes, other, environment)),
        );
        let members: Vec<Member> = fences
            .iter()
            .filter_map(|&fence| {
                let unmet = match &homes[fence] {
                    Home::Own => None,
                    Home::Nowhere(unmet) => Some(unmet.clone()),
                    Home::Other(_) => return None,
                };
                Some(Member { fence, reported: true, unmet })
            })
            .collect();
        if !members.is_empty() {
            laid.push(Laid { name, python: None, members });
        }
    }
    laid.append(&mut elsewhere);
    laid
}

/// The fences of each session, by its name.
fn share(page: &Page, division: Division) -> Vec<(String, Vec<usize>)> {
    let mut shared: Vec<(String, Vec<usize>)> = Vec::new();
    let mut alone = 0;
    let fences = page.fences.iter().enumerate().filter(|(_, fence)| fence.attributes.lab.is_none());
    for (index, fence) in fences {
        if fence.attributes.isolated {
            // An isolated session is nobody else's, whatever the others are called.
            alone += 1;
            shared.push((format!("isolated-{alone}"), vec![index]));
            continue;
        }
        let name = fence.attributes.session.clone().unwrap_or_else(|| own_name(fence, index, division));
        match shared.iter_mut().find(|(known, fences)| {
            *known == name && !fences.iter().any(|&fence| page.fences[fence].attributes.isolated)
        }) {
            Some((_, fences)) => fences.push(index),
            None => shared.push((name, vec![index])),
        }
    }
    shared
}

/// The name of the session that a fence is in when it names none. `reset` numbers the sessions from 2 on.
fn own_name(fence: &Fence, index: usize, division: Division) -> String {
    let name = match division {
        Division::Page => "page".to_owned(),
        Division::Heading => format!("section-{}", fence.section),
        Division::Fence => format!("fence-{}", index + 1),
    };
    if fence.epoch == 0 { name } else { format!("{name}-{}", fence.epoch + 1) }
}

/// A session once more on another interpreter; none when no fence of it is at home there.
fn variant(
    page: &Page,
    name: &str,
    fences: &[usize],
    homes: &[Home],
    other: usize,
    environment: &PythonEnvironment,
) -> Option<Laid> {
    let is_home = |fence: usize| homes[fence] == Home::Other(other);
    let last = fences.iter().rposition(|&fence| is_home(fence))?;
    let members = fences[..=last]
        .iter()
        .filter(|&&fence| takes_part(&page.fences[fence], environment))
        .map(|&fence| Member { fence, reported: is_home(fence), unmet: None })
        .collect();
    let minor = environment.version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    Some(Laid { name: format!("{name}@{minor}"), python: Some(environment.executable.clone()), members })
}
