//! One record becomes one line of COPY text, or a list of everything that is wrong with it.

use std::io::Read;

use memchr::memchr;

use crate::contract::{Broken, Fault};
use crate::document::{Encoding, Source};
use crate::layout::Layout;
use crate::source::csv::Scanner;

/// Writes accepted records of one file.
pub(crate) struct RowWriter<'a> {
    layout: &'a Layout,
    encoding: Encoding,
    null: &'a [u8],
    /// Appends the row's ordinal as last column.
    numbered: bool,
    scratch: Vec<u8>,
}

impl<'a> RowWriter<'a> {
    pub(crate) fn new(layout: &'a Layout, source: &'a Source, numbered: bool) -> Self {
        Self {
            layout,
            encoding: source.encoding,
            null: source.null_string.as_bytes(),
            numbered,
            scratch: Vec::new(),
        }
    }

    /// Appends the scanner's record to `out`, or leaves `out` as it was and puts all its faults into `faults`.
    pub(crate) fn write<R: Read>(
        &mut self,
        record: &Scanner<R>,
        ordinal: u64,
        out: &mut Vec<u8>,
        faults: &mut Vec<Fault>,
    ) -> bool {
        faults.clear();
        self.judge_form(record, faults);
        if !faults.is_empty() {
            return false;
        }
        let before = out.len();
        for (column, (rule, field)) in self.layout.rules.iter().zip(&self.layout.fields).enumerate() {
            if column > 0 {
                out.push(b'\t');
            }
            let field = record.fields()[*field];
            let text = record.content(field, &mut self.scratch);
            let mut refuse = |broken| faults.push(Fault { column: Some(column), broken });
            if !field.quoted && text == self.null {
                out.extend_from_slice(b"\\N");
                if let Some(broken) = rule.judge_null() {
                    refuse(broken);
                }
                continue;
            }
            match self.encoding.decode(text) {
                Some(decoded) => {
                    rule.judge(&decoded, refuse);
                    escape(&decoded, out);
                }
                None => {
                    rule.judge(text, refuse);
                    escape(text, out);
                }
            }
        }
        if !faults.is_empty() {
            out.truncate(before);
            return false;
        }
        if self.numbered {
            out.push(b'\t');
            out.extend_from_slice(ordinal.to_string().as_bytes());
        }
        out.push(b'\n');
        true
    }

    fn judge_form<R: Read>(&self, record: &Scanner<R>, faults: &mut Vec<Fault>) {
        let mut refuse = |broken| faults.push(Fault { column: None, broken });
        let raw = record.raw();
        if let Some(broken) = record.broken() {
            refuse(broken.clone());
        } else if record.fields().len() != self.layout.width {
            refuse(Broken::FieldCount { expected: self.layout.width, found: record.fields().len() });
        }
        if !self.encoding.accepts(raw) {
            refuse(Broken::Encoding(self.encoding.label()));
        }
        if memchr(0, raw).is_some() {
            refuse(Broken::NulByte);
        }
    }
}

/// Appends a text as COPY's text format writes it.
pub(crate) fn escape(text: &[u8], out: &mut Vec<u8>) {
    let mut from = 0;
    for (at, byte) in text.iter().enumerate() {
        let letter = match byte {
            b'\\' => b'\\',
            b'\t' => b't',
            b'\n' => b'n',
            b'\r' => b'r',
            _ => continue,
        };
        out.extend_from_slice(&text[from..at]);
        out.extend_from_slice(&[b'\\', letter]);
        from = at + 1;
    }
    out.extend_from_slice(&text[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// COPY's reader, as its documentation describes it.
    fn read_back(line: &[u8]) -> Vec<u8> {
        let mut bytes = line.iter();
        let mut text = Vec::new();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' => text.push(match bytes.next() {
                    Some(b't') => b'\t',
                    Some(b'n') => b'\n',
                    Some(b'r') => b'\r',
                    other => other.copied().unwrap_or(b'?'),
                }),
                other => text.push(*other),
            }
        }
        text
    }

    proptest! {
        #[test]
        fn an_escaped_text_is_one_field_and_reads_back(text in "[a\\\\\t\n\rN.é]{0,20}") {
            let mut line = Vec::new();
            escape(text.as_bytes(), &mut line);
            prop_assert!(!line.iter().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r')));
            prop_assert_ne!(&line[..], b"\\N");
            prop_assert_eq!(read_back(&line), text.as_bytes());
        }
    }
}
