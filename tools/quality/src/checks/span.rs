//! Spans of time and moments, as people write them.

use crate::document::Mistake;

/// `1d 12h` in seconds.
pub(crate) fn seconds(written: &str) -> Option<f64> {
    let mut total = None;
    let mut rest = written.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match rest.get(..letters)? {
            "ms" => 0.001,
            "s" | "sec" | "second" | "seconds" => 1.0,
            "m" | "min" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3_600.0,
            "d" | "day" | "days" => 86_400.0,
            "w" | "week" | "weeks" => 604_800.0,
            _ => return None,
        };
        total = Some(total.unwrap_or(0.0) + number * unit);
        rest = rest.get(letters..)?.trim_start();
    }
    total
}

/// A moment that PostgreSQL reads: an ISO timestamp, so that it means the same wherever it is read.
pub(crate) fn moment(written: &str) -> Result<String, Mistake> {
    let is_iso = written.len() >= 10
        && written.char_indices().all(|(at, c)| match at {
            4 | 7 => c == '-',
            0..10 => c.is_ascii_digit(),
            _ => c.is_ascii_digit() || "T :.+-Z".contains(c),
        });
    if is_iso {
        Ok(written.to_owned())
    } else {
        Err(Mistake::at("as_of", format!("{written} is no moment")).hint("write 2026-01-31T12:00:00Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_numbers_with_units() {
        assert_eq!(seconds("1d"), Some(86_400.0));
        assert_eq!(seconds("1d 12h"), Some(129_600.0));
        assert_eq!(seconds("90 minutes"), Some(5_400.0));
        for wrong in ["", "1", "d", "1x", "-1d", "1..5d"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn moments_are_iso() {
        assert!(moment("2026-01-31").is_ok() && moment("2026-01-31T12:00:00.5+02:00").is_ok());
        for wrong in ["today", "31.01.2026", "2026-01-31'; select 1", ""] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}
