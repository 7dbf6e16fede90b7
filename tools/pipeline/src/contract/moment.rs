//! Dates and times in ISO 8601. Other spellings depend on the server's DateStyle, so they are refused rather than
//! guessed at; rare ISO forms are left to PostgreSQL.

use super::kind::{Verdict, trimmed};

const NO_TIME: Verdict = Verdict::Misfit("not an ISO 8601 time (YYYY-MM-DD HH:MM:SS)");
const NO_DATE: Verdict = Verdict::Misfit("not an ISO 8601 date (YYYY-MM-DD)");

/// Judges a `date`. A time behind it is dropped by PostgreSQL, if it can be read.
pub(super) fn date(text: &[u8]) -> Verdict {
    let text = trimmed(text);
    match split(text) {
        Some((day, rest)) => match in_calendar(day) {
            Verdict::Fits if rest.is_empty() => Verdict::Fits,
            Verdict::Fits if is_rare(rest) => Verdict::AskServer,
            Verdict::Fits => NO_DATE,
            other => other,
        },
        None if is_infinity(text) => Verdict::Fits,
        None => NO_DATE,
    }
}

/// Judges a `timestamp`, with or without time zone.
pub(super) fn timestamp(text: &[u8]) -> Verdict {
    let text = trimmed(text);
    match split(text) {
        Some((day, rest)) => match in_calendar(day) {
            Verdict::Fits if rest.is_empty() || time(rest).is_some() => Verdict::Fits,
            Verdict::Fits if is_rare(rest) => Verdict::AskServer,
            Verdict::Fits => NO_TIME,
            other => other,
        },
        None if is_infinity(text) => Verdict::Fits,
        None => NO_TIME,
    }
}

/// Whether PostgreSQL might read what follows a date: an era, or a time with an hour of 24, a second of 60, AM or PM, a
/// zone's name. That keeps plain rubbish from being sent at all.
fn is_rare(text: &[u8]) -> bool {
    let Some(text) = text.strip_prefix(b"T").or_else(|| text.strip_prefix(b" ")).map(trimmed) else {
        return false;
    };
    if text.eq_ignore_ascii_case(b"BC") || text.eq_ignore_ascii_case(b"AD") {
        return true;
    }
    let minutes = || {
        let (hour, rest) = number(text, 1, 2)?;
        let (minute, rest) = number(rest.strip_prefix(b":")?, 2, 2)?;
        (hour <= 24 && minute < 60).then_some(rest)
    };
    let tail = match minutes() {
        Some([b':', rest @ ..]) => seconds(rest).map(|(_, _, rest)| rest),
        other => other,
    };
    tail.is_some_and(|tail| {
        let starts = tail.first().is_none_or(|first| b" +-".contains(first) || first.is_ascii_alphabetic());
        starts && tail.iter().all(|byte| byte.is_ascii_alphanumeric() || b" /_+-:".contains(byte))
    })
}

/// Microseconds since 1970, for comparing; a time without offset counts as UTC.
pub(super) fn instant(text: &[u8]) -> Option<i128> {
    let text = trimmed(text);
    if is_infinity(text) {
        return Some(if text.starts_with(b"-") { i128::MIN } else { i128::MAX });
    }
    let (day, rest) = split(text)?;
    let within = if rest.is_empty() { 0 } else { time(rest)? };
    Some(i128::from(days_since_1970(day)) * 86_400_000_000 + i128::from(within))
}

#[derive(Debug, Clone, Copy)]
struct Day {
    year: i64,
    month: i64,
    day: i64,
}

fn is_infinity(text: &[u8]) -> bool {
    text.eq_ignore_ascii_case(b"infinity") || text.eq_ignore_ascii_case(b"-infinity")
}

/// The date at the start, `YYYY-M-D` or `YYYYMMDD`, and what follows it.
fn split(text: &[u8]) -> Option<(Day, &[u8])> {
    let (year, rest) = number(text, 4, 4)?;
    if let [b'-', rest @ ..] = rest {
        let (month, rest) = number(rest, 1, 2)?;
        let (day, rest) = number(rest.strip_prefix(b"-")?, 1, 2)?;
        return Some((Day { year, month, day }, rest));
    }
    let (month, rest) = number(rest, 2, 2)?;
    let (day, rest) = number(rest, 2, 2)?;
    rest.is_empty().then_some((Day { year, month, day }, rest))
}

/// A number of at least `least` and at most `most` digits that is not followed by a further digit, unless its width is
/// fixed.
fn number(text: &[u8], least: usize, most: usize) -> Option<(i64, &[u8])> {
    let digits = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    let ends = least == most || !rest.first().is_some_and(u8::is_ascii_digit);
    let value = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    (digits.len() >= least && ends).then_some((value, rest))
}

