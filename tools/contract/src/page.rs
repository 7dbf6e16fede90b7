//! The compact text of an answer. What comes from a database passes through [`data`](Page::data), so that it can
//! neither break the layout nor pose as pgwright's own words.

use std::fmt::Write as _;

/// Text under construction.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// Adds one line.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Adds a text that may have several lines.
    pub fn block(&mut self, block: &str) {
        self.text.push_str(block.trim_end_matches('\n'));
        self.text.push('\n');
    }

    /// Database text made safe to show: control, bidirectional and zero-width characters escaped, cut at `longest`
    /// characters.
    ///
    /// Backslashes are doubled where they would be read with an escape behind them: before one, and before a `u{` that is none.
    pub fn data(text: &str, longest: usize) -> String {
        let mut shown = String::with_capacity(text.len().min(longest));
        let mut rest = text.chars();
        let mut backslashes = 0;
        let mut left = longest;
        while let Some(character) = rest.next() {
            if left == 0 {
                shown.push('…');
                break;
            }
            left -= 1;
            let is_escaped = is_unsafe(character);
            if is_escaped || (character == 'u' && rest.as_str().starts_with('{')) {
                shown.extend(std::iter::repeat_n('\\', backslashes));
            }
            backslashes = if character == '\\' { backslashes + 1 } else { 0 };
            if is_escaped {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
            } else {
                shown.push(character);
            }
        }
        shown
    }

    /// The finished text, without a trailing line break.
    pub fn into_text(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_break_the_line_or_hide() {
        assert_eq!(Page::data("a\nb\u{1b}[31m\u{202e}x", 80), "a\\u{a}b\\u{1b}[31m\\u{202e}x");
        assert_eq!(Page::data("abcdef", 3), "abc…");
    }

    #[test]
    fn backslashes_are_told_from_escapes() {
        for (text, shown) in [
            (r"C:\users \d+", r"C:\users \d+"),
            ("\n", r"\u{a}"),
            (r"\u{a}", r"\\u{a}"),
            (r"\\u{a}", r"\\\\u{a}"),
            ("\\\n", r"\\\u{a}"),
            ("\\\\\n", r"\\\\\u{a}"),
        ] {
            assert_eq!(Page::data(text, 80), shown, "{text:?}");
        }
    }
}
