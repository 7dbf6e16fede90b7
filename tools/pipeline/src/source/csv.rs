//! The record scanner: cuts a byte stream into records and fields as RFC 4180 has them, with the exact physical line and
//! byte offset of each record, without copying a field.
//!
//! Unlike common readers it keeps what PostgreSQL's own CSV needs (`""` is a text, nothing is NULL, so a field knows
//! whether it was quoted) and it never repairs: a stray quote makes its row refused, and a quote that swallows lines
//! stops the file, because no one can say where its record was meant to end.

use std::io::{self, Read};

use memchr::{memchr, memchr2};

use crate::contract::Broken;

/// First size of the buffer; it grows only for longer records.
const BUFFER: usize = 256 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) quote: u8,
    pub(crate) multiline: bool,
    pub(crate) max_record_bytes: usize,
}

/// One field of a record, as a range within the record's bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    start: usize,
    end: usize,
    pub(crate) quoted: bool,
    /// Quotes inside are doubled.
    doubled: bool,
}

/// Where the scanner stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Physical line, from 1.
    pub(crate) line: u64,
    /// Bytes before it.
    pub(crate) byte: u64,
}

/// What the scanner can't get over.
#[derive(Debug)]
pub(crate) enum Stop {
    Io(io::Error),
    Utf16,
    UnclosedQuote(Place),
    TooLong(Place),
}

/// Reads records from a stream.
pub(crate) struct Scanner<R> {
    input: R,
    dialect: Dialect,
    special: [bool; 256],
    buffer: Vec<u8>,
    /// The current record starts here in the buffer …
    start: usize,
    /// … and is this long, without and with its line end.
    length: usize,
    consumed: usize,
    filled: usize,
    ended: bool,
    place: Place,
    next: Place,
    fields: Vec<Field>,
    broken: Option<Broken>,
}

/// How far the parser came in the bytes that are there.
enum Parsed {
    Record { length: usize, consumed: usize, lines: u64 },
    NeedsMore,
    UnclosedQuote { lines: u64, at: usize },
}

impl<R: Read> Scanner<R> {
    pub(crate) fn new(input: R, dialect: Dialect) -> Self {
        let mut special = [false; 256];
        for byte in [dialect.delimiter, dialect.quote, b'\n', b'\r'] {
            special[usize::from(byte)] = true;
        }
        let first = Place { line: 1, byte: 0 };
        Self {
            input,
            dialect,
            special,
            buffer: vec![0; BUFFER],
            start: 0,
            length: 0,
            consumed: 0,
            filled: 0,
            ended: false,
            place: first,
            next: first,
            fields: Vec::new(),
            broken: None,
        }
    }

    /// Moves to the next record; false at the end of the file.
    pub(crate) fn advance(&mut self) -> Result<bool, Stop> {
        if self.next.byte == 0 && self.filled == 0 {
            self.skip_mark()?;
        }
        self.start += self.consumed;
        self.consumed = 0;
        self.place = self.next;
        loop {
            if self.start == self.filled {
                if self.ended {
                    return Ok(false);
                }
                self.fill()?;
                continue;
            }
            match self.parse() {
                Parsed::Record { length, consumed, lines } => {
                    if length > self.dialect.max_record_bytes {
                        return Err(Stop::TooLong(self.place));
                    }
                    self.length = length;
                    self.consumed = consumed;
                    self.next.line += lines;
                    self.next.byte += consumed as u64;
                    return Ok(true);
                }
                Parsed::NeedsMore if self.filled - self.start > self.dialect.max_record_bytes => {
                    return Err(Stop::TooLong(self.place));
                }
                Parsed::NeedsMore => self.fill()?,
                Parsed::UnclosedQuote { lines, at } => {
                    return Err(Stop::UnclosedQuote(Place {
                        line: self.place.line + lines,
                        byte: self.place.byte + at as u64,
                    }));
                }
            }
        }
    }

    /// Where the current record starts.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Bytes up to the end of the current record.
    pub(crate) fn position(&self) -> u64 {
        self.next.byte
    }

