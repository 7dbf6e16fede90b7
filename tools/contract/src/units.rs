//! What a byte, row, share or time figure looks like in text: short, with its unit, in three significant digits.
//! Structured answers carry plain numbers with the unit in the key.

/// Bytes in the binary unit that fits: `832 B`, `8.19 MB`.
#[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn bytes(bytes: u64) -> String {
    scaled(bytes as f64, 1024.0, &[" B", " kB", " MB", " GB", " TB", " PB"])
}

/// Counts, exact below 10,000: `0.33`, `9999`, `12.3k`, `6M`.
pub fn count(count: f64) -> String {
    let rounded = count.round();
    if (count - rounded).abs() > 0.004 && count.abs() < 10.0 {
        return trimmed(format!("{count:.2}"));
    }
    if rounded.abs() < 10_000.0 {
        return format!("{rounded}");
    }
    scaled(rounded, 1_000.0, &["", "k", "M", "G", "T"])
}

/// Milliseconds, in the unit that fits from ten seconds on: `0.012 ms`, `9999 ms`, `61 s`, `12.5 min`.
pub fn milliseconds(ms: f64) -> String {
    match ms.abs() {
        below if below < 10_000.0 => format!("{} ms", significant(ms)),
        below if below < 600_000.0 => format!("{} s", significant(ms / 1e3)),
        _ => format!("{} min", significant(ms / 60e3)),
    }
}

/// A share of one in whole percent: `<1 %`, `42 %`, `>99 %`. Only nothing is `0 %`, and only all is `100 %`.
pub fn percent(ratio: f64) -> String {
    match ratio * 100.0 {
        some if some > 0.0 && some < 1.0 => "<1 %".to_owned(),
        most if most > 99.0 && ratio < 1.0 => ">99 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

/// A figure for structured answers, in four significant digits: more would only look exact.
pub fn round(value: f64) -> f64 {
    if value == 0.0 || value.abs() >= 1e4 {
        return value.round();
    }
    let factor = 10f64.powi(3 - value.abs().log10().floor() as i32);
    (value * factor).round() / factor
}

fn scaled(mut value: f64, step: f64, units: &[&str]) -> String {
    let mut unit = 0;
    // What rounds up to 1024 kB is 1 MB.
    while value.abs() >= step - 0.5 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    format!("{}{}", significant(value), units[unit])
}

fn significant(value: f64) -> String {
    let digits = match value.abs() {
        small if small < 0.0995 => 3,
        small if small < 9.95 => 2,
        medium if medium < 99.5 => 1,
        _ => 0,
    };
    trimmed(format!("{value:.digits$}"))
}

fn trimmed(number: String) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_carry_their_unit() {
        let counts = [0.0, 0.33, 950.0, 9_999.0, 10_000.0, 123_456.0, 999_600.0, 6_001_215.0, 4.2e9];
        assert_eq!(counts.map(count), ["0", "0.33", "950", "9999", "10k", "123k", "1M", "6M", "4.2G"]);
        assert_eq!(
            [0.012, 0.418, 12.34, 9_999.0, 61_000.0, 750_000.0].map(milliseconds),
            ["0.012 ms", "0.42 ms", "12.3 ms", "9999 ms", "61 s", "12.5 min"]
        );
        assert_eq!(
            [832, 2048, 8_590_000, 1024 * 1024 - 1, 3 << 40].map(bytes),
            ["832 B", "2 kB", "8.19 MB", "1 MB", "3 TB"]
        );
        assert_eq!([0.0, 0.004, 0.42, 1.0].map(percent), ["0 %", "<1 %", "42 %", "100 %"]);
        assert_eq!([1e-9, 0.99, 0.996, 0.999_999].map(percent), ["<1 %", "99 %", ">99 %", ">99 %"]);
    }

    #[test]
    fn structured_figures_keep_four_digits() {
        assert_eq!([123.456, 0.000_123_456, 98_765.4, 0.0].map(round), [123.5, 0.000_123_5, 98_765.0, 0.0]);
    }

    #[test]
    fn figures_below_zero_read_the_same() {
        assert_eq!(count(-12_345.0), "-12.3k");
        assert_eq!(milliseconds(-12.34), "-12.3 ms");
    }
}
