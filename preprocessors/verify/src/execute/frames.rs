//! The results pipe: bytes to frames.
//!
//! Code under test can write to every descriptor it finds. A frame that lacks the session's nonce, has an impossible length or a wrong
//! checksum is not ours, and nothing after it is believed.

use exemplar_model::protocol::{FRAME_HEADER_BYTES, Frame, MAX_FRAME_BYTES, StepEnd};
use serde::Deserialize;

/// How both hosts begin what they write of a step, `Session.send` of the driver included.
const STEP: &[u8] = br#"{"frame":"step","#;

/// Bytes that are no frame of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damaged;

/// Collects bytes and gives out whole frames.
pub(super) struct FrameDecoder {
    nonce: [u8; 16],
    pending: Vec<u8>,
}

impl FrameDecoder {
    pub(super) fn new(nonce: [u8; 16]) -> Self {
        Self { nonce, pending: Vec::new() }
    }

    /// Takes bytes and appends the frames that they complete.
    pub(super) fn push(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) -> Result<(), Damaged> {
        self.pending.extend_from_slice(bytes);
        let mut used = 0;
        while let Some((frame, length)) = self.first(used)? {
            frames.push(frame);
            used += length;
        }
        self.pending.drain(..used);
        Ok(())
    }

    fn first(&self, from: usize) -> Result<Option<(Frame, usize)>, Damaged> {
        let bytes = &self.pending[from..];
        let known = bytes.len().min(self.nonce.len());
        if bytes[..known] != self.nonce[..known] {
            return Err(Damaged);
        }
        let Some((header, rest)) = bytes.split_at_checked(FRAME_HEADER_BYTES) else { return Ok(None) };
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let length = number(16) as usize;
        if length > MAX_FRAME_BYTES {
            return Err(Damaged);
        }
        let Some(payload) = rest.get(..length) else { return Ok(None) };
        if crc32fast::hash(payload) != number(20) {
            return Err(Damaged);
        }
        let frame = match ran(payload) {
            Some(step) => Frame::Step(step),
            // Read for what it is, which takes half as long as to find that out from any place in it.
            None if payload.starts_with(STEP) => Frame::Step(read(payload)?),
            None => read(payload)?,
        };
        Ok(Some((frame, FRAME_HEADER_BYTES + length)))
    }
}

/// The frame of a step that ran and has nothing else to tell, as nearly all are, written as both hosts write it. Any other form is read
/// as JSON.
fn ran(payload: &[u8]) -> Option<StepEnd> {
    let numbers = payload.strip_prefix(br#"{"frame":"step","step":"#)?.strip_suffix(b"}")?;
    let (step, ns) = std::str::from_utf8(numbers).ok()?.split_once(",\"ns\":")?;
    Some(StepEnd { step: step.parse().ok()?, ns: ns.parse().ok()?, ..StepEnd::default() })
}

fn read<'p, Payload: Deserialize<'p>>(payload: &'p [u8]) -> Result<Payload, Damaged> {
    serde_json::from_slice(payload).map_err(|_| Damaged)
}

#[cfg(test)]
mod tests {
    use super::{Damaged, FrameDecoder};
    use exemplar_model::protocol::{Frame, StepEnd};

    fn encode(nonce: [u8; 16], frame: &Frame) -> Vec<u8> {
        let payload = serde_json::to_vec(frame).unwrap();
        let mut bytes = nonce.to_vec();
        bytes.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
        bytes.extend(crc32fast::hash(&payload).to_le_bytes());
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn frames_come_out_whole_however_the_bytes_arrive() {
        let nonce = [7; 16];
        let status = Some(1);
        let sent = [
            Frame::Step(StepEnd { step: 0, ns: 5, ..StepEnd::default() }),
            Frame::Step(StepEnd { step: 1, ns: 5, status, ..StepEnd::default() }),
            Frame::Done { failed: None },
        ];
        let bytes: Vec<u8> = sent.iter().flat_map(|frame| encode(nonce, frame)).collect();
        for size in 1..bytes.len() {
            let mut decoder = FrameDecoder::new(nonce);
            let mut frames = Vec::new();
            for part in bytes.chunks(size) {
                decoder.push(part, &mut frames).unwrap();
            }
            assert_eq!(frames, sent, "in pieces of {size} bytes");
        }
    }

    #[test]
    fn a_step_that_ran_is_what_its_json_says() {
        for payload in [r#"{"frame":"step","step":70,"ns":9}"#, r#"{"frame":"step","ns":9,"step":70}"#] {
            let frame: Frame = serde_json::from_str(payload).unwrap();
            let mut bytes = [7; 16].to_vec();
            bytes.extend(u32::try_from(payload.len()).unwrap().to_le_bytes());
            bytes.extend(crc32fast::hash(payload.as_bytes()).to_le_bytes());
            bytes.extend(payload.as_bytes());
            let mut frames = Vec::new();
            FrameDecoder::new([7; 16]).push(&bytes, &mut frames).unwrap();
            assert_eq!(frames, [frame]);
        }
    }

    #[test]
    fn a_wrong_nonce_and_a_changed_byte_are_noticed() {
        let mut bytes = encode([7; 16], &Frame::Done { failed: None });
        assert_eq!(FrameDecoder::new([8; 16]).push(&bytes, &mut Vec::new()), Err(Damaged));
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(FrameDecoder::new([7; 16]).push(&bytes, &mut Vec::new()), Err(Damaged));
    }
}
