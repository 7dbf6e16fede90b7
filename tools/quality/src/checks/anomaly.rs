//! Judging a value by those before it: how far it is from the median of the same weekday, against how far values usually
//! are.
//!
//! The residual of a value is its logarithm minus the logarithm of the median of the same weekday in the six weeks before.
//! Its scale is 1.4826 times the median absolute residual of the last 42 days, at least 3 %. A value is strange when its
//! residual is more than `k` (5) scales away. Below `min_history` (10) residuals the answer is unknown.

use crate::document::{InlineCheck, Mistake, suggest};

/// The rule and its bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anomaly {
    /// How many scales are too far.
    pub k: f64,
    /// Residuals that are needed before it judges.
    pub min_history: usize,
}

impl Default for Anomaly {
    fn default() -> Self {
        Self { k: 5.0, min_history: 10 }
    }
}

/// One value of the past: days since 1970 and the value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past {
    /// Days since 1970-01-01.
    pub day: i64,
    /// What was measured.
    pub value: f64,
}

/// What the past says of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Strangeness {
    /// Too little is known yet: so many residuals of so many.
    Learning {
        /// Residuals so far.
        known: usize,
        /// Residuals needed.
        needed: usize,
    },
    /// As usual.
    Usual {
        /// What was expected.
        expected: f64,
    },
    /// Too far.
    Strange {
        /// What was expected.
        expected: f64,
        /// How many scales it is away.
        scales: f64,
    },
}

/// Weeks whose same weekday is the reference.
const WEEKS: i64 = 6;
/// Days whose residuals give the scale.
const DAYS: i64 = 42;
/// The least scale.
const FLOOR: f64 = 0.03;
/// Makes the median absolute deviation of a normal distribution its standard deviation.
const NORMAL: f64 = 1.4826;

impl Anomaly {
    pub(crate) fn read(check: &InlineCheck) -> Result<Option<Self>, Mistake> {
        let Some(entries) = check.named("anomaly") else { return Ok(None) };
        let mut rule = Self::default();
        let known = ["method", "k", "min_history"];
        for (name, value) in entries {
            let number = || {
                let number =
                    value.text.parse::<f64>().ok().filter(|number| *number > 0.0 && *number < 10_000.0);
                number.ok_or_else(|| Mistake::at("anomaly", format!("{name} is a number above 0")))
            };
            match name.as_str() {
                "method" if value.text == "weekday_mad" => {}
                "method" => return Err(Mistake::at("anomaly", "the method is weekday_mad")),
                "k" => rule.k = number()?,
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "between 0 and 10,000"
                )]
                "min_history" => rule.min_history = number()?.round() as usize,
                other => {
                    return Err(
                        Mistake::at("anomaly", format!("unknown key {other}")).hint(suggest(other, &known))
                    );
                }
            }
        }
        Ok(Some(rule))
    }

    /// Judges a value of that day by the past, which need not be sorted.
    pub fn judge(&self, past: &[Past], day: i64, value: f64) -> Strangeness {
        let residuals: Vec<f64> = past
            .iter()
            .filter(|known| (day - DAYS..day).contains(&known.day))
            .filter_map(|known| residual(past, *known))
            .collect();
        let learning = Strangeness::Learning { known: residuals.len(), needed: self.min_history };
        if residuals.len() < self.min_history {
            return learning;
        }
        let now = Past { day, value };
        let (Some(off), Some(expected)) = (residual(past, now), expected(past, day)) else { return learning };
        let centre = median(&mut residuals.clone()).unwrap_or_default();
        let mut deviations: Vec<f64> = residuals.iter().map(|residual| (residual - centre).abs()).collect();
        let scale = (NORMAL * median(&mut deviations).unwrap_or_default()).max(FLOOR);
        let scales = off.abs() / scale;
        if scales > self.k {
            Strangeness::Strange { expected, scales }
        } else {
            Strangeness::Usual { expected }
        }
    }
}

/// How far a value is from the median of its weekday, as a logarithm that zero and negative values have, too.
fn residual(past: &[Past], at: Past) -> Option<f64> {
    expected(past, at.day).map(|expected| logarithm(at.value) - logarithm(expected))
}

fn logarithm(value: f64) -> f64 {
    value.signum() * value.abs().ln_1p()
}

/// The median of the same weekday in the weeks before; of two or more.
fn expected(past: &[Past], day: i64) -> Option<f64> {
    let mut same: Vec<f64> = past
        .iter()
        .filter(|known| (1..=WEEKS * 7).contains(&(day - known.day)) && (day - known.day) % 7 == 0)
        .map(|known| known.value)
        .collect();
    (same.len() >= 2).then(|| median(&mut same)).flatten()
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len().is_multiple_of(2) {
        Some(f64::midpoint(upper, *values.get(middle - 1)?))
    } else {
        Some(upper)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_precision_loss)]
    use super::*;

    /// A series with a weekday rhythm, growth and noise; a fixed linear congruential generator makes the noise.
    fn series(seed: u64, days: i64) -> Vec<Past> {
        let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut noise = move || {
            let uniform = |state: &mut u64| {
                *state =
                    state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (*state >> 11) as f64 / (1_u64 << 53) as f64
            };
            (0..12).map(|_| uniform(&mut state)).sum::<f64>() - 6.0
        };
        (0..days)
            .map(|day| {
                let weekday = [1.0, 1.05, 1.1, 1.08, 1.2, 0.5, 0.4][usize::try_from(day % 7).unwrap()];
                Past { day, value: 10_000.0 * weekday * (day as f64 * 0.002).exp() * (noise() * 0.05).exp() }
            })
            .collect()
    }

    #[test]
    fn clean_series_raise_no_alarm_and_planted_outliers_do() {
        let (mut alarms, mut judged, mut missed, mut planted) = (0, 0, 0, 0);
        for seed in 0..200 {
            let clean = series(seed, 138);
            for at in 63..clean.len() {
                let today = clean[at];
                judged += 1;
                alarms += usize::from(is_strange(&clean[..at], today.day, today.value));
                if at % 33 == 0 {
                    for factor in [0.3, 3.0] {
                        planted += 1;
                        missed += usize::from(!is_strange(&clean[..at], today.day, today.value * factor));
                    }
                }
            }
        }
        assert!(alarms * 1_000 <= judged, "{alarms} false alarms in {judged}");
        assert!(missed * 100 <= planted, "{missed} of {planted} missed");
    }

    fn is_strange(past: &[Past], day: i64, value: f64) -> bool {
        matches!(Anomaly::default().judge(past, day, value), Strangeness::Strange { .. })
    }

    #[test]
    fn too_short_a_history_is_unknown() {
        let short = series(1, 20);
        let said = Anomaly::default().judge(&short, 20, 1.0);
        assert!(matches!(said, Strangeness::Learning { needed: 10, .. }), "{said:?}");
        assert!(matches!(Anomaly::default().judge(&[], 0, 1.0), Strangeness::Learning { known: 0, .. }));
    }

    #[test]
    fn a_constant_series_notices_a_change() {
        let flat: Vec<Past> = (0..60).map(|day| Past { day, value: 100.0 }).collect();
        assert!(matches!(Anomaly::default().judge(&flat, 60, 100.0), Strangeness::Usual { .. }));
        assert!(matches!(Anomaly::default().judge(&flat, 60, 0.0), Strangeness::Strange { .. }));
    }
}
