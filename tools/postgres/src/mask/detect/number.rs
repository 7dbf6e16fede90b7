//! A number as people write it: groups of digits with separators, read once and judged by card, SSN and phone.

use super::boundary;

/// Longer runs are no card and no phone number, whatever they are.
const MOST_GROUPS: usize = 8;
const MOST_DIGITS: usize = 28;
/// The shortest phone numbers.
const LEAST_DIGITS: usize = 7;

#[derive(Debug, Clone, Copy, Default)]
struct Group {
    start: usize,
    end: usize,
    /// How many digits up to and with this group.
    digits: usize,
}

/// Digits in groups, with at most two signs between one group and the next.
#[derive(Debug)]
pub(super) struct Number<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) start: usize,
    groups: [Group; MOST_GROUPS],
    count: usize,
    digits: [u8; MOST_DIGITS],
}

impl<'a> Number<'a> {
    /// The number that begins at `start`, with its `+` or `(` if it has one.
    pub(super) fn at(bytes: &'a [u8], start: usize) -> Option<Self> {
        if !boundary::opens(bytes, start) {
            return None;
        }
        let lead = bytes[start..].iter().take(2).take_while(|byte| matches!(byte, b'+' | b'(')).count();
        let mut number = Self {
            bytes,
            start,
            groups: [Group::default(); MOST_GROUPS],
            count: 0,
            digits: [0; MOST_DIGITS],
        };
        let (mut at, mut digits) = (start + lead, 0);
        while number.count < MOST_GROUPS {
            let group = at;
            while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
                *number.digits.get_mut(digits)? = digit - b'0';
                digits += 1;
                at += 1;
            }
            if at == group {
                break;
            }
            number.groups[number.count] = Group { start: group, end: at, digits };
            number.count += 1;
            let signs = bytes[at..].iter().take(3).take_while(|byte| is_separator(**byte)).count();
            if signs == 0 || signs == 3 || !bytes.get(at + signs).is_some_and(u8::is_ascii_digit) {
                break;
            }
            at += signs;
        }
        (digits >= LEAST_DIGITS).then_some(number)
    }

    /// The number cut to its first groups: all of them, then fewer where only a space joins what is cut.
    pub(super) fn cuts(&self) -> impl Iterator<Item = Cut<'_>> {
        self.parts()
            .filter(|cut| cut.is_whole() || self.between(cut.count) == b" ")
            .filter(|cut| boundary::closes(self.bytes, cut.end()))
    }

    /// The number without the date behind it until which a card is good, `12/27`, and without the code behind that.
    pub(super) fn before_expiry(&self) -> impl Iterator<Item = Cut<'_>> {
        self.parts().filter(|cut| {
            let mut rest = [0; MOST_GROUPS];
            let count = self.count - cut.count;
            for (length, group) in rest.iter_mut().zip(&self.groups[cut.count..self.count]) {
                *length = group.end - group.start;
            }
            let month = self.digits[cut.digits().len()..].first_chunk::<2>();
            let is_month = month.is_some_and(|[tens, ones]| matches!(tens * 10 + ones, 1..=12));
            is_month && matches!(&rest[..count], [2, 2 | 4] | [4] | [2, 2 | 4, 3 | 4] | [4, 3 | 4])
        })
    }

    fn parts(&self) -> impl Iterator<Item = Cut<'_>> {
        (1..=self.count)
            .rev()
            .take_while(|count| self.groups[count - 1].digits >= LEAST_DIGITS)
            .map(|count| Cut { number: self, count })
    }

    /// Whether it goes on from digits in front, with a space between.
    pub(super) fn continues(&self) -> bool {
        let before = &self.bytes[..self.start];
        before.last() == Some(&b' ') && before.iter().rev().nth(1).is_some_and(u8::is_ascii_digit)
    }

    /// What stands between the group before `index` and that group.
    fn between(&self, index: usize) -> &[u8] {
        &self.bytes[self.groups[index - 1].end..self.groups[index].start]
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// The first groups of a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut<'a> {
    pub(super) number: &'a Number<'a>,
    count: usize,
}

impl<'a> Cut<'a> {
    pub(super) fn end(self) -> usize {
        self.number.groups[self.count - 1].end
    }

    pub(super) fn is_whole(self) -> bool {
        self.count == self.number.count
    }

    pub(super) fn digits(self) -> &'a [u8] {
        &self.number.digits[..self.number.groups[self.count - 1].digits]
    }

    /// The digits of one group.
    pub(super) fn group(self, index: usize) -> &'a [u8] {
        let from = index.checked_sub(1).map_or(0, |before| self.number.groups[before].digits);
        &self.number.digits[from..self.number.groups[index].digits]
    }

    /// How long each group is.
    pub(super) fn lengths(self) -> impl Iterator<Item = usize> + Clone {
        (0..self.count).map(move |index| self.group(index).len())
    }

    pub(super) fn groups(self) -> usize {
        self.count
    }

    /// Whether the groups have exactly these lengths.
    pub(super) fn has_shape(self, lengths: &[usize]) -> bool {
        self.lengths().eq(lengths.iter().copied())
    }

    /// What stands between the groups, from left to right.
    pub(super) fn separators(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        let number = self.number;
        (1..self.count).map(move |index| number.between(index))
    }

    /// The one sign between all groups, if it is one and the same.
    pub(super) fn separator(self) -> Option<u8> {
        let mut separators = self.separators();
        match separators.next()? {
            &[first] => separators.all(|other| other == [first]).then_some(first),
            _ => None,
        }
    }

    /// The `+` or `(` in front.
    pub(super) fn lead(self) -> &'a [u8] {
        &self.number.bytes[self.number.start..self.number.groups[0].start]
    }
}
