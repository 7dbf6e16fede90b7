//! Decimal numbers as text, compared and measured without conversion and so without loss.

use std::borrow::Cow;
use std::cmp::Ordering;

/// A decimal number: sign, digits before the point without leading zeros, digits after it without trailing ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    pub(super) exponent: i32,
}

impl<'a> Decimal<'a> {
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let (negative, unsigned) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&unsigned[..at], std::str::from_utf8(&unsigned[at + 1..]).ok()?.parse().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|byte| *byte == b'.') {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &mantissa[..0]),
        };
        let digits = whole.iter().chain(fraction).all(u8::is_ascii_digit);
        if !digits || whole.len() + fraction.len() == 0 {
            return None;
        }
        let start = whole.iter().position(|digit| *digit != b'0').unwrap_or(whole.len());
        let end = fraction.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        Some(Self { negative, whole: &whole[start..], fraction: &fraction[..end], exponent })
    }

    /// Whether it fits `numeric(precision, scale)` after PostgreSQL has rounded it; without exponent only.
    pub(super) fn fits(&self, precision: usize, scale: usize) -> bool {
        let room = precision - scale;
        if self.whole.len() != room {
            return self.whole.len() < room;
        }
        // As long as allowed: rounding up must not make it longer.
        let rounds_up = self.fraction.get(scale).is_some_and(|digit| *digit >= b'5');
        let nines = |digits: &[u8]| digits.iter().all(|digit| *digit == b'9');
        !(rounds_up && nines(self.whole) && nines(&self.fraction[..scale]))
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return if other.negative { Ordering::Greater } else { Ordering::Less },
            (false, true) => return if self.negative { Ordering::Less } else { Ordering::Greater },
            (false, false) => {}
        }
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty() || self.significant().is_empty()
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        if self.exponent == 0 && other.exponent == 0 {
            return (self.whole.len().cmp(&other.whole.len()))
                .then_with(|| self.whole.cmp(other.whole))
                .then_with(|| self.fraction.cmp(other.fraction));
        }
        (self.order().cmp(&other.order())).then_with(|| self.significant().cmp(&other.significant()))
    }

    /// All digits from the first that is not zero, without trailing zeros.
    fn significant(&self) -> Cow<'a, [u8]> {
        let digits = [self.whole, self.fraction].concat();
        let start = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
        let end = digits.iter().rposition(|digit| *digit != b'0').map_or(start, |last| last + 1);
        Cow::Owned(digits[start..end].to_vec())
    }

    /// The power of ten of the first digit that is not zero, plus one.
    fn order(&self) -> i64 {
        let zeros = self.fraction.iter().take_while(|digit| **digit == b'0').count();
        let places = if self.whole.is_empty() { -(zeros as i64) } else { self.whole.len() as i64 };
        places + i64::from(self.exponent)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn compared(left: &str, right: &str) -> Ordering {
        Decimal::parse(left.as_bytes()).unwrap().compare(&Decimal::parse(right.as_bytes()).unwrap())
    }

    #[test]
    fn forms_of_one_number_are_equal() {
        for (left, right) in [
            ("0", "-0.00"),
            ("1", "1.0"),
            ("0010.50", "10.5"),
            ("1e2", "100"),
            ("12.5e-1", "1.25"),
            ("0e9", "0"),
        ] {
            assert_eq!(compared(left, right), Ordering::Equal, "{left} {right}");
        }
        assert_eq!(compared("9.99", "10"), Ordering::Less);
        assert_eq!(compared("-9.99", "-10"), Ordering::Greater);
        assert_eq!(compared("0.1", "0.09"), Ordering::Greater);
        assert_eq!(compared("1e-3", "0.002"), Ordering::Less);
    }

    proptest! {
        #[test]
        fn order_is_that_of_the_integers_behind(left in -10_000_000i64..10_000_000, right in -10_000_000i64..10_000_000) {
            let text = |value: i64| format!("{}{}.{:03}", if value < 0 { "-" } else { "" }, value.abs() / 1000, value.abs() % 1000);
            prop_assert_eq!(compared(&text(left), &text(right)), left.cmp(&right));
            prop_assert_eq!(compared(&format!("{left}e-3"), &text(right)), left.cmp(&right));
        }
    }
}