    /// The current record's bytes without its line end.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.buffer[self.start..self.start + self.length]
    }

    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// What is wrong with the record's form.
    pub(crate) fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// Whether the line holds nothing at all.
    pub(crate) fn is_blank(&self) -> bool {
        self.length == 0
    }

    /// A field's content; `scratch` holds it where quotes must be halved.
    pub(crate) fn content<'a>(&'a self, field: Field, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let raw = &self.buffer[self.start + field.start..self.start + field.end];
        if !field.doubled {
            return raw;
        }
        scratch.clear();
        let mut rest = raw;
        while let Some(at) = memchr(self.dialect.quote, rest) {
            scratch.extend_from_slice(&rest[..=at]);
            rest = rest.get(at + 2..).unwrap_or_default();
        }
        scratch.extend_from_slice(rest);
        scratch
    }

    /// Gives the stream back, to finish its hash.
    pub(crate) fn into_input(self) -> R {
        self.input
    }

    fn skip_mark(&mut self) -> Result<(), Stop> {
        while self.filled < 3 && !self.ended {
            self.fill()?;
        }
        match &self.buffer[..self.filled] {
            [0xEF, 0xBB, 0xBF, ..] => {
                self.start = 3;
                self.next.byte = 3;
                Ok(())
            }
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err(Stop::Utf16),
            _ => Ok(()),
        }
    }

    /// Moves the unfinished record to the front and reads behind it.
    fn fill(&mut self) -> Result<(), Stop> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.start = 0;
        }
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Stop::Io(error)),
            }
            return Ok(());
        }
    }

    fn parse(&mut self) -> Parsed {
        self.fields.clear();
        self.broken = None;
        let text = &self.buffer[self.start..self.filled];
        let Dialect { delimiter, quote, multiline, .. } = self.dialect;
        let mut lines = 1;
        let mut at = 0;
        loop {
            let start = at;
            let mut quoted_until = None;
            if text.get(at) == Some(&quote) {
                let (close, doubled) = match closing(&text[at + 1..], quote, multiline, self.ended) {
                    Closing::At { offset, doubled } => (at + 1 + offset, doubled),
                    Closing::NeedsMore => return Parsed::NeedsMore,
                    // Only this line is lost; the next one starts a record.
                    Closing::LineBreak { offset } => {
                        self.broken = Some(Broken::LineBreakInQuotes);
                        let end = at + 1 + offset;
                        return Parsed::Record { length: end, consumed: (end + 1).min(text.len()), lines };
                    }
                    Closing::Never => return Parsed::UnclosedQuote { lines: lines - 1, at },
                };
                let inside = memchr::memchr_iter(b'\n', &text[at + 1..close]).count() as u64;
                self.fields.push(Field { start: at + 1, end: close, quoted: true, doubled });
                match text.get(close + 1) {
                    None if !self.ended => return Parsed::NeedsMore,
                    None | Some(b'\n') => {}
                    Some(next) if *next == delimiter => {}
                    Some(b'\r') if text.get(close + 2) == Some(&b'\n') => {}
                    Some(b'\r') if text.len() == close + 2 && !self.ended => return Parsed::NeedsMore,
                    // A closing quote that is no closing quote: the opening one was closed too late or never.
                    Some(_) if inside > 0 => return Parsed::UnclosedQuote { lines: lines - 1, at },
                    Some(_) => self.broken = Some(Broken::TextAfterQuote),
                }
                lines += inside;
                at = close + 1;
                quoted_until = Some(at);
            }
            loop {
                while at < text.len() && !self.special[usize::from(text[at])] {
                    at += 1;
                }
                match text.get(at) {
                    None if !self.ended => return Parsed::NeedsMore,
                    Some(b'\r') if text.get(at + 1) != Some(&b'\n') => {
                        if at + 1 == text.len() && !self.ended {
                            return Parsed::NeedsMore;
                        }
                        self.broken = Some(Broken::CarriageReturn);
                        at += 1;
                    }
                    Some(byte) if *byte == quote => {
                        self.broken.get_or_insert(Broken::StrayQuote);
                        at += 1;
                    }
                    _ => break,
                }
            }
            if quoted_until.is_none() {
                self.fields.push(Field { start, end: at, quoted: false, doubled: false });
            }
            let consumed = match text.get(at) {
                Some(byte) if *byte == delimiter => {
                    at += 1;
                    continue;
                }
                Some(b'\r') => at + 2,
                Some(_) => at + 1,
                None => at,
            };
            return Parsed::Record { length: at, consumed, lines };
        }
    }
}

enum Closing {
    At { offset: usize, doubled: bool },
    NeedsMore,
    LineBreak { offset: usize },
    Never,
}

