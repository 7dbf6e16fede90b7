//! Which rows a check is about: all, those that a filter holds for, those since a watermark, or a sample of them.

use pgwright_postgres::types::{quote_literal, quote_relation};

use super::Fault;
use crate::document::{Mistake, Scalar};
use crate::statement;
use crate::subject::Subject;

/// The rows that a check reads. Checks of one extent share their scans.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extent {
    /// SQL condition, of whoever wrote the check.
    pub filter: Option<String>,
    /// Only rows since then.
    pub watermark: Option<Watermark>,
    /// Share of the rows to read, in percent.
    pub sample: Option<f64>,
}

/// Only rows whose value is above `since` and at most `until`.
#[derive(Debug, Clone, PartialEq)]
pub struct Watermark {
    column: String,
    since: String,
    until: Option<String>,
    overlap: Option<String>,
}

/// `1%` or `0.01`, in percent.
pub(crate) fn share(written: &str) -> Result<f64, Mistake> {
    let percent = match written.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok(),
        None => written.trim().parse::<f64>().ok().map(|share| share * 100.0),
    };
    percent.filter(|percent| *percent > 0.0 && *percent <= 100.0).ok_or_else(|| {
        Mistake::at("sample", format!("sample {written} is no share of the rows"))
            .hint("write \"1%\" or 0.01")
    })
}

impl Watermark {
    pub(crate) fn read(entries: &[(String, Scalar)]) -> Result<Self, Mistake> {
        let known = ["column", "since", "until", "overlap"];
        if let Some((unknown, _)) = entries.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(Mistake::at("watermark", format!("unknown key {unknown}"))
                .hint(crate::document::suggest(unknown, &known)));
        }
        let of =
            |name: &str| entries.iter().find(|(known, _)| known == name).map(|(_, value)| value.text.clone());
        let missing = |name: &str| Mistake::at("watermark", format!("watermark needs {name}"));
        let written = Self {
            column: of("column").ok_or_else(|| missing("column"))?,
            since: of("since").ok_or_else(|| missing("since"))?,
            until: of("until"),
            overlap: of("overlap"),
        };
        if [Some(&written.since), written.until.as_ref(), written.overlap.as_ref()]
            .into_iter()
            .flatten()
            .any(|text| text.contains('\0'))
        {
            return Err(Mistake::at("watermark", "a bound holds a NUL character"));
        }
        Ok(written)
    }

    /// The column that it compares.
    pub(crate) fn column(&self) -> &str {
        &self.column
    }

    /// The window in words.
    pub fn describe(&self) -> String {
        let until = self.until.as_ref().map(|until| format!(" to {until}")).unwrap_or_default();
        let overlap = self.overlap.as_ref().map(|overlap| format!(" less {overlap}")).unwrap_or_default();
        format!("{} after {}{overlap}{until}", self.column, self.since)
    }

    fn condition(&self, subject: &Subject) -> Result<String, Fault> {
        let column = subject
            .table
            .column(&self.column)
            .ok_or_else(|| Fault::unknown_column(&subject.table, &self.column))?;
        let value = statement::column(&column.name);
        let type_name = match column.base_type.as_str() {
            known @ ("timestamptz" | "timestamp" | "date" | "int2" | "int4" | "int8" | "numeric"
            | "float4" | "float8") => known,
            _ => return Err(Fault::wrong_type("watermark", column, "it takes a time or a number")),
        };
        let bound = |text: &str| format!("{}::{type_name}", quote_literal(text));
        let since = match &self.overlap {
            Some(overlap) if column.category == 'D' => {
                format!("({} - {}::interval)", bound(&self.since), quote_literal(overlap))
            }
            Some(overlap) => format!("({} - {})", bound(&self.since), bound(overlap)),
            None => bound(&self.since),
        };
        let until = match (&self.until, type_name) {
            (Some(until), _) => Some(bound(until)),
            // One moment for the whole run: now() is the transaction's.
            (None, "timestamptz") => Some("now()".to_owned()),
            (None, "timestamp" | "date") => Some("(now() at time zone 'UTC')".to_owned()),
            (None, _) => None,
        };
        let until = until.map(|until| format!(" and {value} <= {until}")).unwrap_or_default();
        Ok(format!("{value} > {since}{until}"))
    }
}

impl Extent {
    /// Whether it is every row of the table.
    pub fn is_whole(&self) -> bool {
        self.filter.is_none() && self.watermark.is_none() && self.sample.is_none()
    }

    /// What stands behind WHERE, if anything does.
    pub(crate) fn condition(&self, subject: &Subject) -> Result<Option<String>, Fault> {
        let window = self.watermark.as_ref().map(|watermark| watermark.condition(subject)).transpose()?;
        let filter = self.filter.as_deref().map(statement::condition).transpose()?;
        let both: Vec<String> = [filter, window].into_iter().flatten().collect();
        Ok((!both.is_empty()).then(|| both.join(" and ")))
    }

    /// What stands behind FROM.
    pub(crate) fn relation(&self, subject: &Subject) -> String {
        let sample = self
            .sample
            .map(|percent| format!(" tablesample bernoulli ({percent}) repeatable (0)"))
            .unwrap_or_default();
        format!("{} as t{sample}", quote_relation(&subject.table.name))
    }

    /// The rows as one relation named `t`.
    pub(crate) fn rows(&self, subject: &Subject) -> Result<String, Fault> {
        let relation = self.relation(subject);
        Ok(match self.condition(subject)? {
            None => relation,
            Some(condition) => format!("(select * from {relation} where {condition}) as t"),
        })
    }
}
