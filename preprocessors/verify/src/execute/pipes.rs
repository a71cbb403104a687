//! The pipes of one session, and what their bytes come to.
//!
//! Each byte that is awaited costs a switch from the session's process to this one and back, which takes longer than most examples. So the
//! pipes are looked into now and then, and watched only while so much comes that the session might have to wait for room in them.
//!
//! Invariants: reading never blocks, and no more is kept than the session's limits allow, however much comes. What is over them is read
//! and counted, so that the session can't hang on a full pipe before it is killed.
//!
//! Deliberately absent: who ends the session that went wrong, and when; see [`super::session`].

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use exemplar_model::plan::Session;
use exemplar_model::protocol::Frame;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;

use super::checkpoint::Seen;
use super::frames::FrameDecoder;
use super::job::hex;
use super::observed::KillReason;
use super::output::{OutputDecoder, StepText};

/// How many bytes are read at a time: what a pipe holds.
pub(super) const READ_AT_ONCE: usize = 64 << 10;

/// How many bytes at a time make the pipes worth watching: half of what one holds on Linux, unless it is told otherwise.
const WORTH_WATCHING: usize = 32 << 10;

/// What a pipe holds at most, in bytes: the system's limit for unprivileged users (pipe(7)).
const MOST_IN_PIPE: usize = 1 << 20;

/// The most bytes of a faulthandler dump that are kept.
const TRACE_LIMIT: usize = 256 << 10;

/// Which pipe is which, in the order in which a session is given their far ends.
const RESULTS: usize = 0;
const STDOUT: usize = 1;
const STDERR: usize = 2;
const TRACE: usize = 3;

/// The near ends, and what came out of them.
pub(super) struct Pipes<'a> {
    /// None for one that has ended.
    near: [Option<OwnedFd>; 4],
    buffer: &'a mut [u8],
    output_limit: usize,
    frames: FrameDecoder,
    /// Whether something came that is no frame of ours. Nothing behind it is believed.
    damaged: bool,
    results: Vec<Frame>,
    stdout: OutputDecoder,
    stderr: OutputDecoder,
    trace: Vec<u8>,
    dropped: u64,
}

/// All that came.
pub(super) struct Received {
    pub(super) results: Vec<Frame>,
    pub(super) stdout: Vec<StepText>,
    pub(super) stderr: Vec<StepText>,
    /// The dump of a session that was asked where it hangs, or that crashed.
    pub(super) trace: String,
    /// How many bytes came behind those that put an output over its limit.
    pub(super) dropped: u64,
}

impl<'a> Pipes<'a> {
    /// Those of a session of whose first steps all was seen already, and their far ends. `buffer` has room for [`READ_AT_ONCE`] bytes.
    pub(super) fn open(
        nonce: [u8; 16],
        session: &Session,
        seen: Seen,
        buffer: &'a mut [u8],
    ) -> io::Result<(Self, [OwnedFd; 4])> {
        let [(frames, frames_far), (stdout, stdout_far), (stderr, stderr_far), (trace, trace_far)] =
            [pipe()?, pipe()?, pipe()?, pipe()?];
        let mut results = seen.results;
        results.reserve_exact((session.steps.len() + 1).saturating_sub(results.len()));
        let marks = session.steps.iter().map(|step| step.marks.len()).collect::<Vec<_>>();
        let pipes = Self {
            near: [Some(frames), Some(stdout), Some(stderr), Some(trace)],
            buffer,
            output_limit: usize::try_from(session.output).unwrap_or(usize::MAX),
            frames: FrameDecoder::new(nonce),
            damaged: false,
            results,
            stderr: OutputDecoder::new(&hex(&nonce), vec![0; marks.len()], seen.stderr),
            stdout: OutputDecoder::new(&hex(&nonce), marks, seen.stdout),
            trace: Vec::new(),
            dropped: 0,
        };
        Ok((pipes, [frames_far, stdout_far, stderr_far, trace_far]))
    }

    /// Those that have not ended, with the number by which they are read.
    pub(super) fn near(&self) -> impl Iterator<Item = (usize, &OwnedFd)> {
        self.near.iter().enumerate().filter_map(|(index, end)| Some((index, end.as_ref()?)))
    }

    /// Takes what all of them hold now, and says whether that was so much that they are worth watching.
    pub(super) fn read_all(&mut self) -> bool {
        let lengths = [RESULTS, STDOUT, STDERR, TRACE].map(|index| self.read(index));
        lengths.iter().any(|&length| length >= WORTH_WATCHING)
    }

    /// Takes what one of them holds now: how many bytes. One that has ended is closed.
    pub(super) fn read(&mut self, index: usize) -> usize {
        let read = self.near[index].as_ref().map(|pipe| rustix::io::read(pipe, &mut *self.buffer));
        let length = match read {
            Some(Ok(length)) => length,
            Some(Err(Errno::AGAIN | Errno::INTR)) | None => return 0,
            Some(Err(_)) => 0,
        };
        if length == 0 {
            self.near[index] = None;
            return 0;
        }
        let bytes = &self.buffer[..length];
        match index {
            RESULTS if self.damaged => {}
            RESULTS => self.damaged = self.frames.push(bytes, &mut self.results).is_err(),
            STDOUT if self.stdout.most_bytes() <= self.output_limit => self.stdout.push(bytes),
            STDERR if self.stderr.most_bytes() <= self.output_limit => self.stderr.push(bytes),
            TRACE => {
                let room = TRACE_LIMIT.saturating_sub(self.trace.len());
                self.trace.extend_from_slice(&bytes[..length.min(room)]);
            }
            // An output that is over its limit already.
            _ => self.dropped = self.dropped.saturating_add(length as u64),
        }
        length
    }

    /// After the end: what is still in them. All writers are dead, unless the zygote was lost too; so no more is read than a pipe can
    /// hold.
    pub(super) fn drain(&mut self) {
        for index in [RESULTS, STDOUT, STDERR, TRACE] {
            let mut left = MOST_IN_PIPE;
            while left > 0 {
                match self.read(index) {
                    0 => break,
                    length => left = left.saturating_sub(length),
                }
            }
        }
    }

    /// For what the session must be ended, by what came.
    pub(super) fn fault(&self) -> Option<KillReason> {
        if self.is_damaged() {
            return Some(KillReason::Damaged);
        }
        let most_bytes = self.stdout.most_bytes().max(self.stderr.most_bytes());
        (most_bytes > self.output_limit).then_some(KillReason::OutputLimit)
    }

    pub(super) fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// How many bytes of a dump came.
    pub(super) fn traced(&self) -> usize {
        self.trace.len()
    }

    pub(super) fn received(self) -> Received {
        Received {
            results: self.results,
            stdout: self.stdout.finish(),
            stderr: self.stderr.finish(),
            trace: String::from_utf8_lossy(&self.trace).into_owned(),
            dropped: self.dropped,
        }
    }
}

/// A pipe whose near end, the first, never blocks.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    rustix::fs::fcntl_setfl(reader.as_fd(), OFlags::NONBLOCK)?;
    Ok((reader, writer))
}
