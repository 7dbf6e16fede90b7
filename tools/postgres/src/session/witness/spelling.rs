//! Names that a server of another encoding than UTF-8 may read otherwise than the guard: it cuts them at 63 bytes of its own,
//! and may fold letters beyond ASCII.

use pgwright_sql::guard::Admitted;

use super::out_of_reach::OutOfReach;
use crate::errors::DatabaseError;
use crate::session::ReadSession;

/// Bytes of a name that every server keeps.
const MOST_BYTES: usize = 63;
/// Bytes that one character may take in an encoding of PostgreSQL's.
const WIDEST: usize = 4;

impl ReadSession {
    /// Refuses names that the server may know by another spelling.
    pub(super) async fn spells_alike(&self, sql: &Admitted) -> Result<(), DatabaseError> {
        let Some(doubtful) = names(sql).find(|name| is_doubtful(name)) else { return Ok(()) };
        let rows = self.query(include_str!("encoding.sql"), &[]).await?;
        let encoding: String = rows.first().map(|row| row.get("encoding")).unwrap_or_default();
        if encoding == "UTF8" {
            return Ok(());
        }
        let reason =
            format!("the database stores names as {encoding}, and may read {doubtful:?} as another name");
        Err(OutOfReach::disagreement(reason).into())
    }
}

fn names(sql: &Admitted) -> impl Iterator<Item = &str> {
    let relations =
        sql.relations().iter().flat_map(|name| [name.schema.as_deref(), Some(name.name.as_str())]);
    let functions =
        sql.functions().iter().flat_map(|name| [name.schema.as_deref(), Some(name.name.as_str())]);
    let types = sql.types().iter().flat_map(|name| [name.schema.as_deref(), Some(name.name.as_str())]);
    relations.chain(functions).chain(types).flatten().chain(sql.attributes().iter().map(String::as_str))
}

fn is_doubtful(name: &str) -> bool {
    let bytes: usize = name.chars().map(|c| if c.is_ascii() { 1 } else { WIDEST }).sum();
    let is_foldable = || name.chars().any(|c| !c.is_ascii() && !c.to_lowercase().eq([c]));
    !name.is_ascii() && (bytes > MOST_BYTES || is_foldable())
}

#[cfg(test)]
mod tests {
    use super::is_doubtful;

    #[test]
    fn what_another_encoding_could_cut_or_fold_is_doubtful() {
        assert!(!is_doubtful("orders") && !is_doubtful(&"o".repeat(63)) && !is_doubtful("größe"));
        assert!(is_doubtful("GRÖSSE") && is_doubtful(&"é".repeat(31)) && is_doubtful(&"ö".repeat(16)));
    }
}
