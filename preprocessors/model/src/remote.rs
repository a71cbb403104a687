//! What `exemplar` and the program of shared results, `exemplar-remote-cache`, say to each other, by its standard input and output.
//!
//! A message is `length of the head (u32) · length of the body (u32) · head · body`, little endian; the head is a [`Request`] or an
//! [`Answer`] in JSON, the body a record as the store of kept results has it, or nothing. Requests may be answered in any order. The program
//! ends when its input does and all is answered.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The longest head and the longest body, in bytes. What is longer is no message.
const MOST_HEAD: usize = 64 << 10;
const MOST_BODY: usize = 64 << 20;

/// What `exemplar` wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "want", rename_all = "kebab-case")]
pub enum Request {
    /// The first one: where the results are, as a URL. It may hold a password, so it is on no command line.
    Open {
        /// The URL.
        url: String,
    },
    /// A record, by its name.
    Get {
        /// The name.
        name: String,
    },
    /// Keep the record in the body.
    Put {
        /// Its name.
        name: String,
    },
}

/// What the program says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// The record is in the body.
    Found {
        /// Its name.
        name: String,
    },
    /// There is no such record.
    None {
        /// Its name.
        name: String,
    },
    /// The record is kept.
    Kept {
        /// Its name.
        name: String,
    },
    /// It could not be had or kept, or nothing can.
    Failed {
        /// Why not, without any secret.
        reason: String,
    },
}

/// A message; none where it is longer than one may be.
#[must_use]
pub fn message(head: &impl Serialize, body: &[u8]) -> Option<Vec<u8>> {
    let head = serde_json::to_vec(head).ok()?;
    let is_short = head.len() <= MOST_HEAD && body.len() <= MOST_BODY;
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).ok().map(u32::to_le_bytes);
    is_short.then(|| Some([&length(&head)?[..], &length(body)?, &head, body].concat()))?
}

/// The next message, from what fills a buffer or says that it can't. None at the end, which is also where what comes is none.
pub fn read_message<T: DeserializeOwned>(mut fill: impl FnMut(&mut [u8]) -> bool) -> Option<(T, Vec<u8>)> {
    let mut part = |length: usize, most: usize| {
        let mut bytes = vec![0; length.min(most)];
        (length <= most && fill(&mut bytes)).then_some(bytes)
    };
    let lengths = part(8, 8)?;
    let length = |at: usize| {
        u32::from_le_bytes([lengths[at], lengths[at + 1], lengths[at + 2], lengths[at + 3]]) as usize
    };
    let head = part(length(0), MOST_HEAD)?;
    let body = part(length(4), MOST_BODY)?;
    Some((serde_json::from_slice(&head).ok()?, body))
}

#[cfg(test)]
mod tests {
    use super::{Answer, Request, message, read_message};

    #[test]
    fn messages_come_as_they_went_and_rubbish_is_none() {
        let get = (Request::Get { name: "a".to_owned() }, vec![]);
        let put = (Request::Put { name: "b".to_owned() }, vec![7; 300]);
        let sent = [get, put];
        let bytes: Vec<u8> = sent.iter().flat_map(|(head, body)| message(head, body).unwrap()).collect();
        let from = |bytes: &[u8]| {
            let mut left = bytes.to_vec();
            move |part: &mut [u8]| {
                let is_there = part.len() <= left.len();
                if is_there {
                    part.copy_from_slice(&left.drain(..part.len()).collect::<Vec<_>>());
                }
                is_there
            }
        };
        let mut whole = from(&bytes);
        for one in sent {
            assert_eq!(read_message(&mut whole), Some(one));
        }
        assert_eq!(read_message::<Request>(&mut whole), None);
        assert_eq!(read_message::<Answer>(from(&bytes)), None);
        assert_eq!(read_message::<Request>(from(&[0xff; 64])), None);
        assert_eq!(
            read_message::<Request>(from(&bytes[..bytes.len() / 4])).map(|(head, _)| head),
            Some(Request::Get { name: "a".to_owned() })
        );
        assert_eq!(message(&Request::Put { name: "b".to_owned() }, &vec![0; super::MOST_BODY + 1]), None);
    }
}
