//! Secrets by reference: what `${env:NAME}` and `${file:PATH}` stand for.

use std::path::Path;

use pgwright_postgres::Dsn;

use super::ConfigError;

/// Replaces `${env:NAME}` and `${file:PATH}`. A value that is the whole connection string is taken as it is; within
/// one it is escaped, so that whatever a password holds, it stays the password.
pub(super) fn resolve(database: &str, text: &str, base: &Path) -> Result<String, ConfigError> {
    if let Some(reference) = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
        && !reference.contains("${")
    {
        return secret(database, reference, base);
    }
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((reference, tail)) = after.split_once('}') else { break };
        resolved.push_str(before);
        let value = secret(database, reference, base)?;
        resolved.push_str(&Dsn::escape(text, &value));
        rest = tail;
    }
    resolved.push_str(rest);
    Ok(resolved)
}

fn secret(database: &str, reference: &str, base: &Path) -> Result<String, ConfigError> {
    let missing =
        || ConfigError::Reference { database: database.to_owned(), reference: reference.to_owned() };
    match reference.split_once(':') {
        Some(("env", name)) => std::env::var(name).map_err(|_| missing()),
        Some(("file", path)) => {
            let read = std::fs::read_to_string(base.join(path));
            read.map(|text| text.trim_end().to_owned()).map_err(|_| missing())
        }
        _ => Err(ConfigError::UnknownReference {
            database: database.to_owned(),
            reference: reference.to_owned(),
        }),
    }
}
