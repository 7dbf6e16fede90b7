//! The statements of a load. The same texts are shown by a plan and sent by a run.

use pgwright_postgres::catalog::Table;
use pgwright_postgres::types::quote_relation;
use pgwright_sql::{RelationName, quote_identifier};

use crate::document::{Definition, Write};
use crate::layout::Layout;

const STAGE_NAME: &str = "pgwright_stage";
/// The staging table: of the session, gone with the transaction.
const STAGE: &str = "pg_temp.pgwright_stage";

/// The staging table's name.
pub(crate) fn stage() -> RelationName {
    RelationName::qualified("pg_temp", STAGE_NAME)
}

/// A row's place in its file, so that of several rows with one key the last wins.
const ORDINAL: &str = "pgwright_row";

/// All statements of one load, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Statements {
    /// Creates the staging table; `None` where rows go straight into the target.
    pub(crate) stage: Option<String>,
    pub(crate) copy: String,
    /// Empties the target.
    pub(crate) empty: Option<String>,
    /// Moves rows from the staging table. An upsert answers with the number of rows that stand for their key.
    pub(crate) publish: Option<String>,
    /// Whether COPY carries the row's ordinal as last column.
    pub(crate) numbered: bool,
}

impl Statements {
    pub(crate) fn of(definition: &Definition, table: &Table, layout: &Layout) -> Self {
        let target = quote_relation(&table.name);
        let columns: Vec<String> = layout.names().into_iter().map(quote_identifier).collect();
        let list = columns.join(", ");
        let write = definition.target.write;
        if write == Write::Append && definition.checks.staged.is_empty() {
            return Self {
                stage: None,
                copy: format!("copy {target} ({list}) from stdin"),
                empty: None,
                publish: None,
                numbered: false,
            };
        }
        let numbered = write == Write::Upsert;
        let (ordinal_column, ordinal) = if numbered {
            (format!(", null::bigint as {ORDINAL}"), format!(", {ORDINAL}"))
        } else {
            Default::default()
        };
        Self {
            stage: Some(format!(
                "create temporary table pgwright_stage on commit drop as select {list}{ordinal_column} from {target} with no data"
            )),
            copy: format!("copy {STAGE} ({list}{ordinal}) from stdin"),
            empty: (write == Write::Replace).then(|| format!("truncate {target}")),
            publish: Some(match write {
                Write::Upsert => upsert(definition, &target, &columns),
                Write::Append | Write::Replace => {
                    format!("insert into {target} ({list}) select {list} from {STAGE}")
                }
            }),
            numbered,
        }
    }

    /// The bare name of the table that COPY fills.
    pub(crate) fn copied<'a>(&self, table: &'a Table) -> &'a str {
        if self.stage.is_some() { STAGE_NAME } else { &table.name.name }
    }

    /// The texts in their order, with those of the checks before anything is published.
    pub(crate) fn listed(&self, checks: Vec<String>) -> Vec<String> {
        self.stage
            .iter()
            .cloned()
            .chain([self.copy.clone()])
            .chain(checks)
            .chain(self.empty.clone())
            .chain(self.publish.clone())
            .collect()
    }
}

/// Rows go in key order, so that two upserts can't deadlock; a row that would change nothing is not written.
fn upsert(definition: &Definition, target: &str, columns: &[String]) -> String {
    let key: Vec<String> = definition.target.key.iter().map(|name| quote_identifier(name)).collect();
    let (list, key_list) = (columns.join(", "), key.join(", "));
    let others: Vec<&String> = columns.iter().filter(|column| !key.contains(column)).collect();
    let action = if others.is_empty() {
        "do nothing".to_owned()
    } else {
        let assignments: Vec<String> =
            others.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        // Images, not values: 1.0 and 1.00 are equal and not the same, and json has no equality at all.
        let image = |name: &str| {
            let columns: Vec<String> = others.iter().map(|column| format!("{name}.{column}")).collect();
            format!("row({})::record", columns.join(", "))
        };
        format!(
            "do update set {} where {} operator(pg_catalog.*<>) {}",
            assignments.join(", "),
            image("present"),
            image("excluded")
        )
    };
    format!(
        "with latest as materialized (select distinct on ({key_list}) {list} from {STAGE} order by {key_list}, {ORDINAL} desc), \
         written as (insert into {target} as present ({list}) select {list} from latest order by {key_list} \
         on conflict ({key_list}) {action} returning 1) \
         select (select count(*) from latest) from (select count(*) from written) as done"
    )
}
