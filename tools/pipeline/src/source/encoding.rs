//! Encodings on their way to UTF-8. All of them are supersets of ASCII, so records are scanned before they are decoded
//! and byte offsets stay those of the file.

use crate::document::Encoding;

impl Encoding {
    /// Its name in messages.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Latin1 => "ISO 8859-1",
            Self::Windows1252 => "Windows-1252",
        }
    }

    /// Whether these bytes are text in this encoding.
    pub(crate) fn accepts(self, bytes: &[u8]) -> bool {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).is_ok(),
            Self::Latin1 => true,
            Self::Windows1252 => !bytes.iter().any(|byte| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)),
        }
    }

    /// The bytes as UTF-8. `None` where they are it already.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self == Self::Utf8 || bytes.is_ascii() {
            return None;
        }
        let character = |byte: u8| match byte {
            0x80..=0x9F if self == Self::Windows1252 => UPPER_CONTROLS[usize::from(byte - 0x80)],
            _ => char::from(byte),
        };
        Some(bytes.iter().map(|byte| character(*byte)).collect::<String>().into_bytes())
    }
}

/// What Windows-1252 has at 0x80 to 0x9F, where ISO 8859-1 has control characters.
const UPPER_CONTROLS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// Raw bytes as text that can be stored and read: what is not UTF-8, and NUL, as `\xNN`; at most `longest` bytes.
pub(crate) fn readable(raw: &[u8], longest: usize) -> String {
    let mut text = String::new();
    for chunk in raw[..raw.len().min(longest)].utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\0' => text.push_str("\\x00"),
                other => text.push(other),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    if raw.len() > longest {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_byte_encodings_become_utf_8() {
        assert_eq!(Encoding::Latin1.decode(b"caf\xE9").as_deref(), Some("café".as_bytes()));
        assert_eq!(Encoding::Windows1252.decode(b"\x80 5 \x96 \xFF").as_deref(), Some("€ 5 – ÿ".as_bytes()));
        assert_eq!(Encoding::Windows1252.decode(b"plain"), None);
        assert!(!Encoding::Windows1252.accepts(b"\x81"));
        assert!(!Encoding::Utf8.accepts(b"caf\xE9"));
    }

    #[test]
    fn raw_rows_can_be_shown() {
        assert_eq!(readable(b"caf\xE9,\0,x", 100), "caf\\xe9,\\x00,x");
        assert_eq!(readable("äöü".as_bytes(), 4), "äö…");
    }
}
