//! `distribution`, `same_values`: how values are spread, against shares that were written down or against another table.
//!
//! `distribution` measures the population stability index: the sum over all categories of (share now − share expected) × ln(share
//! now / share expected), where a share of nothing counts as 0.0001. `shares` gives the expected share of each value, or
//! `other` a table with the same column (`other_column` where it has another name); numbers are then cut into the other's
//! deciles. Without `expect` an index up to 0.2 is taken for the same distribution. `same_values` compares which values
//! occur: `match: equal` (the default), `within` for no new ones, `contain` for none that vanished; `failed_rows` counts values.

use pgwright_postgres::types::{quote_literal, quote_relation};
use pgwright_sql::{RelationName, quote_identifier};

use super::expectation::Expectation;
use super::reconcile::other;
use super::{CheckType, Fault, Figures, Fragments, Ground, OwnSample, Reading, Rule};
use crate::document::{InlineCheck, Mistake, is_decimal};
use crate::statement;

pub(super) const TYPES: &[CheckType] = &[
    super::measuring(
        "distribution",
        "Drift of a distribution",
        &["psi"],
        &["column", "shares", "other", "other_column", "method"],
        distribution,
    ),
    super::counting(
        "same_values",
        "New and vanished values",
        &["categories"],
        &["column", "other", "other_column", "match"],
        same_values,
    ),
];

/// Usual in the trade: below 0.1 nothing, above 0.2 a drift.
const USUAL: &str = "<= 0.2";

#[derive(Debug)]
struct Distribution {
    column: String,
    shares: Vec<(String, String)>,
    other: Option<(RelationName, String)>,
    expectation: Expectation,
}

#[derive(Debug)]
struct SameValues {
    column: String,
    other: RelationName,
    other_column: String,
    new: bool,
    vanished: bool,
}

fn distribution(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    if let Some(method) = check.text("method").filter(|method| *method != "psi") {
        return Err(Mistake::at("method", format!("method is psi here, not {method}")));
    }
    let column = check.one_column()?;
    let shares: Vec<(String, String)> = check
        .named("shares")
        .unwrap_or_default()
        .iter()
        .map(|(value, share)| (value.clone(), share.text.clone()))
        .collect();
    if let Some((value, share)) = shares.iter().find(|(_, share)| {
        !is_decimal(share) || !share.parse().is_ok_and(|share: f64| (0.0..=1.0).contains(&share))
    }) {
        return Err(Mistake::at("shares", format!("the share of {value} is between 0 and 1, not {share}")));
    }
    let other = match (shares.is_empty(), check.text("other")) {
        (true, Some(_)) => Some((other(check)?, check.text("other_column").unwrap_or(&column).to_owned())),
        (false, None) => None,
        (true, None) => return Err(Mistake::missing("shares", "{new: 0.2, paid: 0.8}, or other")),
        (false, Some(_)) => return Err(Mistake::at("other", "give shares or other, not both")),
    };
    let expectation = match (check.text("expect"), check.text("min"), check.text("max")) {
        (None, None, None) => {
            let mut usual = check.clone();
            usual.set_one("expect", crate::document::Form::Text, USUAL);
            Expectation::read(&usual)?
        }
        _ => Expectation::read(check)?,
    };
    Ok(Box::new(Distribution { column, shares, other, expectation }))
}

fn same_values(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let (new, vanished) = match check.text("match") {
        None | Some("equal") => (true, true),
        Some("within") => (true, false),
        Some("contain") => (false, true),
        Some(other) => {
            return Err(Mistake::at("match", format!("match is equal, within or contain here, not {other}")));
        }
    };
    let column = check.one_column()?;
    let other_column = check.text("other_column").unwrap_or(&column).to_owned();
    Ok(Box::new(SameValues { column, other: other(check)?, other_column, new, vanished }))
}

impl Rule for Distribution {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn parent(&self) -> Option<&RelationName> {
        self.other.as_ref().map(|(other, _)| other)
    }