/// Finds the quote that closes a field; `text` starts behind the opening one.
fn closing(text: &[u8], quote: u8, multiline: bool, ended: bool) -> Closing {
    let mut from = 0;
    let mut doubled = false;
    loop {
        let rest = &text[from..];
        let found = if multiline { memchr(quote, rest) } else { memchr2(quote, b'\n', rest) };
        let Some(found) = found else {
            return match (ended, multiline) {
                (false, _) => Closing::NeedsMore,
                (true, true) => Closing::Never,
                (true, false) => Closing::LineBreak { offset: text.len() },
            };
        };
        let at = from + found;
        if text[at] != quote {
            return Closing::LineBreak { offset: at };
        }
        match text.get(at + 1) {
            Some(next) if *next == quote => {
                doubled = true;
                from = at + 2;
            }
            None if !ended => return Closing::NeedsMore,
            _ => return Closing::At { offset: at, doubled },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    /// Gives a few bytes at a time, so that every record is cut at every place.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let now = self.1.min(self.0.len()).min(into.len());
            into[..now].copy_from_slice(&self.0[..now]);
            self.0 = &self.0[now..];
            Ok(now)
        }
    }

    const PLAIN: Dialect = Dialect { delimiter: b',', quote: b'"', multiline: true, max_record_bytes: 1000 };

    type Row = (u64, u64, Vec<Option<String>>, Option<&'static str>);

    fn scanned(text: &[u8], dialect: Dialect, step: usize) -> Result<Vec<Row>, Stop> {
        let mut scanner = Scanner::new(Trickle(text, step), dialect);
        let mut rows = Vec::new();
        let mut scratch = Vec::new();
        while scanner.advance()? {
            let fields = scanner
                .fields()
                .iter()
                .map(|field| {
                    let text = String::from_utf8_lossy(scanner.content(*field, &mut scratch)).into_owned();
                    (field.quoted || !text.is_empty()).then_some(text)
                })
                .collect();
            let broken = scanner.broken().map(|broken| match broken {
                Broken::StrayQuote => "stray",
                Broken::TextAfterQuote => "after",
                Broken::LineBreakInQuotes => "break",
                Broken::CarriageReturn => "cr",
                _ => "other",
            });
            rows.push((scanner.place().line, scanner.place().byte, fields, broken));
        }
        Ok(rows)
    }

    fn texts(fields: &[&str]) -> Vec<Option<String>> {
        fields.iter().map(|field| Some((*field).to_owned())).collect()
    }

    #[test]
    fn positions_are_physical_and_empty_is_not_null() {
        let text = b"\xEF\xBB\xBFa,b\r\n1,\"x\n\"\"y\"\"\"\n\n,\"\"\n2,z";
        for step in 1..12 {
            let rows = scanned(text, PLAIN, step).unwrap();
            assert_eq!(rows[0], (1, 3, texts(&["a", "b"]), None));
            assert_eq!(rows[1], (2, 8, texts(&["1", "x\n\"y\""]), None));
            assert_eq!(rows[2], (4, 20, vec![None], None));
            assert_eq!(rows[3], (5, 21, vec![None, Some(String::new())], None));
            assert_eq!(rows[4], (6, 25, texts(&["2", "z"]), None));
            assert_eq!(rows.len(), 5, "step {step}");
        }
    }

    #[test]
    fn a_row_with_a_bad_quote_is_told_and_the_next_is_read() {
        for step in 1..8 {
            let rows = scanned(b"5\" pipe,a\n\"ab\"c,d\n1\r2,x\nok,1\n", PLAIN, step).unwrap();
            let broken: Vec<_> = rows.iter().map(|row| (row.0, row.3)).collect();
            assert_eq!(broken, [(1, Some("stray")), (2, Some("after")), (3, Some("cr")), (4, None)]);
        }
    }

    #[test]
    fn a_quote_that_swallows_lines_stops_the_file_where_it_opens() {
        for text in [&b"a,b\n1,\"x\n2,\"y\"\n3,z\n"[..], b"a,b\n1,\"x\n2,y\n"] {
            for step in 1..8 {
                match scanned(text, PLAIN, step) {
                    Err(Stop::UnclosedQuote(place)) => assert_eq!(place, Place { line: 2, byte: 6 }),
                    other => panic!("{other:?}"),
                }
            }
        }
        let long = format!("1,\"{}", "x\n".repeat(600));
        assert!(matches!(
            scanned(long.as_bytes(), PLAIN, 64),
            Err(Stop::TooLong(Place { line: 1, byte: 0 }))
        ));
    }

    #[test]
    fn without_multiline_such_a_quote_costs_its_own_line() {
        let lines = Dialect { multiline: false, ..PLAIN };
        for step in 1..8 {
            let rows = scanned(b"1,\"x\n2,\"y\"\n3,z\n4,\"", lines, step).unwrap();
            let broken: Vec<_> = rows.iter().map(|row| (row.0, row.1, row.3)).collect();
            assert_eq!(broken, [(1, 0, Some("break")), (2, 5, None), (3, 11, None), (4, 15, Some("break"))]);
        }
    }

    #[test]
    fn utf_16_is_recognised() {
        assert!(matches!(scanned(b"\xFF\xFEa\0", PLAIN, 1), Err(Stop::Utf16)));
    }

    proptest! {
        #[test]
        fn what_is_written_by_the_rules_is_read_back(
            rows in proptest::collection::vec(proptest::collection::vec("[a-c,\"\n\r é]{0,6}", 1..4), 0..8),
            step in 1usize..9,
        ) {
            let mut text = String::new();
            let mut lines = Vec::new();
            for row in &rows {
                lines.push((text.matches('\n').count() as u64 + 1, text.len() as u64));
                let quoted: Vec<String> = row.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
                text.push_str(&quoted.join(","));
                text.push('\n');
            }
            let read = scanned(text.as_bytes(), PLAIN, step).unwrap();
            prop_assert_eq!(read.len(), rows.len());
            for ((read, row), (line, byte)) in read.iter().zip(&rows).zip(lines) {
                let fields: Vec<&str> = row.iter().map(String::as_str).collect();
                prop_assert_eq!(read, &(line, byte, texts(&fields), None));
            }
        }

        #[test]
        fn any_bytes_end(text in proptest::collection::vec(any::<u8>(), 0..200), step in 1usize..9, multiline: bool) {
            let _ = scanned(&text, Dialect { multiline, ..PLAIN }, step);
        }
    }
}
