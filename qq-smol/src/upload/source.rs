//! The bytes of a file, read where they are wanted.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Bytes of a known number.
pub(super) enum Source {
    /// Several parts are read from one file at once. The lock is for the place in it, and held for one read.
    File(Mutex<File>),
    Bytes(Bytes),
}

impl Source {
    /// Opens a file. Gives its size as well.
    pub(super) fn open(path: &Path) -> io::Result<(Self, u64)> {
        let file = File::open(path)?;
        let facts = file.metadata()?;
        if facts.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok((Self::File(Mutex::new(file)), facts.len()))
    }

    /// Reads some bytes from there on; none at the end.
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(at))?;
                loop {
                    match file.read(buffer) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        outcome => return outcome,
                    }
                }
            }
            Self::Bytes(bytes) => {
                let mut rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
                rest.read(buffer)
            }
        }
    }

    /// Reads these bytes, or their beginning.
    pub(super) fn piece(&self, range: &Range<u64>) -> io::Result<Vec<u8>> {
        let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let mut piece = vec![0; length];
        let count = self.read_at(range.start, &mut piece)?;
        piece.truncate(count);
        if piece.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(piece) }
    }
}

/// A part of a file as the body of a request, read as fast as it is sent.
pub(super) struct Part {
    source: Arc<Source>,
    left: Range<u64>,
    unwanted: Unwanted,
}

/// Says that a part is no longer wanted; its sending then ends at the next read.
#[derive(Clone, Default)]
pub(super) struct Unwanted(Arc<AtomicBool>);

impl Unwanted {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Part {
    pub(super) const fn new(source: Arc<Source>, range: Range<u64>, unwanted: Unwanted) -> Self {
        Self { source, left: range, unwanted }
    }
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.unwanted.0.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let left = usize::try_from(self.left.end.saturating_sub(self.left.start)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let count = self.source.read_at(self.left.start, buffer.get_mut(..length).unwrap_or_default())?;
        if count == 0 && length > 0 {
            // Shorter than it was.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left.start += u64::try_from(count).unwrap_or_default();
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_they_should_be() {
        let source = Arc::new(Source::Bytes(Bytes::from_static(b"0123456789")));
        let read = |range| {
            let mut text = String::new();
            Part::new(Arc::clone(&source), range, Unwanted::default()).read_to_string(&mut text).map(|_| text)
        };
        assert_eq!(read(0..4).unwrap(), "0123");
        assert_eq!(read(4..10).unwrap(), "456789");
        assert_eq!(read(3..3).unwrap(), "");
        assert_eq!(read(8..12).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(source.piece(&(2..5)).unwrap(), b"234");
        assert_eq!(source.piece(&(9..99)).unwrap(), b"9");
        assert_eq!(source.piece(&(10..11)).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn what_is_no_longer_wanted_is_not_read_on() {
        let unwanted = Unwanted::default();
        let source = Arc::new(Source::Bytes(Bytes::from_static(b"0123456789")));
        let mut part = Part::new(source, 0..10, unwanted.clone());
        let mut some = [0; 4];
        assert_eq!(part.read(&mut some).unwrap(), 4);
        unwanted.set();
        assert_eq!(part.read(&mut some).unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }

    #[test]
    fn directories_are_no_files() {
        let error = Source::open(Path::new("src")).map(drop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
        let (file, size) = Source::open(Path::new("Cargo.toml")).unwrap();
        assert_eq!(u64::try_from(file.piece(&(0..size)).unwrap().len()), Ok(size));
    }
}
