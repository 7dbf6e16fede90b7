//! A pipeline as its YAML file defines it: a [`Definition`], read strictly. Every mistake is told with its line and
//! column, an unknown key with its nearest known one.

mod checks;
mod definition;
mod error;
mod quantity;
mod secret;

pub use checks::{AcceptedRate, Checks};
pub use definition::{
    Backoff, Column, Contract, ContractMode, Definition, Encoding, Format, Jitter, Kind, Limits,
    PipelineName, Quarantine, Retry, Source, Target, Write,
};
pub use error::DocumentError;
pub use quantity::{ByteSize, Span};

use std::io::Read;
use std::path::Path;

use pgwright_quality::document::{DocumentError as Misread, Mistake};
use serde_saphyr::Location;

/// Longest definition that is read.
const MAX_BYTES: u64 = 1 << 20;

impl Definition {
    /// Reads a definition. `path` is only named in errors.
    pub fn parse(path: &Path, text: &str) -> Result<Self, DocumentError> {
        let read = || {
            if let Some(place) = secret::find(text) {
                return Err(Misread::at(place.line, place.column, Mistake::new(secret::ADVICE)));
            }
            let mut definition: Self =
                serde_saphyr::from_str(text).map_err(|error| Misread::of_yaml(&error))?;
            definition.checks = Checks::read(text)?;
            definition.check().map_err(|(place, reason): (Location, String)| {
                Misread::at(place.line(), place.column(), Mistake::new(reason))
            })?;
            Ok(definition)
        };
        read().map_err(|mistake| DocumentError::Invalid { path: path.to_path_buf(), mistake })
    }

    /// Reads a definition from its file.
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        Self::parse(path, &text_of(path)?)
    }
}

/// The text of a definition's file.
pub(crate) fn text_of(path: &Path) -> Result<String, DocumentError> {
    let unreadable = |source| DocumentError::Unreadable { path: path.to_path_buf(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable(std::io::Error::other("a definition has at most 1 MB")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        let mistake = Misread::at(line as u64, column as u64, Mistake::new("the file is not UTF-8"));
        DocumentError::Invalid { path: path.to_path_buf(), mistake }
    })
}

#[cfg(test)]
mod tests;
