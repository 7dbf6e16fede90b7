//! From statistics, names and the catalogue to checks that could hold: each with what speaks for it.
//!
//! A regularity may be chance: prices are often unique, and every timestamp is. So a rule needs a name, a type or a closed
//! list beside its figure, and enough rows.

mod names;
mod parents;

use pgwright_postgres::catalog::{Column, ColumnStatistics, Table};

use crate::checks::CheckSpec;
use crate::document::{Form, Given, InlineCheck, Scalar};

pub(crate) use parents::Parents;

/// Below so many rows everything is chance.
const FEW: f64 = 50.0;
/// The most values of a list.
const MOST_VALUES: usize = 30;
/// The most pairs of columns tried as a key.
const MOST_PAIRS: usize = 3;

/// A check that could hold.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The check.
    pub(crate) check: InlineCheck,
    /// The same, complete.
    pub(crate) spec: CheckSpec,
    /// What speaks for it.
    pub(crate) evidence: String,
    /// Whether a few failing rows are allowed, because the rule is about form.
    pub(crate) lenient: bool,
}

/// Makes the candidates of one table.
pub(crate) struct Candidates<'a> {
    table: &'a Table,
    rows: f64,
    is_secret: &'a dyn Fn(&Column) -> bool,
    found: Vec<Candidate>,
}

impl<'a> Candidates<'a> {
    /// For a table of so many rows, whose secret columns show no value.
    pub(crate) fn of(
        table: &'a Table,
        rows: f64,
        parents: &Parents,
        is_secret: &'a dyn Fn(&Column) -> bool,
    ) -> Vec<Candidate> {
        let mut candidates = Self { table, rows, is_secret, found: Vec::new() };
        if rows < 1.0 {
            return Vec::new();
        }
        for column in &table.columns {
            if let Some(statistics) = &column.statistics {
                candidates.column(column, statistics, parents);
            }
        }
        candidates.order_of_columns();
        candidates.composite_key();
        candidates.found
    }

    fn add(&mut self, check: InlineCheck, evidence: impl Into<String>, lenient: bool) {
        let mut check = check;
        check.set_one("severity", Form::Text, "warn");
        if let Ok(spec) = check.spec() {
            self.found.push(Candidate { check, spec, evidence: evidence.into(), lenient });
        }
    }

    fn on(kind: &str, column: &Column) -> InlineCheck {
        let mut check = InlineCheck::of_type(kind);
        check.set_one("column", Form::Text, column.name.clone());
        check
    }

    fn column(&mut self, column: &Column, statistics: &ColumnStatistics, parents: &Parents) {
        if statistics.null_ratio == 0.0 && self.rows >= FEW {
            self.add(Self::on("missing", column), "statistics saw no NULL", false);
        }
        let unique = statistics.distinct == -1.0 && statistics.null_ratio < 1.0 && self.rows >= FEW;
        if unique && names::could_be_key(column, self.table) {
            self.add(
                Self::on("unique", column),
                "every value is another one by statistics, and the name is a key's",
                false,
            );
        }
        let values = || statistics.most_common.iter().map(|(value, _)| value).chain(&statistics.histogram);
        if let Some((format, share)) = names::format_of(column, values()) {
            let mut check = Self::on("format", column);
            check.set_one("format", Form::Text, format);
            self.add(check, format!("{share} of the values that statistics keep are of this form"), true);
        } else if !(self.is_secret)(column) {
            self.closed_list(column, statistics);
        }
        self.lower_bound(column, statistics);
        if let Some(parent) = parents.of(column, self.table) {
            let mut check = Self::on("references", column);
            check.set_one("references", Form::Text, parent.written());
            self.add(check, format!("the name points to {}, and the types agree", parent.table), false);
        }
    }

    /// A list that is closed: few values that fill all rows, each more than once.
    fn closed_list(&mut self, column: &Column, statistics: &ColumnStatistics) {
        let common = &statistics.most_common;
        let filled: f64 = common.iter().map(|(_, share)| share).sum::<f64>() + statistics.null_ratio;
        let is_list = statistics.histogram.is_empty()
            && (2..=MOST_VALUES).contains(&common.len())
            && filled > 0.999
            && self.rows >= FEW
            && common.iter().all(|(_, share)| share * self.rows >= 3.0);
        if !is_list || !names::could_be_category(column, common.len()) {
            return;
        }
        let mut check = Self::on("in_set", column);
        let mut values: Vec<Scalar> =
            common.iter().map(|(value, _)| Scalar::new(Form::Text, value.clone())).collect();
        values.sort_by(|a, b| a.text.cmp(&b.text));
        check.set("values", Given::Many(values));
        self.add(check, format!("{} values fill all rows that statistics saw", common.len()), false);
    }

    fn lower_bound(&mut self, column: &Column, statistics: &ColumnStatistics) {
        if column.category != 'N'
            || self.rows < FEW
            || names::is_key_like(&column.name)
            || !names::is_amount(&column.name)
        {
            return;
        }
        let values = statistics.most_common.iter().map(|(value, _)| value).chain(&statistics.histogram);
        let lowest = values.filter_map(|value| value.parse::<f64>().ok()).min_by(f64::total_cmp);
        if let Some(lowest) = lowest.filter(|lowest| *lowest >= 0.0) {
            let mut check = Self::on("range", column);
            check.set_one("min", Form::Number, "0");
            self.add(check, format!("the lowest value that statistics keep is {lowest}"), false);
        }
    }

    fn order_of_columns(&mut self) {
        for (earlier, later) in names::ordered_pairs(self.table) {
            let mut check = InlineCheck::of_type("compare");
            check.set_texts("columns", vec![earlier.clone(), later.clone()]);
            check.set_one("is", Form::Text, "<=");
            self.add(check, "by their names one comes before the other", true);
        }
    }

    /// Where no column is a key, a pair of columns that point elsewhere, or number lines, may be.
    fn composite_key(&mut self) {
        if self.found.iter().any(|candidate| candidate.spec.standard == "unique") || self.rows < FEW {
            return;
        }
        for (left, right) in names::key_pairs(self.table).into_iter().take(MOST_PAIRS) {
            let mut check = InlineCheck::of_type("unique");
            check.set_texts("columns", vec![left, right]);
            self.add(check, "no column is a key, and these two could be one together", false);
        }
    }
}
