//! How many bytes values take that PostgreSQL stores in variable length, from their texts.

/// The mean and the spread of what values take, each with the share of rows that it stands for.
pub(crate) fn widths(type_oid: u32, values: &[(String, f32)]) -> Option<(f64, f64)> {
    let (mut weight, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for (value, share) in values {
        let (width, share) = (width(type_oid, value)?, f64::from(*share));
        weight += share;
        sum += share * width;
        squares += share * width * width;
    }
    let mean = sum / weight;
    (weight > 0.0).then(|| (mean, (squares / weight - mean * mean).max(0.0).sqrt()))
}

/// `text`, `bpchar`, `varchar` and `numeric`, with a header of one byte up to 126 bytes.
#[allow(clippy::cast_precision_loss, reason = "a length")]
fn width(type_oid: u32, value: &str) -> Option<f64> {
    let bytes = match type_oid {
        25 | 1042 | 1043 => value.len(),
        1700 => 2 + 2 * digits(value),
        _ => return None,
    };
    Some((bytes + if bytes <= 126 { 1 } else { 4 }) as f64)
}

/// The digits of a number to the base 10,000, without zeros at its ends.
fn digits(value: &str) -> usize {
    let (whole, fraction) = value.trim_start_matches('-').split_once('.').unwrap_or((value, ""));
    let whole = whole.trim_start_matches(['-', '0']);
    let fraction = fraction.trim_end_matches('0');
    let leading = fraction.len() - fraction.trim_start_matches('0').len();
    let skipped = if whole.is_empty() { leading / 4 } else { 0 };
    if fraction.is_empty() {
        let ending = whole.len() - whole.trim_end_matches('0').len();
        return whole.len().div_ceil(4) - ending / 4;
    }
    whole.len().div_ceil(4) + fraction.len().div_ceil(4) - skipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_what_pg_column_size_says_of_them_in_a_row() {
        for (value, bytes) in [
            ("0", 3.0),
            ("1", 5.0),
            ("9999", 5.0),
            ("10000", 5.0),
            ("12345", 7.0),
            ("123.45", 7.0),
            ("0.45", 5.0),
            ("0.00001", 5.0),
            ("-500.00", 5.0),
            ("12345678.9", 9.0),
        ] {
            assert_eq!(width(1700, value), Some(bytes), "{value}");
        }
        assert_eq!(width(25, "abc"), Some(4.0));
        assert_eq!(width(25, &"x".repeat(200)), Some(204.0));
        assert_eq!(width(17, "\\x00"), None);
    }

    #[test]
    fn the_mean_is_of_rows() {
        let values = [("a".to_owned(), 0.75), ("abcde".to_owned(), 0.25)];
        assert_eq!(widths(25, &values), Some((3.0, 3.0_f64.sqrt())));
    }
}
