//! A file that a thread of its own writes, while others still make what stands in it.
//!
//! Of a report of some megabytes, emptying the file that was there and giving the bytes to the system take as long as making them.

use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// How many bytes are passed on at a time, and how often that is done before the thread must have taken some.
const PIECE: usize = 256 << 10;
const PIECES: usize = 4;

/// The near end of the file. It is whole when [`flush`](Write::flush) has returned, after which nothing more can be written.
#[derive(Debug)]
pub(crate) struct Behind {
    piece: Vec<u8>,
    /// None when it is closed.
    far: Option<Far>,
}

/// The thread, and how it is given what it writes.
#[derive(Debug)]
struct Far {
    pieces: SyncSender<Vec<u8>>,
    thread: JoinHandle<io::Result<()>>,
}

impl Behind {
    /// Creates the file, or empties it. If that fails, it is told of by who writes.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let (pieces, taken) = sync_channel::<Vec<u8>>(PIECES);
        let path = path.to_owned();
        let write = move || {
            let mut file = fs_err::File::create(path)?;
            taken.into_iter().try_for_each(|piece| file.write_all(&piece))
        };
        let thread = thread::Builder::new().name("report".to_owned()).spawn(write)?;
        Ok(Self { piece: Vec::new(), far: Some(Far { pieces, thread }) })
    }

    /// Passes on what has come together.
    fn pass(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.piece);
        match &self.far {
            Some(far) if far.pieces.send(piece).is_ok() => Ok(()),
            // It takes nothing more, and says why.
            _ => self.end().and(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        let Some(Far { pieces, thread }) = self.far.take() else { return Ok(()) };
        drop(pieces);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes the report is gone")))
    }
}

impl Write for Behind {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.pass()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.piece.is_empty() {
            self.pass()?;
        }
        self.end()
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        // Who did not wait for it has failed elsewhere.
        let _ = self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::{Behind, PIECE};
    use std::io::Write;

    #[test]
    fn all_of_it_is_there_and_nothing_of_what_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        for length in [0, 1, PIECE - 1, PIECE, 9 * PIECE + 3] {
            let bytes: Vec<u8> = (0..length).map(|at| b'a' + u8::try_from(at % 23).unwrap()).collect();
            fs_err::write(&path, vec![b'.'; 3 * PIECE]).unwrap();
            let mut file = Behind::create(&path).unwrap();
            bytes.chunks(1000).for_each(|part| file.write_all(part).unwrap());
            file.flush().unwrap();
            assert!(fs_err::read(&path).unwrap() == bytes, "{length} bytes");
        }
    }

    #[test]
    fn a_file_that_can_not_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Behind::create(folder.path()).unwrap();
        let written = file.write_all(b"{}").and_then(|()| file.flush()).unwrap_err().to_string();
        assert!(written.contains(&folder.path().display().to_string()), "{written}");

        let mut full = Behind::create("/dev/full".as_ref()).unwrap();
        let written = (0..9 * PIECE).try_for_each(|_| full.write_all(b"..")).and_then(|()| full.flush());
        let written = written.unwrap_err().to_string();
        assert!(written.contains("/dev/full"), "{written}");
        assert!(full.write_all(&[b'.'; PIECE]).is_err(), "it is over");
    }
}
