//! A pipeline as its YAML file defines it: a [`Definition`], read strictly. Every mistake is told with its line and
//! column, an unknown key with its nearest known one.

mod definition;
mod error;
mod quantity;
mod scalar;
mod secret;

pub use definition::{
    Backoff, CheckRule, Column, Contract, ContractMode, Definition, Encoding, Format, Jitter, Kind, Limits,
    PipelineName, Quarantine, Retry, Severity, Source, Target, Write,
};
pub use error::DocumentError;
pub use quantity::{ByteSize, Span};
pub use scalar::Scalar;

use std::path::Path;

use serde_saphyr::Location;

impl Definition {
    /// Reads a definition. `path` is only named in errors.
    pub fn parse(path: &Path, text: &str) -> Result<Self, DocumentError> {
        let at = |line: u64, column: u64, reason: String| DocumentError::Invalid {
            path: path.to_path_buf(),
            line,
            column,
            reason,
            nearest: None,
        };
        if let Some(place) = secret::find(text) {
            return Err(at(place.line, place.column, secret::ADVICE.to_owned()));
        }
        let definition: Self =
            serde_saphyr::from_str(text).map_err(|error| DocumentError::from_yaml(path, &error))?;
        definition.check().map_err(|(location, reason): (Location, String)| {
            at(location.line(), location.column(), reason)
        })?;
        Ok(definition)
    }

    /// Reads a definition from its file.
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        let bytes = std::fs::read(path)
            .map_err(|source| DocumentError::Unreadable { path: path.to_path_buf(), source })?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Self::parse(path, text),
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
                Err(DocumentError::Invalid {
                    path: path.to_path_buf(),
                    line: line as u64,
                    column: column as u64,
                    reason: "the file is not UTF-8".to_owned(),
                    nearest: None,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
