//! An analysis as a few lines of text, so that a test can be read.

use std::fmt::Write;

use crate::analysis::{
    Access, Analysis, Bound, ColumnsUsed, JoinKind, Predicate, PredicateKind, SortKey, Subject, TableUse,
    Value,
};

pub(super) fn show(analysis: &Analysis) -> String {
    let mut text = String::new();
    for (number, table) in analysis.tables.iter().enumerate() {
        let alias = table.alias.as_ref().map(|alias| format!(" as {alias}")).unwrap_or_default();
        let limited = if table.limited { " limited" } else { "" };
        let access = match &table.access {
            Access::Read => String::new(),
            Access::Insert => " insert".to_owned(),
            Access::Update(columns) => {
                format!(" update {}", columns.iter().cloned().collect::<Vec<_>>().join(", "))
            }
            Access::Delete => " delete".to_owned(),
        };
        let _ = writeln!(text, "{number} {}{alias} depth {}{access}{limited}", table.relation, table.depth);
        show_table(&mut text, table);
    }
    if !analysis.unresolved.is_empty() {
        let _ = writeln!(text, "unresolved {:?}", analysis.unresolved);
    }
    text
}

fn show_table(text: &mut String, table: &TableUse) {
    for predicate in &table.predicates {
        let _ = writeln!(text, "    where {}", show_predicate(predicate));
    }
    for join in &table.joins {
        let kind = match join.kind {
            JoinKind::Inner => "",
            JoinKind::Outer => " outer",
            JoinKind::Semi => " semi",
            JoinKind::Anti => " anti",
            JoinKind::Correlated => " correlated",
        };
        let lookup = if join.lookup { "" } else { " no lookup" };
        let _ = writeln!(
            text,
            "    join {} = {}:{}.{}{kind}{lookup}",
            join.column, join.other_use, join.other, join.other_column
        );
    }
    if !table.group_by.is_empty() {
        let keys: Vec<String> = table.group_by.iter().map(show_subject).collect();
        let _ = writeln!(text, "    group by {}", keys.join(", "));
    }
    if !table.order_by.is_empty() {
        let keys: Vec<String> = table.order_by.iter().map(show_key).collect();
        let complete = if table.order_is_complete { "" } else { ", …" };
        let _ = writeln!(text, "    order by {}{complete}", keys.join(", "));
    }
    for window in &table.windows {
        let partition: Vec<String> = window.partition_by.iter().map(show_subject).collect();
        let order: Vec<String> = window.order_by.iter().map(show_key).collect();
        let _ = writeln!(text, "    window ({}) order by {}", partition.join(", "), order.join(", "));
    }
    if !table.extremes.is_empty() {
        let of: Vec<String> = table.extremes.iter().map(show_subject).collect();
        let _ = writeln!(text, "    extreme of {}", of.join(", "));
    }
    let _ = writeln!(text, "    reads {}", show_columns(&table.used));
}

pub(super) fn show_columns(used: &ColumnsUsed) -> String {
    let mut columns: Vec<&str> = used.columns.iter().map(String::as_str).collect();
    if used.whole_row {
        columns.push("*");
    }
    columns.join(" ")
}

fn show_key(key: &SortKey) -> String {
    let direction = if key.descending { " desc" } else { "" };
    let nulls = if key.nulls_first == key.descending { "" } else { " nulls unusual" };
    format!("{}{direction}{nulls}", show_subject(&key.subject))
}

fn show_subject(subject: &Subject) -> String {
    match subject {
        Subject::Column(column) => column.clone(),
        Subject::Expression { expression, .. } => format!("({expression})"),
    }
}

fn show_predicate(predicate: &Predicate) -> String {
    let subject = show_subject(&predicate.subject);
    match &predicate.kind {
        PredicateKind::Equality(value) => format!("{subject} = {}", show_value(value)),
        PredicateKind::Inequality(value) => format!("{subject} <> {}", show_value(value)),
        PredicateKind::In(values) => format!("{subject} in {}", show_values(values)),
        PredicateKind::NotIn(values) => format!("{subject} not in {}", show_values(values)),
        PredicateKind::EqualsAny(value) => format!("{subject} = any {}", show_value(value)),
        PredicateKind::Range { lower, upper } => {
            let end = |bound: &Option<Bound>, strict: &str| {
                bound.as_ref().map(|bound| {
                    format!(
                        " {strict}{} {}",
                        if bound.inclusive { "=" } else { "" },
                        show_value(&bound.value)
                    )
                })
            };
            format!("{subject}{}{}", end(lower, ">").unwrap_or_default(), end(upper, "<").unwrap_or_default())
        }
        PredicateKind::IsNull => format!("{subject} is null"),
        PredicateKind::IsNotNull => format!("{subject} is not null"),
        PredicateKind::Boolean(value) => format!("{subject} is {value}"),
        PredicateKind::LikePrefix { prefix, .. } => format!("{subject} starts with {prefix:?}"),
        PredicateKind::LikeOther { pattern, case_insensitive } => {
            format!("{subject} {} {}", if *case_insensitive { "ilike" } else { "like" }, show_value(pattern))
        }
        PredicateKind::Operator { operator, value } => format!("{subject} {operator} {}", show_value(value)),
        PredicateKind::Or(arms) => {
            let arm = |arm: &Vec<Predicate>| arm.iter().map(show_predicate).collect::<Vec<_>>().join(" & ");
            format!("any of [{}]", arms.iter().map(arm).collect::<Vec<_>>().join(" | "))
        }
        PredicateKind::Other(text) => format!("other {text}"),
    }
}

fn show_values(values: &[Value]) -> String {
    format!("[{}]", values.iter().map(show_value).collect::<Vec<_>>().join(", "))
}

fn show_value(value: &Value) -> String {
    match value {
        Value::Constant(text) => text.clone(),
        Value::Parameter(number) => format!("${number}"),
        Value::Expression(text) => format!("expr {text}"),
        Value::Subquery(_) => "subquery".to_owned(),
        Value::OtherRow(text) => format!("row {text}"),
    }
}
