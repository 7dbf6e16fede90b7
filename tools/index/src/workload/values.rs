//! Values for the parameters of a statement that was seen without them: common, middling and rare ones, from the
//! statistics. An index that pays for one of them only is judged by all.

use std::collections::BTreeMap;

use pgwright_postgres::catalog::{ColumnStatistics, Table};
use pgwright_sql::analysis::{Analysis, Bound, PredicateKind, Subject, Value, parameters_behind};

/// What a page of results holds, where a parameter says how many rows.
const PAGE: &str = "20";
const FIRST: &str = "0";
/// How much of a value a pattern for it begins with.
const PREFIX: usize = 4;

/// Which of a column's values.
#[derive(Debug, Clone, Copy)]
enum Which {
    Common,
    Middling,
    Rare,
}

/// SQL text for every parameter, in up to three choices. None if one of them is compared with nothing that is known.
pub(super) fn of(
    sql: &str,
    parameters: u16,
    analysis: &Analysis,
    tables: &[Option<&Table>],
) -> Vec<BTreeMap<u16, String>> {
    let choices = [Which::Common, Which::Middling, Which::Rare].map(|which| {
        let mut values = BTreeMap::new();
        for (table_use, table) in analysis.tables.iter().zip(tables) {
            let Some(table) = table else { continue };
            for predicate in &table_use.predicates {
                let known = match &predicate.subject {
                    Subject::Column(column) => table.column(column),
                    Subject::Expression { columns, .. } => {
                        columns.first().and_then(|column| table.column(column))
                    }
                };
                let Some(known) = known.and_then(|column| column.statistics.as_ref()) else { continue };
                fill(&mut values, &predicate.kind, known, which);
            }
        }
        for number in parameters_behind(sql, "limit") {
            values.insert(number, PAGE.to_owned());
        }
        for number in parameters_behind(sql, "offset") {
            values.insert(number, FIRST.to_owned());
        }
        values
    });
    let is_whole =
        |values: &BTreeMap<u16, String>| (1..=parameters).all(|number| values.contains_key(&number));
    let mut whole: Vec<BTreeMap<u16, String>> = choices.into_iter().filter(is_whole).collect();
    whole.dedup();
    whole
}

fn fill(values: &mut BTreeMap<u16, String>, kind: &PredicateKind, known: &ColumnStatistics, which: Which) {
    let mut set = |value: &Value, text: Option<String>| {
        if let (Value::Parameter(number), Some(text)) = (value, text) {
            values.entry(*number).or_insert(format!("'{}'", text.replace('\'', "''")));
        }
    };
    match kind {
        PredicateKind::Equality(value) | PredicateKind::Inequality(value) => set(value, one(known, which)),
        PredicateKind::EqualsAny(value) => {
            let text = one(known, which).map(|text| format!("{{\"{}\"}}", text.replace(['\\', '"'], "")));
            set(value, text);
        }
        PredicateKind::In(list) | PredicateKind::NotIn(list) => {
            for value in list {
                set(value, one(known, which));
            }
        }
        PredicateKind::Range { lower, upper } => {
            let mut end = |bound: &Option<Bound>, share: f64| {
                if let Some(bound) = bound {
                    set(&bound.value, at(known, share));
                }
            };
            // A wide range, a tenth of it, and its newest end.
            let (low, high) = match which {
                Which::Common => (0.5, 0.9),
                Which::Middling => (0.85, 0.95),
                Which::Rare => (0.99, 1.0),
            };
            end(lower, low);
            end(upper, if lower.is_some() { high } else { 1.0 - low });
        }
        PredicateKind::LikeOther { pattern, .. } => {
            let start = one(known, which).map(|text| text.chars().take(PREFIX).collect::<String>());
            set(pattern, start.map(|start| format!("{start}%")));
        }
        PredicateKind::Or(arms) => {
            for predicate in arms.iter().flatten() {
                fill(values, &predicate.kind, known, which);
            }
        }
        _ => {}
    }
}

fn one(known: &ColumnStatistics, which: Which) -> Option<String> {
    let common = || known.most_common.first().map(|(value, _)| value.clone());
    let rare = || known.most_common.last().map(|(value, _)| value.clone());
    match which {
        Which::Common => common().or_else(|| at(known, 0.5)),
        Which::Middling => at(known, 0.5)
            .or_else(|| known.most_common.get(known.most_common.len() / 2).map(|(value, _)| value.clone())),
        Which::Rare => at(known, 0.3).or_else(rare),
    }
}

/// The value below which that share of the histogram lies.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among some hundred bounds"
)]
fn at(known: &ColumnStatistics, share: f64) -> Option<String> {
    let last = known.histogram.len().checked_sub(1)?;
    known.histogram.get((last as f64 * share).round() as usize).cloned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::candidates::examples::{shop, workload};

    fn values(sql: &str) -> Vec<BTreeMap<u16, String>> {
        let mut orders = shop().remove(0);
        for column in &mut orders.columns {
            let known = column.statistics.as_mut().unwrap();
            known.histogram = ["10", "20", "30"].map(str::to_owned).into();
            if column.name == "status" {
                known.most_common = vec![("paid".into(), 0.9), ("it's lost".into(), 0.01)];
                known.histogram.clear();
            }
        }
        let workload = workload(&[sql], vec![orders.clone()]);
        let statement = &workload.statements[0];
        of(sql, statement.variants[0].sql.parameters(), &statement.analysis, &[Some(&orders)])
    }

    #[test]
    fn common_middling_and_rare_values_stand_for_parameters() {
        let found = values("select * from orders where status = $1 and customer_id = $2 limit $3");
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0], BTreeMap::from([(1, "'paid'".into()), (2, "'20'".into()), (3, "20".into())]));
        assert!(found.iter().any(|values| values[&1] == "'it''s lost'"));
    }

    #[test]
    fn what_is_compared_with_nothing_known_has_no_value() {
        assert!(values("select $2 from orders where status = $1").is_empty());
    }
}