    fn parent_columns(&self) -> Vec<&str> {
        self.other.iter().map(|(_, column)| column.as_str()).collect()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let value = statement::column(&column.name);
        let with = match &self.other {
            None => {
                let rows: Vec<String> = self
                    .shares
                    .iter()
                    .map(|(value, share)| format!("({}, {share}::float8)", quote_literal(value)))
                    .collect();
                format!(
                    "e (v, share) as (values {}),\na as (select {value}::text as v, count(*)::float8 / nullif(sum(count(*)) over (), 0) as share from {} where {value} is not null group by 1)",
                    rows.join(", "),
                    ground.rows
                )
            }
            Some((name, there)) => {
                let other = ground.subject.parent(name)?;
                let known =
                    other.table.column(there).ok_or_else(|| Fault::unknown_column(&other.table, there))?;
                let (relation, of_other) =
                    (quote_relation(&other.table.name), format!("t.{}", quote_identifier(there)));
                let numbers = column.category == 'N' && known.category == 'N';
                let (cut, bin, of_bin) = if numbers {
                    let deciles = "array[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]";
                    (
                        format!(
                            "d as (select array(select distinct u from unnest(percentile_cont({deciles}) within group (order by {of_other}::float8)) as u order by u) as cut from {relation} as t where {of_other} is not null),\n"
                        ),
                        format!("width_bucket({value}::float8, (select d.cut from d))::text"),
                        format!("width_bucket({of_other}::float8, (select d.cut from d))::text"),
                    )
                } else {
                    (String::new(), format!("{value}::text"), format!("{of_other}::text"))
                };
                let shares = |name: &str, bin: &str, value: &str, rows: &str| {
                    format!(
                        "{name} as (select {bin} as v, count(*)::float8 / nullif(sum(count(*)) over (), 0) as share from {rows} where {value} is not null group by 1)"
                    )
                };
                format!(
                    "{cut}{},\n{}",
                    shares("e", &of_bin, &of_other, &format!("{relation} as t")),
                    shares("a", &bin, &value, &ground.rows)
                )
            }
        };
        let met = self.expectation.target("i.v", true).unwrap_or_else(|| "null::text".to_owned());
        Ok(Fragments::own(format!(
            "with {with},\ns as (select greatest(coalesce(a.share, 0), 0.0001) as a, greatest(coalesce(e.share, 0), 0.0001) as e from a full join e on a.v = e.v),\n\
             i as (select sum((s.a - s.e) * ln(s.a / s.e)) as v from s where exists (select from a))\n\
             select round(i.v::numeric, 6)::text, {met}\nfrom i"
        )))
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        super::aggregate::measured(&self.expectation, figures.text(0), figures.text(1), "stability index")
    }
}

impl Rule for SameValues {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn parent(&self) -> Option<&RelationName> {
        Some(&self.other)
    }

    fn parent_columns(&self) -> Vec<&str> {
        vec![&self.other_column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let other = ground.subject.parent(&self.other)?;
        if other.table.column(&self.other_column).is_none() {
            return Err(Fault::unknown_column(&other.table, &self.other_column));
        }
        let value = statement::column(&column.name);
        let there = format!("t.{}", quote_identifier(&self.other_column));
        let from = format!(
            "from (select distinct {value} as v from {} where {value} is not null) as a\n\
             full join (select distinct {there} as v from {} as t where {there} is not null) as b on a.v = b.v",
            ground.rows,
            quote_relation(&other.table.name)
        );
        let fails = match (self.new, self.vanished) {
            (true, true) => "a.v is null or b.v is null",
            (true, false) => "b.v is null",
            _ => "a.v is null",
        };
        let count = |condition: &str| format!("(count(*) filter (where {condition}))::text");
        let sample = OwnSample {
            columns: vec![self.column.clone(), "which".to_owned()],
            sql: format!(
                "select left(coalesce(a.v::text, b.v::text), 81), case when b.v is null then 'new' else 'vanished' end\n{from}\nwhere {fails}\nlimit 10"
            ),
        };
        Ok(Fragments {
            total: Some(3),
            sample: Some(sample),
            ..Fragments::own(format!(
                "select {}, {}, {}, count(*)::text\n{from}",
                count(fails),
                count("b.v is null"),
                count("a.v is null")
            ))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let count = |at| figures.count(at).unwrap_or_default();
        Reading::of_rows(
            figures,
            format!("(values) against {}: {} new, {} vanished", self.other, count(1), count(2)),
        )
    }
}
