//! The near end of a zygote's control socket.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use exemplar_model::protocol::{Command, Event, MAX_CONTROL_BYTES, MAX_CONTROL_DESCRIPTORS};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, IoSliceMut};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recv, recvmsg, sendmsg, socketpair,
};

use super::Interrupt;

/// A zygote, by its control socket. Dropping it ends the zygote.
#[derive(Debug)]
pub(super) struct Zygote {
    socket: OwnedFd,
}

impl Zygote {
    /// A socket pair: the handle, and the end that the zygote gets.
    pub(super) fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok((Self { socket: ours }, theirs))
    }

    /// Sends a command and the descriptors that go with it.
    pub(super) fn send(&self, command: &Command, descriptors: &[&OwnedFd]) -> io::Result<()> {
        let message = serde_json::to_vec(command)?;
        let borrowed: Vec<BorrowedFd<'_>> = descriptors.iter().map(|descriptor| descriptor.as_fd()).collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_CONTROL_DESCRIPTORS))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !borrowed.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(&borrowed)) {
            return Err(io::Error::other("too many descriptors for one command"));
        }
        loop {
            match sendmsg(&self.socket, &[IoSlice::new(&message)], &mut ancillary, SendFlags::NOSIGNAL) {
                Err(Errno::INTR) => {}
                other => return Ok(other.map(|_| ())?),
            }
        }
    }

    /// Waits for an event, or for the user to end the run.
    pub(super) fn receive_unless(&self, interrupt: &Interrupt) -> io::Result<Option<Event>> {
        loop {
            let mut waited =
                [PollFd::new(&self.socket, PollFlags::IN), PollFd::new(interrupt, PollFlags::IN)];
            match poll(&mut waited, None) {
                Err(Errno::INTR) => continue,
                other => other?,
            };
            return if waited[1].revents().is_empty() {
                self.receive()
            } else {
                Err(io::ErrorKind::Interrupted.into())
            };
        }
    }

    /// Waits for an event; none when the zygote is gone.
    pub(super) fn receive(&self) -> io::Result<Option<Event>> {
        let mut bytes = [0; MAX_CONTROL_BYTES];
        let length = loop {
            match recv(&self.socket, &mut bytes[..], RecvFlags::empty()) {
                Err(Errno::INTR) => {}
                Err(Errno::CONNRESET) => return Ok(None),
                other => break other?.0,
            }
        };
        if length == 0 { Ok(None) } else { Ok(Some(serde_json::from_slice(&bytes[..length])?)) }
    }

    /// Of a socket by which a session tells of checkpoints: one of which nobody has heard yet, by its step and control socket.
    pub(super) fn receive_held(&self) -> Option<(usize, Self)> {
        let mut bytes = [0; MAX_CONTROL_BYTES];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let length = recvmsg(&self.socket, &mut parts, &mut ancillary, flags).ok()?.bytes;
        let socket = ancillary.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut rights) => rights.next(),
            _ => None,
        })?;
        match serde_json::from_slice(&bytes[..length]) {
            Ok(Event::Held { step }) => Some((step, Self { socket })),
            _ => None,
        }
    }
}

impl AsFd for Zygote {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
