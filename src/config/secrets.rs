//! Secrets by reference: what `${env:NAME}`, `${file:PATH}` and `${aws-secret:ID}` stand for.

#[cfg(feature = "aws")]
mod aws;

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use pgwright_postgres::Dsn;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::ConfigError;

/// Why a reference stands for nothing. Names the reference, never what it stands for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReferenceError {
    #[error("{0} is not set")]
    Unset(String),
    #[error("{reference} cannot be read: {source}")]
    Unreadable { reference: String, source: std::io::Error },
    #[error("unknown reference {0}; use ${{env:NAME}}, ${{file:PATH}} or ${{aws-secret:ID}}")]
    Unknown(String),
    #[cfg(feature = "aws")]
    #[error("{reference}: {reason}")]
    Aws { reference: String, reason: String },
    #[cfg(not(feature = "aws"))]
    #[error("{0} needs a pgwright that was built with `--features aws`")]
    WithoutAws(String),
}

/// Replaces the references in `text`, which is what the setting `of` says. A value that is the whole text is taken as it
/// is; within a connection string it is escaped, so that whatever a password holds, it stays the password.
pub(super) fn resolve(of: &str, text: &str, base: &Path) -> Result<SecretString, ConfigError> {
    let secret = |reference: &str| {
        self::secret(reference, base)
            .map_err(|source| ConfigError::Reference { of: of.to_owned(), source: Box::new(source) })
    };
    if let Some(reference) = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
        && !reference.contains("${")
    {
        return secret(reference);
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((reference, tail)) = after.split_once('}') else { break };
        parts.push(Zeroizing::new(before.to_owned()));
        parts.push(Zeroizing::new(Dsn::escape(text, secret(reference)?.expose_secret())));
        rest = tail;
    }
    parts.push(Zeroizing::new(rest.to_owned()));
    // Made in one piece: what a growing string leaves behind is not erased.
    let mut resolved = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| resolved.push_str(part));
    Ok(resolved.into())
}

fn secret(reference: &str, base: &Path) -> Result<SecretString, ReferenceError> {
    match reference.split_once(':') {
        Some(("env", name)) => std::env::var(name)
            .map(SecretString::from)
            .map_err(|_| ReferenceError::Unset(reference.to_owned())),
        Some(("file", path)) => read(&base.join(path))
            .map_err(|source| ReferenceError::Unreadable { reference: reference.to_owned(), source }),
        Some(("aws-secret", id)) => aws_secret(reference, id),
        _ => Err(ReferenceError::Unknown(reference.to_owned())),
    }
}

/// The file's text without the spaces and lines behind it.
fn read(path: &Path) -> std::io::Result<SecretString> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "others on this machine may read this secret; chmod 600 closes it");
    }
    let mut text =
        Zeroizing::new(String::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1));
    file.read_to_string(&mut text)?;
    Ok(text.trim_end().into())
}

#[cfg(feature = "aws")]
fn aws_secret(reference: &str, id: &str) -> Result<SecretString, ReferenceError> {
    aws::fetch(id).map_err(|reason| ReferenceError::Aws { reference: reference.to_owned(), reason })
}

#[cfg(not(feature = "aws"))]
fn aws_secret(reference: &str, _id: &str) -> Result<SecretString, ReferenceError> {
    Err(ReferenceError::WithoutAws(reference.to_owned()))
}
