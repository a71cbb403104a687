//! Hashes of structured data: each part with its length, so that no two different lists of parts are the same bytes.

use serde::{Deserialize, Serialize};

/// A hash, half as long as BLAKE3 gives it: more than enough where nobody tries to find a second text with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Digest([u8; 16]);

impl Digest {
    /// Of bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::short(&blake3::hash(bytes))
    }

    fn short(hash: &blake3::Hash) -> Self {
        let mut short = [0; 16];
        short.copy_from_slice(&hash.as_bytes()[..16]);
        Self(short)
    }

    /// In hexadecimal digits.
    pub(super) fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Makes a digest of parts.
#[derive(Default)]
pub(super) struct Parts(blake3::Hasher);

impl Parts {
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    pub(super) fn digest(&mut self, digest: Digest) -> &mut Self {
        self.bytes(&digest.0)
    }

    pub(super) fn done(&self) -> Digest {
        Digest::short(&self.0.finalize())
    }
}
