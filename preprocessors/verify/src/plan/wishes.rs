//! What a fence asks for, and what it gets.
//!
//! The caps are in the settings, so that a change of a page alone can't grant it the network or the machine's memory.

use std::time::Duration;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Fence;
use exemplar_model::protocol::Network;
use exemplar_model::quantity;

use crate::load::settings::{Caps, Limits};

/// What a fence gets.
pub(super) struct Granted {
    pub(super) timeout: Duration,
    pub(super) memory: u64,
    pub(super) processes: usize,
    pub(super) output: u64,
    pub(super) network: Network,
}

/// Grants a fence its wishes up to the caps, and says where it asks for more.
pub(super) fn grant(
    fence: &Fence,
    limits: &Limits,
    caps: &Caps,
    diagnostics: &mut Vec<Diagnostic>,
) -> Granted {
    let wish = &fence.attributes;
    let caps = caps.at_least(limits);
    let mut over = |attribute: &str, cap: String| {
        let message = format!("`{attribute}` asks for more than the settings allow, which is {cap}");
        diagnostics.push(
            Diagnostic::error("over-cap", wish.place(attribute).unwrap_or(fence.opening), message)
                .help(format!("ask for less, or raise `caps.{attribute}` in the settings")),
        );
    };
    if wish.timeout.is_some_and(|timeout| timeout > caps.timeout) {
        over("timeout", format!("{} s", caps.timeout.as_secs_f64()));
    }
    if wish.memory.is_some_and(|memory| memory > caps.memory) {
        over("memory", quantity::written_bytes(caps.memory));
    }
    if wish.processes.is_some_and(|processes| processes > caps.processes) {
        over("processes", caps.processes.to_string());
    }
    if wish.output.is_some_and(|output| output > caps.output) {
        over("output", quantity::written_bytes(caps.output));
    }
    if wish.network.is_some_and(|network| network > caps.network) {
        let cap = match caps.network {
            Network::None => "none",
            Network::Loopback => "loopback",
            Network::Full => "full",
        };
        over("network", format!("`{cap}`"));
    }
    Granted {
        timeout: wish.timeout.unwrap_or(limits.timeout).min(caps.timeout),
        memory: wish.memory.unwrap_or(limits.memory).min(caps.memory),
        processes: wish.processes.unwrap_or(limits.processes).min(caps.processes),
        output: wish.output.unwrap_or(limits.output).min(caps.output),
        network: wish.network.unwrap_or(limits.network).min(caps.network),
    }
}
