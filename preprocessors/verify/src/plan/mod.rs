//! The sessions that will run.
//!
//! A page is one session, unless its division or a `reset` makes several of it; `session=NAME` and `isolated` make others. Fences of a
//! session run in page order, scripts and prompted statements mixed. Every example of a fence stands in its session, also those that
//! never run: the report has them all.
//!
//! # Steps
//! 1. [`needs`]: on which interpreter a fence runs, if on any;
//! 2. [`layout`](mod@layout): which fences share a session, and on which interpreter;
//! 3. [`wishes`]: what the session may use;
//! 4. [`steps`]: what the driver executes, and what it is compared with;
//! 5. [`labs`]: the sessions that prove the labs of a page, behind all others of it.
//!
//! # Variants
//! A fence whose `python=` the run's own interpreter does not fit runs on another one that does. What stands above it on the page has to
//! run there too, for the names that it binds: its session is a copy of the page's on that interpreter, as far as the last such fence,
//! in which only those fences are reported that run nowhere else.

mod code;
mod labs;
mod layout;
mod needs;
mod steps;
mod transcript;
mod wishes;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::environment::Surroundings;
use exemplar_model::plan::{Page, Session};
use exemplar_model::source::SourceMap;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};

use crate::heap::make_room;
pub use crate::load::prelude::Prelude;
use crate::load::settings::{Caps, PageRules};
use crate::pipeline::Keep;

use layout::Laid;
pub(crate) use needs::asks;
use steps::Planner;

/// What holds where a fence says nothing, and how much it may ask for.
#[derive(Debug, Clone, Copy)]
pub struct PlanOptions<'a> {
    /// What holds on each page where a fence says nothing.
    pub rules: &'a [PageRules],
    /// The code that the sessions of each page begin with.
    pub preludes: &'a [Vec<Prelude>],
    /// How much a fence may ask for.
    pub caps: &'a Caps,
    /// The interpreters that there are.
    pub surroundings: &'a Surroundings,
    /// What of the pages is needed after their plan.
    pub keep: Keep,
}

/// The sessions, and which fences ask for more than they may.
#[derive(Debug)]
pub struct Plan {
    /// By page, and within a page in the order of their first fences; those on other interpreters behind the page's own.
    pub sessions: Vec<Session>,
    /// What is wrong with the fences' wishes.
    pub diagnostics: Vec<Diagnostic>,
}

/// Lays out the sessions of all pages.
#[must_use]
pub fn plan(sources: &SourceMap, pages: &mut [Page], options: PlanOptions<'_>) -> Plan {
    let of_page = |(index, page): (usize, &mut Page)| {
        let plan = plan_page(sources, page, index, options);
        if options.keep == Keep::Report {
            page.give_up_lines();
        }
        plan
    };
    let planned: Vec<Plan> = pages.par_iter_mut().enumerate().map(of_page).collect();
    let mut whole = Plan { sessions: Vec::with_capacity(planned.len()), diagnostics: Vec::new() };
    for mut plan in planned {
        whole.sessions.append(&mut plan.sessions);
        whole.diagnostics.append(&mut plan.diagnostics);
    }
    whole
}

fn plan_page(sources: &SourceMap, page: &Page, index: usize, options: PlanOptions<'_>) -> Plan {
    make_room();
    let rules = &options.rules[index];
    let mut plan = Plan { sessions: Vec::new(), diagnostics: Vec::new() };
    let granted: Vec<_> = page
        .fences
        .iter()
        .map(|fence| wishes::grant(fence, &rules.limits, options.caps, &mut plan.diagnostics))
        .collect();
    for laid in layout::layout(page, rules.division, options.surroundings) {
        let mut planner = Planner::begin(sources, page, index, rules, &laid);
        for prelude in &options.preludes[index] {
            planner.add_prelude(prelude);
        }
        let Laid { members, .. } = &laid;
        for member in members {
            planner.add(member, &granted[member.fence]);
        }
        plan.sessions.push(planner.finish());
    }
    for lab in &page.labs {
        plan.sessions.extend(labs::proofs(sources, page, index, rules, lab, &granted, options.surroundings));
    }
    plan
}
