//! Reads along while a server asks for the password, and stops at a request that would give it away.
//!
//! A password in clear text, or its MD5 hash (which is as good as the password), goes only to a server on this machine or
//! to one whose certificate was checked for its name. SCRAM gives nothing away, so it may be asked for by anybody.

use super::failure::Refused;

/// In which forms a server may ask for the password.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Passwords {
    /// In any.
    Any,
    /// By a proof that does not show it: SCRAM.
    #[default]
    Proof,
}

/// A message is a letter, its length without that letter, and its body; a request to authenticate begins with a code.
const HEADER: usize = 5;
const CODE: usize = 4;

const AUTHENTICATION: u8 = b'R';
const AUTHENTICATED: u32 = 0;
const CLEAR_TEXT: u32 = 3;
const MD5: u32 = 5;

/// Follows the messages of a server until it has let the client in.
#[derive(Debug)]
pub(super) struct Watch {
    head: [u8; HEADER + CODE],
    read: usize,
    /// How much of the current message is still to come, and of no interest.
    rest: usize,
    done: bool,
}

impl Watch {
    pub(super) fn new(passwords: Passwords) -> Self {
        Self { head: [0; HEADER + CODE], read: 0, rest: 0, done: passwords == Passwords::Any }
    }

    /// Looks at the next bytes from the server.
    pub(super) fn see(&mut self, mut bytes: &[u8]) -> Result<(), Refused> {
        while !self.done && !bytes.is_empty() {
            if self.rest > 0 {
                let past = self.rest.min(bytes.len());
                self.rest -= past;
                bytes = &bytes[past..];
                continue;
            }
            self.head[self.read] = bytes[0];
            self.read += 1;
            bytes = &bytes[1..];
            self.judge()?;
        }
        Ok(())
    }

    fn judge(&mut self) -> Result<(), Refused> {
        let [kind, a, b, c, d, code @ ..] = self.head;
        let is_request = kind == AUTHENTICATION;
        if self.read < HEADER + if is_request { CODE } else { 0 } {
            return Ok(());
        }
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        // The length counts itself, and the code.
        let read = self.read - 1;
        let Some(rest) = length.checked_sub(read) else { return Err(Refused::Unreadable) };
        if is_request {
            match u32::from_be_bytes(code) {
                AUTHENTICATED => self.done = true,
                CLEAR_TEXT => return Err(Refused::ClearText),
                MD5 => return Err(Refused::Md5),
                _ => {}
            }
        }
        (self.read, self.rest) = (0, rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind], &length[..], body].concat()
    }

    fn request(code: u32, rest: &[u8]) -> Vec<u8> {
        message(b'R', &[&code.to_be_bytes(), rest].concat())
    }

    #[test]
    fn requests_are_seen_however_they_are_cut() {
        let notice = message(b'N', b"SNOTICE\0R\0\0\0\x08\0\0\0\0\0");
        for (last, expected) in [
            (request(3, b""), Err(Refused::ClearText)),
            (request(5, b"salt"), Err(Refused::Md5)),
            (request(10, b"SCRAM-SHA-256\0\0"), Ok(())),
            (request(0, b""), Ok(())),
        ] {
            let bytes = [notice.clone(), last].concat();
            for size in 1..=bytes.len() {
                let mut watch = Watch::new(Passwords::Proof);
                let seen = bytes.chunks(size).try_for_each(|part| watch.see(part));
                assert_eq!(seen, expected, "in pieces of {size}");
            }
        }
    }

    #[test]
    fn a_request_after_scram_began_is_seen() {
        let bytes = [request(10, b"SCRAM-SHA-256\0\0"), request(11, b"r=nonce"), request(3, b"")].concat();
        assert_eq!(Watch::new(Passwords::Proof).see(&bytes), Err(Refused::ClearText));
    }

    #[test]
    fn once_inside_nothing_is_looked_at() {
        let bytes = [request(0, b""), request(3, b"")].concat();
        assert_eq!(Watch::new(Passwords::Proof).see(&bytes), Ok(()));
        assert_eq!(Watch::new(Passwords::Any).see(&request(3, b"")), Ok(()));
    }

    #[test]
    fn a_length_that_cannot_be_is_refused() {
        assert_eq!(Watch::new(Passwords::Proof).see(b"R\0\0\0\x02\0\0\0\x03"), Err(Refused::Unreadable));
    }
}
