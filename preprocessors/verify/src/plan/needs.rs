//! What a fence needs of an interpreter (`python=`, `if=`, `requires=`), and which interpreter has it.
//!
//! Versions are compared by PEP 440, markers and requirements by PEP 508. What is no version, marker or requirement is a diagnostic of
//! parsing, and is taken for met here: one mistake is told once.

use ecow::eco_format;
use exemplar_model::environment::{PythonEnvironment, Surroundings};
use exemplar_model::fence::{Attributes, Fence};
use exemplar_model::plan::Unmet;
use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{
    MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree, Requirement, VerbatimUrl, VersionOrUrl,
};

/// Where a fence runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    /// On the run's own Python.
    Own,
    /// On another one: its place among [`Surroundings::others`].
    Other(usize),
    /// Nowhere here.
    Nowhere(Unmet),
}

/// Whether any fence asks for something that only an interpreter can tell.
pub(crate) fn asks(fence: &Fence) -> bool {
    let Attributes { python, condition, requires, .. } = &*fence.attributes;
    python.is_some() || condition.is_some() || !requires.is_empty()
}

/// Where a fence runs.
pub(super) fn home(fence: &Fence, surroundings: &Surroundings) -> Home {
    let Some(own) = surroundings.own.as_ref().filter(|_| asks(fence)) else { return Home::Own };
    if fits_version(fence, own) {
        return unmet(fence, own).map_or(Home::Own, Home::Nowhere);
    }
    let others = || surroundings.others.iter().enumerate();
    if let Some((index, _)) =
        others().find(|(_, other)| fits_version(fence, other) && unmet(fence, other).is_none())
    {
        return Home::Other(index);
    }
    let of_version = others().find(|(_, other)| fits_version(fence, other));
    Home::Nowhere(of_version.and_then(|(_, other)| unmet(fence, other)).unwrap_or_else(|| {
        let wanted = fence.attributes.python.as_deref().unwrap_or_default();
        Unmet::Python(eco_format!("needs Python {wanted}: this is {}, and no other here fits", own.version))
    }))
}

/// Whether a fence is a part of its session on this interpreter: of one that runs there for the sake of another fence.
pub(super) fn takes_part(fence: &Fence, environment: &PythonEnvironment) -> bool {
    fits_version(fence, environment) && unmet(fence, environment).is_none()
}

fn fits_version(fence: &Fence, environment: &PythonEnvironment) -> bool {
    let Some(wanted) = &fence.attributes.python else { return true };
    match (wanted.parse::<VersionSpecifiers>(), environment.version.parse::<Version>()) {
        (Ok(wanted), Ok(version)) => wanted.contains(&version),
        _ => true,
    }
}

/// What of `if=` and `requires=` is not met.
fn unmet(fence: &Fence, environment: &PythonEnvironment) -> Option<Unmet> {
    let markers = markers(environment)?;
    if let Some(condition) = &fence.attributes.condition
        && let Ok(tree) = condition.parse::<MarkerTree>()
        && !tree.evaluate(&markers, &[])
    {
        return Some(Unmet::Requirement(eco_format!("runs only where {condition}")));
    }
    fence.attributes.requires.iter().find_map(|wanted| missing(wanted, environment, &markers))
}

fn missing(wanted: &str, environment: &PythonEnvironment, markers: &MarkerEnvironment) -> Option<Unmet> {
    let requirement: Requirement<VerbatimUrl> = wanted.parse().ok()?;
    if !requirement.marker.evaluate(markers, &[]) {
        return None;
    }
    let Some(installed) = environment.packages.get(requirement.name.as_ref()) else {
        return Some(Unmet::Requirement(eco_format!("needs {wanted}, which is not installed")));
    };
    let fits = match (&requirement.version_or_url, installed.parse::<Version>()) {
        (Some(VersionOrUrl::VersionSpecifier(specifiers)), Ok(version)) => specifiers.contains(&version),
        _ => true,
    };
    (!fits).then(|| Unmet::Requirement(eco_format!("needs {wanted}: {installed} is installed")))
}

fn markers(environment: &PythonEnvironment) -> Option<MarkerEnvironment> {
    let value = |name: &str| environment.markers.get(name).map_or("", String::as_str);
    MarkerEnvironment::try_from(MarkerEnvironmentBuilder {
        implementation_name: value("implementation_name"),
        implementation_version: value("implementation_version"),
        os_name: value("os_name"),
        platform_machine: value("platform_machine"),
        platform_python_implementation: value("platform_python_implementation"),
        platform_release: value("platform_release"),
        platform_system: value("platform_system"),
        platform_version: value("platform_version"),
        python_full_version: value("python_full_version"),
        python_version: value("python_version"),
        sys_platform: value("sys_platform"),
    })
    .ok()
}
