//! How many rows may fail before a check does, and what its failure means.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Interval;

/// What a failed check means for the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The run goes on to pass, with a warning.
    Warn,
    /// The run fails.
    #[default]
    Fail,
}

/// The most rows that may fail. Zero unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    limit: Limit,
    /// `< limit` rather than `<= limit`.
    strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    Rows(u64),
    Percent(f64),
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { limit: Limit::Rows(0), strict: false }
    }
}

impl Tolerance {
    /// Below the limit, where `at_most` would allow the limit itself.
    #[must_use]
    pub(crate) fn below(self) -> Self {
        Self { strict: true, ..self }
    }

    /// Reads when to act, `> 100` or `>= 1%`, as what is allowed until then.
    pub(crate) fn until(written: &str) -> Result<Self, &'static str> {
        let written = written.trim();
        match (written.strip_prefix(">="), written.strip_prefix('>')) {
            (Some(limit), _) => limit.parse().map(Self::below),
            (None, Some(limit)) => limit.parse(),
            (None, None) => Err("write > and a number of rows or a share, like > 100 or >= 1%"),
        }
    }

    /// Whether so many failing rows are allowed; `None` for a share of an unknown total. No failing row is 0 % of any.
    #[allow(clippy::cast_precision_loss, reason = "a share of more than 2^53 rows is out of reach")]
    pub fn allows(&self, failed_rows: u64, total_rows: Option<u64>) -> Option<bool> {
        Some(match self.limit {
            Limit::Rows(limit) if self.strict => failed_rows < limit,
            Limit::Rows(limit) => failed_rows <= limit,
            Limit::Percent(percent) => {
                let share = match failed_rows {
                    0 => 0.0,
                    failed => failed as f64 * 100.0 / total_rows.filter(|total| *total > 0)? as f64,
                };
                if self.strict { share < percent } else { share <= percent }
            }
        })
    }

    /// What a sample says of it: of a share its interval, of a number of rows only that it is passed already. That no row
    /// fails is never known from a sample.
    pub(crate) fn allows_share(&self, failed_rows: u64, interval: Interval) -> Option<bool> {
        match self.limit {
            Limit::Percent(percent) if interval.low * 100.0 > percent => Some(false),
            Limit::Percent(percent) if percent > 0.0 && interval.high * 100.0 < percent => Some(true),
            Limit::Percent(percent) if percent <= 0.0 && failed_rows > 0 => Some(false),
            Limit::Rows(limit)
                if failed_rows > limit || (self.strict && failed_rows == limit && limit > 0) =>
            {
                Some(false)
            }
            Limit::Percent(_) | Limit::Rows(_) => None,
        }
    }

    /// The limit in words; `None` for the plain zero.
    pub fn describe(&self) -> Option<String> {
        let word = if self.strict { "fewer than" } else { "up to" };
        match self.limit {
            Limit::Rows(0) => None,
            Limit::Rows(rows) => Some(format!("{word} {rows} allowed")),
            Limit::Percent(percent) => Some(format!("{word} {percent} % allowed")),
        }
    }
}

impl FromStr for Tolerance {
    type Err = &'static str;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "write a number of rows like 10, or a share like 1%";
        let written = written.trim();
        let limit = match written.strip_suffix('%') {
            Some(percent) => {
                let percent: f64 = percent.trim().parse().map_err(|_| EXPECTED)?;
                if !(0.0..=100.0).contains(&percent) {
                    return Err("a share is between 0% and 100%");
                }
                Limit::Percent(percent)
            }
            None => Limit::Rows(written.parse().map_err(|_| EXPECTED)?),
        };
        Ok(Self { limit, strict: false })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_may_fail_unless_said() {
        assert_eq!(Tolerance::default().allows(0, Some(0)), Some(true));
        assert_eq!(Tolerance::default().allows(1, Some(1_000_000)), Some(false));
    }

    #[test]
    fn shares_are_of_all_rows_and_may_exclude_their_bound() {
        let one_percent: Tolerance = "1%".parse().unwrap();
        assert_eq!(one_percent.allows(10, Some(1000)), Some(true));
        assert_eq!(one_percent.allows(11, Some(1000)), Some(false));
        assert_eq!(one_percent.below().allows(10, Some(1000)), Some(false));
        assert_eq!(one_percent.below().allows(0, Some(0)), Some(true), "a share of no rows is 0 %");
    }

    #[test]
    fn a_share_of_an_unknown_total_is_unknown() {
        let one_percent: Tolerance = "1%".parse().unwrap();
        assert_eq!(one_percent.allows(1, None), None);
        assert_eq!(one_percent.allows(0, None), Some(true), "none is 0 % of any total");
    }

    #[test]
    fn rows_are_counted() {
        let ten: Tolerance = "10".parse().unwrap();
        assert_eq!((ten.allows(10, None), ten.below().allows(10, None)), (Some(true), Some(false)));
    }

    #[test]
    fn a_band_is_what_is_allowed_until_it_begins() {
        let above = Tolerance::until("> 100").unwrap();
        assert_eq!((above.allows(100, None), above.allows(101, None)), (Some(true), Some(false)));
        let from = Tolerance::until(">= 1%").unwrap();
        assert_eq!((from.allows(9, Some(1000)), from.allows(10, Some(1000))), (Some(true), Some(false)));
        assert!(Tolerance::until("100").is_err() && Tolerance::until("< 3").is_err());
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for written in ["", "-1", "101%", "NaN%", "many"] {
            assert!(written.parse::<Tolerance>().is_err(), "{written}");
        }
    }
}