fn in_calendar(Day { year, month, day }: Day) -> Verdict {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if year > 0 && (1..=days).contains(&day) {
        Verdict::Fits
    } else {
        Verdict::Misfit("not a day of the calendar")
    }
}

/// Microseconds since midnight UTC of `T10:20:30.5+02:00` and its shorter forms; `None` for any other form.
fn time(text: &[u8]) -> Option<i64> {
    if text.len() > 40 {
        return None;
    }
    let (hour, rest) = match text {
        [b'T', rest @ ..] => number(rest, 2, 2)?,
        [b' ', rest @ ..] => number(rest, 1, 2)?,
        _ => return None,
    };
    let (minute, rest) = number(rest.strip_prefix(b":")?, 2, 2)?;
    let (second, micros, rest) = match rest {
        [b':', rest @ ..] => seconds(rest)?,
        _ => (0, 0, rest),
    };
    let offset = offset(rest)?;
    (hour < 24 && minute < 60 && second < 60)
        .then_some(((hour * 60 + minute) * 60 + second - offset) * 1_000_000 + micros)
}

/// Seconds with their fraction in microseconds.
fn seconds(text: &[u8]) -> Option<(i64, i64, &[u8])> {
    let (second, rest) = number(text, 2, 2)?;
    let Some(text) = rest.strip_prefix(b".") else { return Some((second, 0, rest)) };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let micros = (0..6).fold(0, |value, at| {
        value * 10 + text.get(at).filter(|_| at < digits).map_or(0, |digit| i64::from(digit - b'0'))
    });
    (digits > 0).then_some((second, micros, &text[digits..]))
}

/// Seconds east of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    let sign = match text {
        b"" | b"Z" | b"z" => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let (hours, rest) = number(&text[1..], 2, 2)?;
    let (minutes, rest) = match rest {
        b"" => (0, rest),
        [b':', rest @ ..] => number(rest, 2, 2)?,
        _ => number(rest, 2, 2)?,
    };
    (rest.is_empty() && hours < 15 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, by counting from the first of March of year 0.
fn days_since_1970(Day { year, month, day }: Day) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for fits in
            ["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", " 2024-1-5 ", "20240131", "infinity"]
        {
            assert_eq!(date(fits.as_bytes()), Verdict::Fits, "{fits}");
        }
        for not in [
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-10",
            "0000-01-01",
            "2024-04-31",
            "05/06/2024",
            "",
            "today",
            "2024-1-111",
            "Jan 5 2024",
        ] {
            assert!(matches!(date(not.as_bytes()), Verdict::Misfit(_)), "{not}");
        }
        assert_eq!(date(b"2024-01-01 10:00"), Verdict::AskServer);
        assert_eq!(date(b"2024-01-01 BC"), Verdict::AskServer);
    }

    #[test]
    fn times() {
        for fits in [
            "2024-01-31",
            "2024-01-31 10:20",
            "2024-01-31T10:20:30.123456Z",
            "2024-01-31 1:02:03+02",
            "2024-01-31 10:20:30-0530",
            "2024-01-31 10:20:30+05:30",
        ] {
            assert_eq!(timestamp(fits.as_bytes()), Verdict::Fits, "{fits}");
        }
        for asked in [
            "2024-01-31 24:00",
            "2024-01-31 23:59:60",
            "2024-01-31 10:00 PM",
            "2024-01-31 10:00 Europe/Rome",
            "2024-01-31 10:00:00+99",
        ] {
            assert_eq!(timestamp(asked.as_bytes()), Verdict::AskServer, "{asked}");
        }
        for not in [
            "",
            "soon",
            "2024-02-30 10:00",
            "10:20",
            "2024-01-31 b0:20",
            "2024-01-31 10:_0",
            "2024-01-31 10:20:30;",
            "2024-01-31x",
        ] {
            assert!(matches!(timestamp(not.as_bytes()), Verdict::Misfit(_)), "{not}");
        }
    }

    #[test]
    fn instants_compare_across_offsets() {
        assert_eq!(instant(b"1970-01-01"), Some(0));
        assert_eq!(instant(b"2000-03-01 00:00:00.5"), Some(951_868_800_500_000));
        assert_eq!(instant(b"2024-01-31 12:00+02"), instant(b"2024-01-31T10:00:00Z"));
        assert!(instant(b"infinity") > instant(b"9999-12-31"));
    }
}
