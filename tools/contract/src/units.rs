//! What a byte, row, share or time figure looks like in text. Structured answers carry plain numbers with the unit
//! in the key.

/// Bytes in binary units with one decimal: `832 B`, `8.2 MB`.
#[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn bytes(bytes: u64) -> String {
    scaled(bytes as f64, 1024.0, &["B", "kB", "MB", "GB", "TB", "PB"], " ")
}

/// Counts in short form: `950`, `1.5k`, `12.4M`.
pub fn count(count: f64) -> String {
    scaled(count, 1000.0, &["", "k", "M", "G", "T"], "")
}

/// Milliseconds: `0.42 ms`, `12.3 ms`, `1.25 s`, `3.1 min`.
pub fn milliseconds(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 1_000.0 => format!("{ms:.1} ms"),
        ms if ms < 60_000.0 => format!("{:.2} s", ms / 1_000.0),
        ms => format!("{:.1} min", ms / 60_000.0),
    }
}

/// A share of one: `0.3 %`, `42 %`.
pub fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent != 0.0 && percent.abs() < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

fn scaled(value: f64, step: f64, units: &[&str], space: &str) -> String {
    let mut value = value;
    let mut unit = 0;
    // Rounding to one decimal must not show 1024.0 kB.
    while value.abs() >= step - 0.05 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    let number =
        if unit == 0 || value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") };
    format!("{number}{space}{}", units[unit]).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_carry_their_unit() {
        assert_eq!(bytes(832), "832 B");
        assert_eq!(bytes(8_590_000), "8.2 MB");
        assert_eq!(bytes(1024 * 1024 - 1), "1.0 MB");
        assert_eq!(count(950.0), "950");
        assert_eq!(count(1_500.0), "1.5k");
        assert_eq!(count(6_001_215.0), "6.0M");
        assert_eq!(milliseconds(0.418), "0.42 ms");
        assert_eq!(milliseconds(1_250.0), "1.25 s");
        assert_eq!(percent(0.0031), "0.3 %");
        assert_eq!(percent(0.42), "42 %");
    }
}
