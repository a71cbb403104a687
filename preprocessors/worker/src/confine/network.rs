//! No network, or this machine's loopback alone.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsRawFd;

use exemplar_model::protocol::Network;
use rustix::net::{AddressFamily, SocketType, socket};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Takes the network away from this process and all that it starts, for good.
pub(crate) fn confine(network: Network) -> io::Result<()> {
    match network {
        Network::None => refuse_sockets(),
        Network::Loopback => own_namespace(),
        Network::Full => Ok(()),
    }
}

/// Sockets of any family but `AF_UNIX` are refused with `EACCES`. So are the ways round that: `io_uring` makes sockets without the call.
/// `socketpair` is left, which asyncio needs.
fn refuse_sockets() -> io::Result<()> {
    let unix = u64::try_from(libc::AF_UNIX).map_err(io::Error::other)?;
    let other_family = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, unix);
    let rule =
        other_family.and_then(|condition| SeccompRule::new(vec![condition])).map_err(io::Error::other)?;
    let rules: BTreeMap<i64, Vec<SeccompRule>> =
        [(libc::SYS_socket, vec![rule]), (libc::SYS_io_uring_setup, Vec::new())].into();
    let refused = SeccompAction::Errno(u32::try_from(libc::EACCES).map_err(io::Error::other)?);
    let architecture = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    let filter =
        SeccompFilter::new(rules, SeccompAction::Allow, refused, architecture).map_err(io::Error::other)?;
    let program: BpfProgram = filter.try_into().map_err(io::Error::other)?;
    seccompiler::apply_filter(&program).map_err(io::Error::other)
}

/// A network namespace in which only loopback exists, and is up. An ordinary user needs a user namespace around it.
fn own_namespace() -> io::Result<()> {
    let mut flags = UnshareFlags::NEWNET;
    if !rustix::process::geteuid().is_root() {
        flags |= UnshareFlags::NEWUSER;
    }
    // SAFETY: neither flag concerns file descriptors, which is what makes the call unsafe; the process has a single thread, so no other
    // one is left behind in the old namespace.
    unsafe { unshare_unsafe(flags) }?;
    let socket = socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    // SAFETY: the request is zeroed, which is valid for this plain C structure, and names an interface with a terminating zero. The
    // descriptor is open and the pointer valid for the duration of both calls, which write within the structure only.
    let done = unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        for (to, &from) in request.ifr_name.iter_mut().zip(b"lo\0") {
            *to = from.cast_signed();
        }
        let got = libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS, &raw mut request);
        request.ifr_ifru.ifru_flags |= libc::c_short::try_from(libc::IFF_UP).unwrap_or_default();
        if got == 0 { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) } else { got }
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
