//! The SHA-256 of a file's content: what a file *is*, whatever its name.

use std::io::{self, Read};

use pgwright_sql::hexadecimal;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

/// A stream that hashes what is read through it.
pub(crate) struct Hashing<R> {
    input: R,
    digest: Sha256,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, digest: Sha256::new(), bytes: 0 }
    }

    /// The hash of all bytes read, and their number.
    pub(crate) fn finish(self) -> (String, u64) {
        (hexadecimal(&self.digest.finalize()), self.bytes)
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(into)?;
        self.digest.update(&into[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Reads a stream to its end for its hash alone, unless it is told to stop.
pub(crate) fn of(input: impl Read, stop: &CancellationToken) -> io::Result<String> {
    let mut hashing = Hashing::new(input);
    let mut buffer = vec![0; 256 * 1024];
    while hashing.read(&mut buffer)? > 0 {
        if stop.is_cancelled() {
            return Err(io::Error::other("it was not read to its end"));
        }
    }
    Ok(hashing.finish().0)
}

/// The hash of a short text.
pub(crate) fn of_text(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}
