//! What a measured value is expected to be. PostgreSQL compares, so that no digit of a numeric and no infinity is lost.

use pgwright_postgres::types::quote_literal;

use crate::document::{InlineCheck, Mistake, is_decimal};

/// `> 5`, `between 1 and 9`, or nothing: the value is only told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expectation {
    written: String,
    condition: Option<Condition>,
}

#[derive(Debug, Clone)]
enum Condition {
    Than(&'static str, String),
    Between {
        low: String,
        high: String,
        not: bool,
    },
    /// From `min` to `max`, each inclusive and each optional.
    Within(Option<String>, Option<String>),
}

const OPERATORS: &[(&str, &str)] =
    &[("<=", "<="), (">=", ">="), ("!=", "<>"), ("<>", "<>"), ("<", "<"), (">", ">"), ("=", "=")];

impl Expectation {
    /// Reads `expect`, or `min` and `max`. Without any of them the check must have an anomaly rule.
    pub(crate) fn read(check: &InlineCheck) -> Result<Self, Mistake> {
        let bound = |option: &str| check.text(option).map(str::to_owned);
        match (check.text("expect"), bound("min"), bound("max")) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                Err(Mistake::at("expect", "give expect, or min and max, not both"))
            }
            (Some(written), None, None) => Self::parse(written),
            (None, None, None) if check.named("anomaly").is_some() => Ok(Self::default()),
            (None, None, None) => Err(Mistake::missing("expect", "\"> 0\", \"= 5\" or \"between 1 and 9\"")),
            (None, low, high) => {
                for (option, bound) in [("min", &low), ("max", &high)] {
                    if let Some(bound) = bound {
                        Self::value(bound).map_err(|reason| Mistake::at(option, reason))?;
                    }
                }
                let written = match (&low, &high) {
                    (Some(low), Some(high)) => format!("{low} to {high}"),
                    (Some(low), None) => format!("at least {low}"),
                    (None, high) => format!("at most {}", high.as_deref().unwrap_or_default()),
                };
                Ok(Self { written, condition: Some(Condition::Within(low, high)) })
            }
        }
    }

    fn parse(written: &str) -> Result<Self, Mistake> {
        let text = written.trim();
        let wrong = |reason: &str| {
            Mistake::at("expect", format!("{written} is no condition: {reason}"))
                .hint("write > 5, = 0, between 1 and 9 or not between 1 and 9")
        };
        let (not, rest) = match text.strip_prefix("not ") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        let condition = if let Some(bounds) = rest.strip_prefix("between ") {
            let (low, high) = bounds.split_once(" and ").ok_or_else(|| wrong("and is missing"))?;
            let (low, high) = (
                Self::value(low).map_err(|reason| wrong(&reason))?,
                Self::value(high).map_err(|reason| wrong(&reason))?,
            );
            if let (Ok(low), Ok(high)) = (low.parse::<f64>(), high.parse::<f64>())
                && low > high
            {
                return Err(wrong("the first bound is above the second"));
            }
            Condition::Between { low, high, not }
        } else {
            let found =
                OPERATORS.iter().find_map(|(sign, operator)| Some((rest.strip_prefix(sign)?, *operator)));
            let (value, operator) = found.filter(|_| !not).ok_or_else(|| wrong("an operator is missing"))?;
            Condition::Than(operator, Self::value(value).map_err(|reason| wrong(&reason))?)
        };
        Ok(Self { written: text.to_owned(), condition: Some(condition) })
    }

    fn value(written: &str) -> Result<String, String> {
        let text = written.trim().trim_matches('\'');
        if text.is_empty() {
            return Err("a value is missing".to_owned());
        }
        if text.contains('\0') || text.len() > 200 {
            return Err("a value is too long or holds a NUL character".to_owned());
        }
        Ok(text.to_owned())
    }

    /// A text that is `true` or `false`, or NULL for no value; `None` where nothing is expected. NaN is no number that could
    /// be as expected.
    pub(crate) fn target(&self, value: &str, is_float: bool) -> Option<String> {
        let constant = |text: &str| {
            if is_decimal(text) { format!("({text})") } else { quote_literal(text) }
        };
        let condition = match self.condition.as_ref()? {
            Condition::Than(operator, bound) => format!("({value}) {operator} {}", constant(bound)),
            Condition::Between { low, high, not } => {
                let not = if *not { "not " } else { "" };
                format!("({value}) {not}between {} and {}", constant(low), constant(high))
            }
            Condition::Within(low, high) => {
                let low = low.as_ref().map(|low| format!("({value}) >= {}", constant(low)));
                let high = high.as_ref().map(|high| format!("({value}) <= {}", constant(high)));
                [low, high].into_iter().flatten().collect::<Vec<_>>().join(" and ")
            }
        };
        Some(if is_float {
            format!("({condition} and ({value}) <> 'NaN')::text")
        } else {
            format!("({condition})::text")
        })
    }

    /// What is expected, in words; empty for nothing.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn conditions_become_comparisons_of_postgres() {
        let target = |written: &str| Expectation::parse(written).unwrap().target("avg(t.x)", false).unwrap();
        assert_eq!(target("> 5"), "((avg(t.x)) > (5))::text");
        assert_eq!(target("!= 5.50"), "((avg(t.x)) <> (5.50))::text");
        assert_eq!(target("not between -1 and 9"), "((avg(t.x)) not between (-1) and (9))::text");
        assert_eq!(target(">= 2024-01-01"), "((avg(t.x)) >= '2024-01-01')::text");
        assert_eq!(target("= it's"), "((avg(t.x)) = 'it''s')::text");
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in ["", "5", "> ", "between 1", "between 9 and 1", "not > 5", "about 5"] {
            assert!(Expectation::parse(wrong).is_err(), "{wrong}");
        }
    }
}
