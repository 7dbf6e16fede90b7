//! The cursor: where the last page ended, sealed together with the statement it belongs to.
//!
//! The seal finds damage and a changed statement. It is no secret and need not be: a cursor holds nothing but values that
//! the statement compares its own columns with, and the caller could write these into the statement.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pgwright_contract::ToolError;
use serde_json::Value;
use sha2::{Digest, Sha256};

const SEAL_BYTES: usize = 9;
/// A key longer than this is not worth its tokens.
const LONGEST: usize = 1_000;

/// What a cursor is valid for.
#[derive(Debug, Clone)]
pub(super) struct Seal(Sha256);

impl Seal {
    pub(super) fn new(database: &str, sql: &str, params: &[Value]) -> Self {
        let mut digest = Sha256::new();
        for part in [database, sql, &Value::from(params).to_string()] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        Self(digest)
    }

    /// A cursor that stands behind the row with these values; `None` where it would be too long.
    pub(super) fn close(&self, position: Vec<Value>) -> Option<String> {
        let values = Value::from(position).to_string();
        let cursor = URL_SAFE_NO_PAD.encode([self.over(&values).as_slice(), values.as_bytes()].concat());
        (cursor.len() <= LONGEST).then_some(cursor)
    }

    /// The values in a cursor of this statement.
    pub(super) fn open(&self, cursor: &str) -> Result<Vec<Value>, ToolError> {
        self.opened(cursor).ok_or_else(foreign)
    }

    fn opened(&self, cursor: &str) -> Option<Vec<Value>> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (seal, values) = bytes.split_at_checked(SEAL_BYTES)?;
        let values = std::str::from_utf8(values).ok()?;
        (seal == self.over(values)).then(|| serde_json::from_str(values).ok())?
    }

    fn over(&self, values: &str) -> Vec<u8> {
        let mut digest = self.0.clone();
        digest.update(values);
        digest.finalize().into_iter().take(SEAL_BYTES).collect()
    }
}

/// The cursor belongs to something else.
pub(super) fn foreign() -> ToolError {
    ToolError::new("invalid_cursor", "run_query: the cursor does not belong to this statement")
        .hint("a cursor is for the same sql, params and database; it is passed on unchanged")
        .next_step("send the statement without cursor for its first page")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cursor_opens_for_its_own_statement_only() {
        let params = [json!(1)];
        let seal = Seal::new("shop", "select 1", &params);
        let cursor = seal.close(vec![json!("2024-01-01"), json!(null), json!(7)]).unwrap();
        assert_eq!(seal.open(&cursor).unwrap(), [json!("2024-01-01"), json!(null), json!(7)]);
        for other in [
            Seal::new("other", "select 1", &params),
            Seal::new("shop", "select 2", &params),
            Seal::new("shop", "select 1", &[json!(2)]),
        ] {
            assert_eq!(other.open(&cursor).unwrap_err().code, "invalid_cursor");
        }
    }

    #[test]
    fn a_changed_character_is_found() {
        let seal = Seal::new("shop", "select 1", &[]);
        let cursor = seal.close(vec![json!(12_345)]).unwrap();
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(seal.open(std::str::from_utf8(&changed).unwrap()).is_err(), "{at}");
        }
        assert!(seal.open("").is_err() && seal.open("not base64!").is_err());
    }

    #[test]
    fn a_long_key_makes_no_cursor() {
        assert_eq!(Seal::new("shop", "select 1", &[]).close(vec![json!("x".repeat(2_000))]), None);
    }
}
