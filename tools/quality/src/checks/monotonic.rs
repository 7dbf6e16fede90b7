//! `monotonic`: values that fall where they should rise.
//!
//! Rows are taken in the order of `order_by`; a row fails when its value is below that of the row before. `strict: true` also
//! forbids equal neighbours, `descending: true` turns it around, `by` looks at each group by itself. NULLs are left out. Where
//! `order_by` is not unique the order of its equals is not known, so make it unique.

use super::{CheckType, Fault, Figures, Fragments, Ground, OwnSample, Reading, Rule};
use crate::document::{InlineCheck, Mistake};
use crate::statement;

pub(super) const TYPE: CheckType = super::counting(
    "monotonic",
    "Values that only rise",
    &[],
    &["column", "order_by", "strict", "descending", "by"],
    read,
);

#[derive(Debug)]
struct Monotonic {
    column: String,
    order_by: String,
    by: Vec<String>,
    operator: &'static str,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let strict = check.truth("strict")?.unwrap_or(false);
    let operator = match (check.truth("descending")?.unwrap_or(false), strict) {
        (false, false) => "<",
        (false, true) => "<=",
        (true, false) => ">",
        (true, true) => ">=",
    };
    Ok(Box::new(Monotonic {
        column: check.one_column()?,
        order_by: check.needed("order_by", "id")?.to_owned(),
        by: check.texts("by").unwrap_or_default(),
        operator,
    }))
}

impl Rule for Monotonic {
    fn columns(&self) -> Vec<&str> {
        [&self.order_by, &self.column].into_iter().chain(&self.by).map(String::as_str).collect()
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let order = ground.column(&self.order_by)?;
        if let Some(unordered) = [column, order].into_iter().find(|column| !column.orderable) {
            return Err(Fault::wrong_type("monotonic", unordered, "its values have no order"));
        }
        let (value, order) = (statement::column(&column.name), statement::column(&order.name));
        let by: Vec<String> =
            ground.columns(&self.by)?.iter().map(|column| statement::column(&column.name)).collect();
        let partition =
            if by.is_empty() { String::new() } else { format!("partition by {} ", by.join(", ")) };
        let rows = format!(
            "from (select {order} as o, {value} as v, lag({value}) over ({partition}order by {order}) as before from {} \
             where {value} is not null) as n",
            ground.rows
        );
        let fails = format!("n.v {} n.before", self.operator);
        let sample = OwnSample {
            columns: vec![self.order_by.clone(), self.column.clone()],
            sql: format!("select left(n.o::text, 81), left(n.v::text, 81)\n{rows}\nwhere {fails}\nlimit 10"),
        };
        Ok(Fragments {
            total: Some(1),
            sample: Some(sample),
            ..Fragments::own(format!(
                "select (count(*) filter (where {fails}))::text, count(*)::text\n{rows}"
            ))
        })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        let way = if self.operator.starts_with('<') { "below" } else { "above" };
        Reading::of_rows(figures, format!("{way} the row before by {}", statement::shown(&self.order_by)))
    }
}
