//! Row counts that PostgreSQL rounded, in words that claim no more than is known.

use pgwright_contract::units::count;

/// `4`, `about 400` or `fewer than 20`, by how far the count may be off.
pub(super) fn rows(rows: f64, error: f64) -> String {
    // From ten thousand on three digits are printed, which hides as much.
    let exact = error < 0.5 || (rows >= 10_000.0 && error <= 0.005 * rows);
    match rows {
        rows if exact => count(rows),
        none if none < 0.5 => format!("fewer than {}", count((error + 0.5).floor().max(1.0))),
        rows => format!("about {}", count(rows)),
    }
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn a_count_says_how_sure_it_is() {
        assert_eq!(rows(4.0, 0.0), "4");
        assert_eq!(rows(3.0, 1.5), "about 3");
        assert_eq!(rows(0.0, 1.5), "fewer than 2");
        assert_eq!(rows(0.0, 19.5), "fewer than 20");
        assert_eq!(rows(100_000.0, 1.5), "100k");
    }
}
