//! How far a share that was counted in a sample may be from that of all rows: Wilson's interval, 95 %.

use std::fmt;

/// Bounds of a share, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
}

/// 95 % of a normal distribution lie within so many standard deviations.
const Z: f64 = 1.959_963_985;

impl Interval {
    /// Of so many among so many.
    #[allow(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
    pub fn of(failed: u64, of: u64) -> Self {
        if of == 0 {
            return Self { low: 0.0, high: 1.0 };
        }
        let (n, share) = (of as f64, failed as f64 / of as f64);
        let z2 = Z * Z;
        let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        Self { low: if failed == 0 { 0.0 } else { (centre - half).max(0.0) }, high: (centre + half).min(1.0) }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "95 % interval {:.3} % to {:.3} %", self.low * 100.0, self.high * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Worked by hand: 10 of 100.
        let ten = Interval::of(10, 100);
        assert!((ten.low - 0.0552).abs() < 1e-4 && (ten.high - 0.1744).abs() < 1e-4, "{ten}");
        let none = Interval::of(0, 1_000);
        assert!(none.low == 0.0 && (none.high - 0.003_827).abs() < 1e-5, "{none}");
        assert_eq!(Interval::of(0, 0), Interval { low: 0.0, high: 1.0 });
    }
}
