//! Views traced to the tables they read: which of their columns are masked, and which views would tell too much.

use std::collections::{HashMap, HashSet};

use pgwright_sql::guard::relations::holds_values;
use pgwright_sql::usage::{self, Column, Relation, Relations};
use pgwright_sql::{RelationName, quote_identifier};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::rules::{Rule, Rules};
use crate::errors::DatabaseError;
use crate::session::{Origin, ReadSession};

/// The relations that something reaches, with their masks.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// What the marks of [`Relation`]s stand for.
    pub(super) rules: Vec<Rule>,
    /// Every masked column, those of views among them.
    pub(super) by_column: HashMap<Origin, usize>,
    /// What the masked columns are called, with their tables.
    pub(super) names: HashMap<Origin, String>,
    /// Views and tables that must not be read, with the reason.
    pub(super) refused: HashMap<u32, String>,
    /// All that is reached, as a statement may write it.
    pub(super) relations: Relations,
}

/// One relation as the catalogue has it.
struct Reached {
    oid: u32,
    name: RelationName,
    is_visible: bool,
    columns: Vec<String>,
    numbers: Vec<i16>,
    reads: Vec<u32>,
    definition: Option<String>,
    /// A materialized view: its plan says nothing of what it was made of.
    is_stored: bool,
}

impl Reached {
    fn of(row: &Row) -> Self {
        Self {
            oid: row.get("relation"),
            name: RelationName::qualified(row.get::<_, String>("schema"), row.get::<_, String>("name")),
            is_visible: row.get("is_visible"),
            columns: row.get("columns"),
            numbers: row.get("numbers"),
            reads: row.get("reads"),
            definition: row.get("definition"),
            is_stored: row.get("is_stored"),
        }
    }

    fn shows_values(&self) -> bool {
        let schema = self.name.schema.as_deref().unwrap_or_default();
        // pg_toast is where long values are kept.
        schema == "pg_toast" || holds_values(schema, &self.name.name)
    }

    /// PostgreSQL 13 keeps no record of a view's reading of the system's own.
    fn reads_statistics(&self) -> bool {
        self.definition
            .as_ref()
            .is_some_and(|text| text.contains("pg_stats") || text.contains("pg_statistic"))
    }
}

impl Trace {
    /// Follows these names and OIDs. `None`: nothing that they reach is masked.
    pub(super) async fn read(
        session: &ReadSession,
        rules: Rules,
        names: &[RelationName],
        oids: &[u32],
    ) -> Result<Option<Self>, DatabaseError> {
        if rules.is_empty() {
            return Ok(None);
        }
        let schemas: Vec<Option<&str>> = names.iter().map(|name| name.schema.as_deref()).collect();
        let bare: Vec<&str> = names.iter().map(|name| name.name.as_str()).collect();
        let rows = session
            .query(
                include_str!("reached.sql"),
                &[(&schemas, Type::TEXT_ARRAY), (&bare, Type::TEXT_ARRAY), (&oids, Type::OID_ARRAY)],
            )
            .await?;
        let reached: Vec<Reached> = rows.iter().map(Reached::of).collect();
        let concerned = concerned(&reached, &rules);
        if concerned.is_empty() {
            return Ok(None);
        }
        let mut trace = Self::default();
        let mut pending: Vec<&Reached> = Vec::new();
        for relation in &reached {
            match &relation.definition {
                Some(_) if concerned.contains(&relation.oid) => pending.push(relation),
                _ => trace.add(relation, &rules, &[]),
            }
        }
        trace.views(pending, &rules);
        Ok(Some(trace))
    }

    /// Views after those that they read.
    fn views(&mut self, mut pending: Vec<&Reached>, rules: &Rules) {
        while !pending.is_empty() {
            let waiting: HashSet<u32> = pending.iter().map(|view| view.oid).collect();
            let (later, now): (Vec<&Reached>, Vec<&Reached>) =
                pending.into_iter().partition(|view| view.reads.iter().any(|oid| waiting.contains(oid)));
            for view in &now {
                match self.outputs(view) {
                    Ok(marks) => self.add(view, rules, &marks),
                    Err(why) => self.refuse(view, why),
                }
            }
            if now.is_empty() {
                for view in later {
                    self.refuse(view, format!("{} reads itself, so its columns can't be traced", view.name));
                }
                return;
            }
            pending = later;
        }
    }

    /// The marks of a view's columns, or why it must not be read.
    fn outputs(&mut self, view: &Reached) -> Result<Vec<Option<usize>>, String> {
        let text = view.definition.as_deref().unwrap_or_default();
        let read = if view.is_stored {
            usage::outputs(text, &self.relations)
        } else {
            let made = self.mark(&Rule::MADE);
            usage::view(text, &self.relations, made)
        };
        let outputs =
            read.map_err(|refusal| format!("view {} can't be read: in it, {}", view.name, refusal.message))?;
        match outputs.marks() {
            Some(marks) => Ok(marks),
            None if outputs.marked() == 0 => Ok(Vec::new()),
            None => Err(format!("which columns of view {} are masked can't be told", view.name)),
        }
    }

    /// Takes a relation up; a rule on a column of its own goes before what a view hands through.
    fn add(&mut self, relation: &Reached, rules: &Rules, marks: &[Option<usize>]) {
        if let Some(why) = rules.closed.get(&relation.oid) {
            return self.refuse(relation, why.clone());
        }
        if relation.shows_values() {
            let why = format!("{} shows values of masked columns", relation.name);
            return self.refuse(relation, why);
        }
        let mut columns = Vec::new();
        for (at, (name, number)) in relation.columns.iter().zip(&relation.numbers).enumerate() {
            let origin = Origin { relation: relation.oid, column: *number };
            let own = rules.by_column.get(&origin).map(|rule| self.mark(rule));
            let mark = own.or_else(|| marks.get(at).copied().flatten());
            if let Some(mark) = mark {
                self.by_column.insert(origin, mark);
                self.names.insert(origin, format!("{}.{}", relation.name, quote_identifier(name)));
            }
            columns.push(Column::new(name.clone(), mark));
        }
        self.name(relation, &Relation::Columns(columns));
    }

    fn refuse(&mut self, relation: &Reached, why: String) {
        self.name(relation, &Relation::Refused(why.clone()));
        self.refused.insert(relation.oid, why);
    }

    fn name(&mut self, relation: &Reached, meaning: &Relation) {
        if relation.is_visible {
            self.relations.insert(RelationName::bare(relation.name.name.clone()), meaning.clone());
        }
        self.relations.insert(relation.name.clone(), meaning.clone());
    }

    fn mark(&mut self, rule: &Rule) -> usize {
        self.rules.iter().position(|known| known == rule).unwrap_or_else(|| {
            self.rules.push(rule.clone());
            self.rules.len() - 1
        })
    }
}

/// The relations that have a mask, or read one that has.
fn concerned(reached: &[Reached], rules: &Rules) -> HashSet<u32> {
    let masked: HashSet<u32> = rules.by_column.keys().map(|origin| origin.relation).collect();
    let mut concerned: HashSet<u32> = reached
        .iter()
        .filter(|relation| {
            masked.contains(&relation.oid)
                || rules.closed.contains_key(&relation.oid)
                || relation.shows_values()
                || relation.reads_statistics()
        })
        .map(|relation| relation.oid)
        .collect();
    loop {
        let before = concerned.len();
        for relation in reached {
            if relation.reads.iter().any(|oid| concerned.contains(oid)) {
                concerned.insert(relation.oid);
            }
        }
        if concerned.len() == before {
            return concerned;
        }
    }
}
