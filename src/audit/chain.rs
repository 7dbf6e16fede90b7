//! One record as one line, chained to the line before it.
//!
//! ```text
//! {"seq":7,"time":"…",…,"prev":"<hash of 6>","hash":"<hash of 7>"}
//! └──────────────────── body ─────────────┘        hash = SHA-256(prev ‖ body)
//! ```
//!
//! The hash covers the very bytes of the line, so nothing depends on how JSON could be written otherwise.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A SHA-256, written in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash([u8; 32]);

impl Hash {
    /// The hash of `bytes` behind `prev`.
    pub(super) fn link(prev: Self, bytes: &[u8]) -> Self {
        Self(Sha256::new().chain_update(prev.0).chain_update(bytes).finalize().into())
    }

    /// What a new trail begins with: no other trail has it.
    pub(super) fn random() -> Self {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        bytes[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Self(bytes)
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&pgwright_sql::hexadecimal(&self.0))
    }
}

/// Not 64 hexadecimal digits in lower case.
#[derive(Debug, thiserror::Error)]
#[error("not a hash")]
pub(super) struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(NotAHash),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(NotAHash);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A JSON object with its own proof as its last member: `{…,"hash":"…"}` or `{…,"mac":"…"}`.
pub(super) fn sealed(object: &str, member: &str, proof: impl FnOnce(&[u8]) -> Hash) -> (String, Hash) {
    let body = object.strip_suffix('}').unwrap_or(object);
    let proof = proof(body.as_bytes());
    (format!("{body},\"{member}\":\"{proof}\"}}"), proof)
}

/// Takes such an object apart: what the proof is of, and the proof as it is written.
pub(super) fn unsealed<'a>(line: &'a str, member: &str) -> Option<(&'a str, Hash)> {
    let (body, proof) = line.strip_suffix("\"}")?.rsplit_once(&format!(",\"{member}\":\""))?;
    Some((body, proof.parse().ok()?))
}

#[derive(Serialize)]
struct Chained<'a, R> {
    seq: u64,
    #[serde(flatten)]
    record: &'a R,
    prev: Hash,
}

/// A record as a line (without its end), and its hash.
pub(super) fn write(
    seq: u64,
    prev: Hash,
    record: &impl Serialize,
) -> Result<(String, Hash), serde_json::Error> {
    let object = serde_json::to_string(&Chained { seq, record, prev })?;
    Ok(sealed(&object, "hash", |body| Hash::link(prev, body)))
}

/// What a line says of its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) prev: Hash,
    pub(super) hash: Hash,
    pub(super) time: String,
    /// Whether the hash is that of the line.
    pub(super) intact: bool,
}

/// Reads a line (without its end). `None`: it is no record at all.
pub(super) fn read(line: &[u8]) -> Option<Link> {
    #[derive(Deserialize)]
    struct Place {
        seq: u64,
        time: String,
        prev: String,
    }
    let (body, hash) = unsealed(std::str::from_utf8(line).ok()?, "hash")?;
    let place: Place = serde_json::from_str(&format!("{body}}}")).ok()?;
    let prev = place.prev.parse().ok()?;
    let intact = Hash::link(prev, body.as_bytes()) == hash;
    Some(Link { seq: place.seq, prev, hash, time: place.time, intact })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_any_changed_byte_shows() {
        let prev = Hash::random();
        let (line, hash) =
            write(7, prev, &json!({ "time": "2026-01-02T03:04:05.678Z", "tool": "tä" })).unwrap();
        let link = read(line.as_bytes()).unwrap();
        assert!(link.intact);
        assert_eq!((link.seq, link.prev, link.hash), (7, prev, hash));
        for at in 0..line.len() {
            let mut changed = line.clone().into_bytes();
            changed[at] ^= 1;
            assert!(read(&changed).is_none_or(|link| !link.intact), "byte {at}");
        }
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let hash = Hash::random();
        assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
        assert!("A".repeat(64).parse::<Hash>().is_err());
        assert!("a".repeat(63).parse::<Hash>().is_err());
    }
}
