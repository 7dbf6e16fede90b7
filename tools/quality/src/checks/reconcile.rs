//! `row_count_match`, `reconcile_rows`, `reconcile_aggregates`: a table against another one.
//!
//! `row_count_match` counts the rows of both. `reconcile_aggregates` compares one aggregate of a column (`count`, `sum`, `avg`,
//! `min`, `max`; the other's column may be `other_column`). Both allow a `tolerance`: a number, or a share like `1%` of this
//! table's figure. `reconcile_rows` looks for each row by its key (`columns`) in the other table: a row fails when it stands in one
//! table only, or when a column of `compare` differs; NULL equals NULL there. Both tables are read in the same moment.

use pgwright_postgres::types::quote_relation;
use pgwright_sql::{RelationName, quote_identifier};

use super::{CheckType, Fault, Figures, Fragments, Ground, OwnSample, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPES: &[CheckType] = &[
    super::stating(
        "row_count_match",
        "As many rows as another table",
        &[],
        &["other", "tolerance"],
        |check| totals(check, Some("count")),
    ),
    super::stating(
        "reconcile_aggregates",
        "The same aggregate as another table",
        &[],
        &["column", "other", "other_column", "aggregate", "tolerance"],
        |check| totals(check, None),
    ),
    super::counting(
        "reconcile_rows",
        "The same rows as another table",
        &[],
        &["column", "columns", "other", "compare"],
        rows,
    ),
];

#[derive(Debug)]
struct Totals {
    column: Option<String>,
    other: RelationName,
    other_column: Option<String>,
    aggregate: &'static str,
    tolerance: Option<(String, bool)>,
}

#[derive(Debug)]
struct Rows {
    keys: Vec<String>,
    other: RelationName,
    compare: Vec<String>,
}

pub(super) fn other(check: &InlineCheck) -> Result<RelationName, Mistake> {
    let written = check.needed("other", "shop.orders_copy")?;
    written.parse().map_err(|error: pgwright_sql::NameError| Mistake::at("other", error.to_string()))
}

pub(super) fn aggregate(check: &InlineCheck) -> Result<&'static str, Mistake> {
    const KNOWN: &[&str] = &["count", "sum", "avg", "min", "max"];
    let written = check.needed("aggregate", "sum")?;
    KNOWN
        .iter()
        .find(|known| **known == written)
        .copied()
        .ok_or_else(|| Mistake::at("aggregate", format!("{written} is none of {}", KNOWN.join(", "))))
}

fn totals(check: &InlineCheck, fixed: Option<&'static str>) -> Result<Box<dyn Rule>, Mistake> {
    let (aggregate, column) = match fixed {
        Some(fixed) => (fixed, None),
        None => (aggregate(check)?, Some(check.one_column()?)),
    };
    let tolerance = match check.text("tolerance") {
        None => None,
        Some(written) => {
            let (number, share) = match written.trim().strip_suffix('%') {
                Some(percent) => (percent.trim(), true),
                None => (written.trim(), false),
            };
            if !crate::document::is_decimal(number) || number.starts_with('-') {
                return Err(Mistake::at("tolerance", format!("tolerance {written} is no number or share")));
            }
            Some((number.to_owned(), share))
        }
    };
    let other_column = check.text("other_column").map(str::to_owned).or_else(|| column.clone());
    Ok(Box::new(Totals { column, other: other(check)?, other_column, aggregate, tolerance }))
}

fn rows(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let compare = check.texts("compare").unwrap_or_default();
    Ok(Box::new(Rows { keys: check.some_columns()?, other: other(check)?, compare }))
}

impl Rule for Totals {
    fn columns(&self) -> Vec<&str> {
        self.column.iter().map(String::as_str).collect()
    }

    fn parent(&self) -> Option<&RelationName> {
        Some(&self.other)
    }

