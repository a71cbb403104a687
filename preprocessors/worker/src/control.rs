//! The control socket: commands with descriptors in, events out.
//!
//! Sequenced packets keep messages whole, so there is no framing and no partial read.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use exemplar_model::protocol::{Command, Event, MAX_CONTROL_BYTES, MAX_CONTROL_DESCRIPTORS};
use rustix::io::{Errno, IoSliceMut};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, send, sendmsg, sockopt::socket_type,
};
use rustix::process::{Resource, getrlimit};

/// Where the worker keeps its own descriptors, unless fewer are allowed: out of the way of those that examples open.
const FIRST_PRIVATE_DESCRIPTOR: u64 = 960;

/// The lowest number for a descriptor of the worker's own, within what the system allows this process.
fn first_private() -> i32 {
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    i32::try_from(FIRST_PRIVATE_DESCRIPTOR.min(allowed.saturating_sub(16))).unwrap_or(i32::MAX)
}

/// The control socket of a zygote.
pub(crate) struct Control {
    socket: OwnedFd,
}

impl Control {
    /// Takes the socket from descriptor 0, puts nothing in its place, and closes every other descriptor that was inherited: a session
    /// must find none that it could write to or wait on.
    pub(crate) fn take_stdin() -> io::Result<Self> {
        // Out of the terminal's reach from the first moment on: Ctrl-C is `exemplar`'s affair.
        let _ = rustix::process::setsid();
        let stdin = rustix::stdio::stdin();
        socket_type(stdin)?;
        let socket = rustix::io::fcntl_dupfd_cloexec(stdin, first_private())?;
        let nothing = rustix::fs::open("/dev/null", rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty())?;
        rustix::stdio::dup2_stdin(&nothing)?;
        drop(nothing);
        close_all_but(socket.as_raw_fd());
        Ok(Self { socket })
    }

    /// A control socket over a copy of a descriptor that came with a command.
    pub(crate) fn over(socket: &OwnedFd) -> io::Result<Self> {
        Ok(Self { socket: rustix::io::fcntl_dupfd_cloexec(socket, first_private())? })
    }

    /// Sends an event.
    pub(crate) fn send(&self, event: &Event) -> io::Result<()> {
        let message = serde_json::to_vec(event)?;
        loop {
            match send(&self.socket, &message, SendFlags::NOSIGNAL) {
                Err(Errno::INTR) => {}
                other => return Ok(other.map(|_| ())?),
            }
        }
    }

    /// Sends an event and the descriptor that goes with it.
    pub(crate) fn send_with(&self, event: &Event, descriptor: &OwnedFd) -> io::Result<()> {
        let message = serde_json::to_vec(event)?;
        let rights = [descriptor.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        ancillary.push(SendAncillaryMessage::ScmRights(&rights));
        loop {
            match sendmsg(&self.socket, &[IoSlice::new(&message)], &mut ancillary, SendFlags::NOSIGNAL) {
                Err(Errno::INTR) => {}
                other => return Ok(other.map(|_| ())?),
            }
        }
    }

    /// Waits for a command and the descriptors beside it. None when the other end is gone.
    pub(crate) fn receive(&self) -> io::Result<Option<(Command, Vec<OwnedFd>)>> {
        let mut bytes = vec![0; MAX_CONTROL_BYTES];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_CONTROL_DESCRIPTORS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            let mut parts = [IoSliceMut::new(&mut bytes)];
            match recvmsg(&self.socket, &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
                Err(Errno::INTR) => {}
                Err(Errno::CONNRESET) => return Ok(None),
                other => break other?,
            }
        };
        if received.bytes == 0 {
            return Ok(None);
        }
        let mut descriptors = Vec::new();
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                descriptors.extend(rights);
            }
        }
        Ok(Some((serde_json::from_slice(&bytes[..received.bytes])?, descriptors)))
    }
}

impl AsFd for Control {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Closes every descriptor from 3 on but this one.
fn close_all_but(kept: i32) {
    let open = fs_err::read_dir("/proc/self/fd").into_iter().flatten();
    let numbers: Vec<i32> = open
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|&it| it > 2 && it != kept)
        .collect();
    for number in numbers {
        if descriptor_is_open(number) {
            // SAFETY: this runs before anything in this process owns a descriptor beside the standard ones and the one that is kept: the
            // runtime of Rust opens none, and the list of descriptors was closed above. So nobody else closes or uses this number.
            drop(unsafe { OwnedFd::from_raw_fd(number) });
        }
    }
}

fn descriptor_is_open(number: i32) -> bool {
    // SAFETY: the descriptor is only asked for its flags and not kept; a closed one gives an error.
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_getfd(fd).is_ok()
}
