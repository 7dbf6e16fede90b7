//! How figures and database text look in answers: short, with their unit, on one line.

/// A count: exact below 10,000, then three significant digits with k, M, G.
pub(crate) fn count(value: f64) -> String {
    let rounded = value.round();
    if (value - rounded).abs() > 0.004 && value < 10.0 {
        return trim(format!("{value:.2}"));
    }
    let (scaled, suffix) = match rounded {
        small if small < 10_000.0 => return format!("{small}"),
        k if k < 999_500.0 => (k / 1e3, "k"),
        m if m < 999_500_000.0 => (m / 1e6, "M"),
        g => (g / 1e9, "G"),
    };
    format!("{}{suffix}", significant(scaled))
}

/// Milliseconds, three significant digits.
pub(crate) fn ms(value: f64) -> String {
    if value >= 10_000.0 {
        format!("{} s", significant(value / 1e3))
    } else {
        format!("{} ms", significant(value))
    }
}

/// Bytes in the unit that fits.
pub(crate) fn bytes(value: f64) -> String {
    match value {
        small if small < 1024.0 => format!("{small} B"),
        k if k < 1024.0 * 1024.0 => format!("{} kB", significant(k / 1024.0)),
        m if m < 1024.0 * 1024.0 * 1024.0 => format!("{} MB", significant(m / 1024.0 / 1024.0)),
        g => format!("{} GB", significant(g / 1024.0 / 1024.0 / 1024.0)),
    }
}

/// A share of 1 as a percentage.
pub(crate) fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent > 0.0 && percent < 1.0 { "<1 %".into() } else { format!("{percent:.0} %") }
}

/// A figure for structured output: four significant digits are all that plans carry.
pub(crate) fn round(value: f64) -> f64 {
    if value == 0.0 || value.abs() >= 1e4 {
        return value.round();
    }
    let factor = 10f64.powi(3 - value.abs().log10().floor() as i32);
    (value * factor).round() / factor
}

/// Database text on one line: control characters become spaces, the end is cut at `limit` characters.
pub(crate) fn line(text: &str, limit: usize) -> String {
    let mut clean: String =
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(limit).collect();
    if text.chars().nth(limit).is_some() {
        clean.pop();
        clean.push('…');
    }
    clean
}

fn significant(value: f64) -> String {
    let digits = match value {
        small if small < 0.0995 => 3,
        small if small < 0.995 => 2,
        small if small < 9.95 => 2,
        medium if medium < 99.5 => 1,
        _ => 0,
    };
    trim(format!("{value:.digits$}"))
}

fn trim(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_carry_their_unit() {
        let counts: Vec<_> =
            [0.0, 0.33, 9_999.0, 10_000.0, 123_456.0, 999_600.0, 4.2e9].into_iter().map(count).collect();
        assert_eq!(counts, ["0", "0.33", "9999", "10k", "123k", "1M", "4.2G"]);
        assert_eq!([0.012, 12.34, 9_999.0, 61_000.0].map(ms), ["0.012 ms", "12.3 ms", "9999 ms", "61 s"]);
        assert_eq!([512.0, 2048.0, 5.5 * 1024.0 * 1024.0].map(bytes), ["512 B", "2 kB", "5.5 MB"]);
        assert_eq!([0.004, 0.5, 1.0, 0.0].map(percent), ["<1 %", "50 %", "100 %", "0 %"]);
        assert_eq!(round(123.456), 123.5);
    }

    #[test]
    fn database_text_stays_on_its_line() {
        assert_eq!(line("a\nb\u{1b}[31m", 80), "a b [31m");
        assert_eq!(line("abcdef", 4), "abc…");
    }
}