    fn parent_columns(&self) -> Vec<&str> {
        self.other_column.iter().map(String::as_str).collect()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let there = ground.subject.parent(&self.other)?;
        let of = |column: &Option<String>| match column {
            Some(column) => format!("{}(t.{})", self.aggregate, quote_identifier(column)),
            None => "count(*)".to_owned(),
        };
        if let Some(column) = &self.column {
            ground.column(column)?;
        }
        if let Some(column) = &self.other_column
            && there.table.column(column).is_none()
        {
            return Err(Fault::unknown_column(&there.table, column));
        }
        let near = match &self.tolerance {
            None => "false".to_owned(),
            Some((number, false)) => format!("abs(a.v - b.v) <= {number}"),
            Some((percent, true)) => format!("abs(a.v - b.v) * 100 <= abs(a.v) * {percent}"),
        };
        Ok(Fragments::own(format!(
            "select left(a.v::text, 81), left(b.v::text, 81), coalesce(a.v is not distinct from b.v or ({near}), false)::text\n\
             from (select {} as v from {}) as a, (select {} as v from {} as t) as b",
            of(&self.column),
            ground.rows,
            of(&self.other_column),
            quote_relation(&there.table.name),
        )))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let Some(met) = figures.text(2) else {
            return Reading::Unknown { evidence: "PostgreSQL gave no figures".to_owned() };
        };
        let allowed = match &self.tolerance {
            None => String::new(),
            Some((number, share)) => format!(" within {number}{}", if *share { " %" } else { "" }),
        };
        let figure = |at| figures.text(at).map_or_else(|| "nothing".to_owned(), statement::shown);
        let pair = format!("{} here, {} in {}", figure(0), figure(1), self.other);
        let same = if met == "true" { "agrees" } else { "does not agree" };
        // How many rows there are is no value of the table.
        match self.column {
            None => Reading::Met {
                met: met == "true",
                evidence: format!("{pair} rows{allowed}"),
                seen: None,
                value: figures.text(0).map(str::to_owned),
            },
            Some(_) => Reading::Met {
                met: met == "true",
                evidence: format!("{} {same} with {}{allowed}", self.aggregate, self.other),
                seen: Some(pair),
                value: figures.text(0).map(str::to_owned),
            },
        }
    }
}

impl Rows {
    fn join(&self, ground: &Ground<'_>) -> Result<(String, String), Fault> {
        let there = ground.subject.parent(&self.other)?;
        let all: Vec<&String> = self.keys.iter().chain(&self.compare).collect();
        for column in &all {
            ground.column(column)?;
            if there.table.column(column).is_none() {
                return Err(Fault::unknown_column(&there.table, column));
            }
        }
        let keys: Vec<String> =
            self.keys.iter().map(|key| format!("t.{0} = o.{0}", quote_identifier(key))).collect();
        let differs: Vec<String> = self
            .compare
            .iter()
            .map(|column| {
                let comparable = ground.column(column).is_ok_and(|column| column.orderable);
                let cast = if comparable { "" } else { "::text" };
                format!("t.{0}{cast} is distinct from o.{0}{cast}", quote_identifier(column))
            })
            .collect();
        let differs = if differs.is_empty() { "false".to_owned() } else { differs.join(" or ") };
        let from = format!(
            "from (select true as pgwright_here, * from {}) as t\nfull join (select true as pgwright_there, * from {} as t) as o on {}",
            ground.rows,
            quote_relation(&there.table.name),
            keys.join(" and "),
        );
        Ok((from, differs))
    }
}

const ONLY_HERE: &str = "o.pgwright_there is null";
const ONLY_THERE: &str = "t.pgwright_here is null";

impl Rule for Rows {
    fn columns(&self) -> Vec<&str> {
        self.keys.iter().chain(&self.compare).map(String::as_str).collect()
    }

    fn parent(&self) -> Option<&RelationName> {
        Some(&self.other)
    }

    fn parent_columns(&self) -> Vec<&str> {
        self.columns()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let (from, differs) = self.join(ground)?;
        let both = format!("not ({ONLY_HERE}) and not ({ONLY_THERE}) and ({differs})");
        let any = format!("{ONLY_HERE} or {ONLY_THERE} or {differs}");
        let count = |condition: &str| format!("(count(*) filter (where {condition}))::text");
        let targets = [any.as_str(), ONLY_HERE, ONLY_THERE, &both].map(count).join(",\n       ");
        let mut columns = self.keys.clone();
        columns.push("where".to_owned());
        let shown: Vec<String> = self
            .keys
            .iter()
            .map(|key| format!("left(coalesce(t.{0}::text, o.{0}::text), 81)", quote_identifier(key)))
            .collect();
        let sample = OwnSample {
            columns,
            sql: format!(
                "select {}, case when {ONLY_HERE} then 'only here' when {ONLY_THERE} then 'only there' else 'differs' end\n{from}\nwhere {any}\nlimit 10",
                shown.join(", ")
            ),
        };
        Ok(Fragments {
            total: Some(4),
            sample: Some(sample),
            ..Fragments::own(format!("select {targets},\n       count(*)::text\n{from}"))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let count = |at| figures.count(at).unwrap_or_default();
        Reading::of_rows(
            figures,
            format!(
                "against {}: {} only here, {} only there, {} different",
                self.other,
                count(1),
                count(2),
                count(3)
            ),
        )
    }
}
