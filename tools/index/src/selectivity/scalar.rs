//! Values of a type, read from text so that they can be compared.

use std::cmp::Ordering;

/// How a type's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Moment,
    Truth,
    Text,
}

impl Kind {
    pub(super) fn of(base_type: &str, category: char) -> Self {
        match (category, base_type) {
            ('N', _) => Self::Number,
            ('D', "date" | "timestamp" | "timestamptz") => Self::Moment,
            ('B', _) => Self::Truth,
            _ => Self::Text,
        }
    }
}

/// One value; moments are seconds. Values of different kinds do not compare.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Number(f64),
    Text(String),
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl Scalar {
    /// Text that does not read as its kind stays text.
    pub(super) fn read(text: &str, kind: Kind) -> Self {
        let number = match kind {
            Kind::Number => text.trim().parse().ok(),
            Kind::Moment => seconds(text.trim()),
            Kind::Truth => match text.trim().to_ascii_lowercase().as_str() {
                "t" | "true" | "1" | "on" | "yes" => Some(1.0),
                "f" | "false" | "0" | "off" | "no" => Some(0.0),
                _ => None,
            },
            Kind::Text => None,
        };
        number.map_or_else(|| Self::Text(text.trim_end_matches(' ').to_owned()), Self::Number)
    }
}

/// The value in a literal as SQL writes it: quotes, casts and type names off.
pub(super) fn literal(sql: &str) -> Option<String> {
    if let Some(start) = sql.find('\'') {
        let end = sql.rfind('\'').filter(|end| *end > start)?;
        // An interval or a concatenation is no single value.
        let inside = sql.get(start + 1..end)?.replace("''", "\u{0}");
        return (!inside.contains('\'')).then(|| inside.replace('\u{0}', "'"));
    }
    let bare = sql.split("::").next()?.trim();
    let lower = bare.to_ascii_lowercase();
    let bare = match lower.strip_prefix("cast(") {
        Some(rest) => rest.split(" as ").next()?.trim(),
        None => lower.as_str(),
    };
    (!bare.is_empty() && bare != "null").then(|| bare.replace(' ', ""))
}

/// The share of a histogram's rows below `value`, by linear interpolation within the bucket.
#[allow(clippy::cast_precision_loss, reason = "a histogram has at most 10,000 bounds")]
pub(super) fn fraction_below(histogram: &[Scalar], value: &Scalar) -> f64 {
    let buckets = histogram.len().saturating_sub(1).max(1) as f64;
    let at = histogram.partition_point(|bound| bound.partial_cmp(value) == Some(Ordering::Less));
    match (at.checked_sub(1).and_then(|low| histogram.get(low)), histogram.get(at)) {
        (None, _) => 0.0,
        (_, None) => 1.0,
        (Some(low), Some(high)) => ((at - 1) as f64 + within(low, value, high)) / buckets,
    }
}

fn within(low: &Scalar, value: &Scalar, high: &Scalar) -> f64 {
    let (low, value, high) = match (low, value, high) {
        (Scalar::Number(low), Scalar::Number(value), Scalar::Number(high)) => (*low, *value, *high),
        (Scalar::Text(low), Scalar::Text(value), Scalar::Text(high)) => {
            let shared = low.bytes().zip(high.bytes()).take_while(|(a, b)| a == b).count();
            (place(low, shared), place(value, shared), place(high, shared))
        }
        _ => return 0.5,
    };
    if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
}

/// Bytes as digits of a fraction.
fn place(text: &str, from: usize) -> f64 {
    let mut digit = 1.0;
    text.bytes()
        .skip(from)
        .take(8)
        .map(|byte| {
            digit /= 256.0;
            f64::from(byte) * digit
        })
        .sum()
}

/// Seconds since 1970 of `YYYY-MM-DD`, with or without a time and an offset.
fn seconds(text: &str) -> Option<f64> {
    let (date, time) = match text.find([' ', 'T']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, ""),
    };
    let mut parts = date.splitn(3, '-');
    let year: i64 = parts.next()?.parse().ok()?;
    let month: i64 = parts.next()?.parse().ok()?;
    let day: i64 = parts.next()?.parse().ok()?;
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from the civil calendar, with years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 719_469;
    let zone_at = time.find(['+', '-', 'Z']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let offset = match zone.as_bytes().first() {
        Some(b'-') => -clock_seconds(zone.get(1..)?)?,
        Some(b'+') => clock_seconds(zone.get(1..)?)?,
        _ => 0.0,
    };
    let clock = if clock.is_empty() { 0.0 } else { clock_seconds(clock)? };
    // Whole days of some ten thousand years fit a float exactly.
    Some(f64::from(i32::try_from(days).ok()?) * 86_400.0 + clock - offset)
}

fn clock_seconds(text: &str) -> Option<f64> {
    let mut parts = text.trim().splitn(3, ':');
    let hours: f64 = parts.next()?.parse().ok()?;
    let minutes: f64 = parts.next().map_or(Some(0.0), |part| part.parse().ok())?;
    let seconds: f64 = parts.next().map_or(Some(0.0), |part| part.parse().ok())?;
    Some(hours * 3_600.0 + minutes * 60.0 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_seconds() {
        assert_eq!(seconds("1970-01-01"), Some(0.0));
        assert_eq!(seconds("2000-03-01"), Some(951_868_800.0));
        assert_eq!(seconds("2024-02-29 12:00:00.5+02"), Some(1_709_200_800.5));
        assert_eq!(seconds("infinity"), None);
    }

    #[test]
    fn literals_lose_their_dress() {
        assert_eq!(literal("DATE '1994-01-01'").as_deref(), Some("1994-01-01"));
        assert_eq!(literal("'it''s'").as_deref(), Some("it's"));
        assert_eq!(literal("CAST(5 AS int)").as_deref(), Some("5"));
        assert_eq!(literal("- 1.5").as_deref(), Some("-1.5"));
        assert_eq!(literal("'x'::text").as_deref(), Some("x"));
        assert_eq!(literal("NULL"), None);
    }

    #[test]
    fn text_is_placed_by_its_bytes_after_the_shared_start() {
        let bounds = ["item-a", "item-m", "item-z"].map(|text| Scalar::Text(text.to_owned()));
        let below = fraction_below(&bounds, &Scalar::Text("item-g".into()));
        assert!((0.2..0.3).contains(&below), "{below}");
        assert_eq!(fraction_below(&bounds, &Scalar::Text("a".into())), 0.0);
        assert_eq!(fraction_below(&bounds, &Scalar::Text("z".into())), 1.0);
    }
}
