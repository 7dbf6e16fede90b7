//! The first record of a file, where it names the columns.

use std::path::PathBuf;

use super::csv::{Dialect, Scanner};
use super::reader::stopped;
use super::{SourceError, SourceFile};
use crate::document::{Definition, Source};
use crate::layout::{Columns, Layout};

impl Source {
    /// How its files are written.
    pub(crate) fn dialect(&self) -> Dialect {
        Dialect {
            delimiter: self.delimiter,
            quote: self.quote,
            multiline: self.multiline,
            max_record_bytes: usize::try_from(self.max_record_bytes.0).unwrap_or(usize::MAX),
        }
    }
}

/// Reads a file's header and brings it together with the columns of the load.
pub(crate) fn layout(
    file: &SourceFile,
    definition: &Definition,
    columns: &Columns,
) -> Result<Layout, SourceError> {
    let mismatch = |mismatch: crate::layout::Mismatch| SourceError::Header {
        path: PathBuf::from(&file.shown),
        reason: mismatch.reason,
        hint: mismatch.hint,
    };
    // Opened even without a header: an unreadable file must be known before anything starts.
    let opened = file.open()?;
    let source = &definition.source;
    if !source.header {
        return columns.in_order(definition).map_err(mismatch);
    }
    let mut scanner = Scanner::new(opened, source.dialect());
    if !scanner.advance().map_err(|stop| stopped(stop, file, source))? {
        return Err(SourceError::NoHeader { path: PathBuf::from(&file.shown) });
    }
    if !source.encoding.accepts(scanner.raw()) {
        return Err(mismatch(crate::layout::Mismatch {
            reason: format!("the header is not {}", source.encoding.label()),
            hint: Some("set source.encoding".to_owned()),
        }));
    }
    let mut scratch = Vec::new();
    let names: Vec<String> = scanner
        .fields()
        .iter()
        .map(|field| {
            let raw = scanner.content(*field, &mut scratch);
            let decoded = source.encoding.decode(raw);
            String::from_utf8_lossy(decoded.as_deref().unwrap_or(raw)).trim().to_owned()
        })
        .collect();
    let layout = columns.by_header(definition, &names).map_err(mismatch)?;
    Ok(Layout { header: Some(scanner.raw().to_vec()), ..layout })
}
