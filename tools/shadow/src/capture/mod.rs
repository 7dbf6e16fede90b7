//! Reads a snapshot of a database in one read-only transaction, by queries of our own.
//!
//! ```text
//!   wanted ─ closure ─ relations, columns, constraints, indexes ─┐
//!                      statistics, types, functions, settings ───┼─▶ Snapshot
//!                      least and greatest values, from indexes ──┘
//! ```
//!
//! It needs what SELECT on the tables gives; a role that may read `pg_statistic` itself gets more (statistics of
//! expressions, of ranges before 17, extended statistics). No user's table is locked beyond ACCESS SHARE, and the only
//! rows that are touched are the two ends of each index.

mod endpoints;
mod objects;
mod statistics;

use std::collections::{BTreeMap, HashMap, HashSet};

use pgwright_postgres::{DatabaseError, ReadSession, Row, ToSql, Type};

use crate::snapshot::{
    Column, Constraint, FORMAT, Figures, Index, Locale, Parent, Relation, Snapshot, Writes,
};

/// What to capture.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Relations by OID, taken with what their plans are made from; `None` takes everything that users made.
    pub relations: Option<Vec<u32>>,
    /// Names of functions that statements call, without their schemas.
    pub functions: Vec<String>,
    /// Whether to leave out the values that statistics hold of masked columns. Their least and greatest values are left
    /// out anyway.
    pub without_sensitive_values: bool,
}

impl Wanted {
    /// These relations, by OID.
    pub fn relations(oids: impl IntoIterator<Item = u32>) -> Self {
        Self { relations: Some(oids.into_iter().collect()), ..Self::default() }
    }
}

/// Under these, definitions have every name in full and every value as PostgreSQL itself writes it.
const IN_FULL: [(&str, &str); 5] = [
    ("search_path", ""),
    ("datestyle", "ISO, MDY"),
    ("intervalstyle", "postgres"),
    ("extra_float_digits", "1"),
    ("jit", "off"),
];

/// Captures a snapshot. The session is best one of [`read_snapshot`](pgwright_postgres::Database::read_snapshot), in which
/// all queries see the same moment.
pub async fn capture(session: &ReadSession, wanted: &Wanted) -> Result<Snapshot, DatabaseError> {
    let settings = settings(session).await?;
    let captured = async { Capture::new(session, wanted, settings).await?.run().await };
    session.with_settings(IN_FULL, captured).await
}

async fn settings(session: &ReadSession) -> Result<BTreeMap<String, String>, DatabaseError> {
    let rows = session.query(include_str!("settings.sql"), &[]).await?;
    Ok(rows.iter().map(|row| (row.get("name"), row.get("value"))).collect())
}

/// What the server says of itself and of the role.
struct Server {
    version: u32,
    reads_statistic: bool,
    reads_extended: bool,
}

struct Capture<'s> {
    session: &'s ReadSession,
    wanted: &'s Wanted,
    server: Server,
    snapshot: Snapshot,
}

impl<'s> Capture<'s> {
    async fn new(
        session: &'s ReadSession,
        wanted: &'s Wanted,
        settings: BTreeMap<String, String>,
    ) -> Result<Self, DatabaseError> {
        let rows = session.query(include_str!("server.sql"), &[]).await?;
        let row = rows.first();
        let number = |name: &str| row.map_or(0, |row| row.get::<_, i32>(name));
        let text = |name: &str| row.and_then(|row| row.get::<_, Option<String>>(name));
        let version = u32::try_from(number("version")).unwrap_or_default();
        let mut notes = Vec::new();
        if number("block_size") != 8_192 {
            notes.push("the server has blocks of another size than 8 kB, so costs differ".to_owned());
        }
        Ok(Self {
            session,
            wanted,
            server: Server {
                version,
                reads_statistic: row.is_some_and(|row| row.get("reads_statistic")),
                reads_extended: row.is_some_and(|row| row.get("reads_extended")),
            },
            snapshot: Snapshot {
                format: FORMAT,
                server_version: version,
                captured_at: text("captured_at").unwrap_or_default(),
                locale: Locale {
                    encoding: text("encoding").unwrap_or_default(),
                    collate: text("collate").unwrap_or_default(),
                    ctype: text("ctype").unwrap_or_default(),
                    provider: text("provider").unwrap_or_default(),
                    provider_locale: text("provider_locale"),
                },
                settings,
                extensions: Vec::new(),
                definitions: Vec::new(),
                objects: Vec::new(),
                relations: Vec::new(),
                extended: Vec::new(),
                notes,
            },
        })
    }

    async fn run(mut self) -> Result<Snapshot, DatabaseError> {
        let oids = self.closure().await?;
        let rows = self.of(include_str!("relations.sql"), &oids).await?;
        let unreadable: HashSet<u32> =
            rows.iter().filter(|row| !row.get::<_, bool>("readable")).map(|row| row.get("oid")).collect();
        let filtered: HashSet<u32> =
            rows.iter().filter(|row| row.get::<_, bool>("row_security")).map(|row| row.get("oid")).collect();
        self.snapshot.relations = rows.iter().map(relation).collect();
        let columns = self.of(include_str!("columns.sql"), &oids).await?;
        let hidden: HashSet<(u32, i16)> = columns
            .iter()
            .filter(|row| !row.get::<_, bool>("readable"))
            .map(|row| (row.get("relation"), row.get("number")))
            .collect();
        let masked = self.session.masked(&oids).await?;
        for row in &columns {
            let (oid, number) = (row.get("relation"), row.get("number"));
            if let Some(relation) = self.relation(oid) {
                relation.columns.push(Column { sensitive: masked.has(oid, number), ..column(row) });
            }
        }
        for row in &self.of(include_str!("constraints.sql"), &oids).await? {
            if let Some(relation) = self.relation(row.get("relation")) {
                relation.constraints.push(constraint(row));
            }
        }
        let mut ends = Vec::new();
        let mut index_oids = Vec::new();
        for row in &self.of(include_str!("indexes.sql"), &oids).await? {
            let oid = row.get("relation");
            if row.get("has_expressions") {
                index_oids.push(row.get("oid"));
            }
            if let Some(number) = row.get::<_, Option<i16>>("endpoint")
                && !filtered.contains(&oid)
                && !hidden.contains(&(oid, number))
                && !masked.has(oid, number)
            {
                ends.push((oid, number));
            }
            if let Some(relation) = self.relation(oid) {
                relation.indexes.push(index(row));
            }
        }
        self.statistics(&oids, &index_oids).await?;
        self.extended(&oids).await?;
        self.objects(&oids).await?;
        self.endpoints(ends).await?;
        self.say_what_is_missing(&unreadable, &filtered);
        Ok(if self.wanted.without_sensitive_values {
            self.snapshot.without_sensitive_values()
        } else {
            self.snapshot
        })
    }

    async fn closure(&self) -> Result<Vec<u32>, DatabaseError> {
        let rows = match &self.wanted.relations {
            Some(oids) => self.of(include_str!("closure.sql"), oids).await?,
            None => self.session.query(include_str!("everything.sql"), &[]).await?,
        };
        Ok(rows.iter().map(|row| row.get("oid")).collect())
    }

    /// Runs a query about these OIDs.
    async fn of(&self, sql: &'static str, oids: &[u32]) -> Result<Vec<Row>, DatabaseError> {
        let oids: (&(dyn ToSql + Sync), Type) = (&oids, Type::OID_ARRAY);
        self.session.query(sql, &[oids]).await
    }

    fn relation(&mut self, oid: u32) -> Option<&mut Relation> {
        self.snapshot.relations.iter_mut().find(|relation| relation.oid == oid)
    }

    fn say_what_is_missing(&mut self, unreadable: &HashSet<u32>, filtered: &HashSet<u32>) {
        let mut notes = Vec::new();
        for relation in &self.snapshot.relations {
            let name = relation.qualified();
            if unreadable.contains(&relation.oid) {
                notes.push(format!("{name}: the role may not read it, so its statistics are missing"));
            } else if filtered.contains(&relation.oid) {
                notes.push(format!("{name}: row security hides its statistics from the role, and its policies are not part of plans here"));
            } else if relation.kind == 'r' && relation.statistics.is_empty() && relation.figures.blocks > 0 {
                notes.push(format!(
                    "{name} has no statistics: ANALYZE it, or plans are guesses there and here"
                ));
            }
            if relation.kind == 'f' {
                notes.push(format!("{name} is a foreign table and is planned as if it were here"));
            }
        }
        self.snapshot.notes.extend(notes);
    }
}

fn relation(row: &Row) -> Relation {
    let schemas: Vec<String> = row.get("parent_schemas");
    let names: Vec<String> = row.get("parent_names");
    Relation {
        oid: row.get("oid"),
        schema: row.get("schema"),
        name: row.get("name"),
        kind: letter(row.get("kind")),
        figures: figures(row),
        options: row.get("options"),
        partition_key: row.get("partition_key"),
        partition_bound: row.get("partition_bound"),
        parents: schemas.into_iter().zip(names).map(|(schema, name)| Parent { schema, name }).collect(),
        query: row.get("query"),
        columns: Vec::new(),
        constraints: Vec::new(),
        indexes: Vec::new(),
        statistics: Vec::new(),
        writes: writes(row),
    }
}

fn writes(row: &Row) -> Writes {
    let count = |name: &str| u64::try_from(row.get::<_, i64>(name)).unwrap_or_default();
    Writes {
        inserted: count("inserted"),
        updated: count("updated"),
        hot: count("hot"),
        deleted: count("deleted"),
    }
}

fn figures(row: &Row) -> Figures {
    Figures {
        blocks: u64::try_from(row.get::<_, i64>("blocks")).unwrap_or_default(),
        relpages: row.get("relpages"),
        reltuples: row.get("reltuples"),
        relallvisible: row.get("relallvisible"),
    }
}

fn column(row: &Row) -> Column {
    Column {
        name: row.get("name"),
        number: row.get("number"),
        type_name: row.get("type_name"),
        collation: row.get("collation"),
        not_null: row.get("not_null"),
        inherited: row.get("inherited"),
        virtual_expression: row.get("virtual_expression"),
        endpoints: None,
        sensitive: false,
    }
}

fn constraint(row: &Row) -> Constraint {
    let mut referenced = row.get::<_, Vec<String>>("referenced_columns").into_iter();
    let columns = row.get::<_, Vec<String>>("columns").into_iter();
    let columns = columns.map(|column| (column, referenced.next().unwrap_or_default())).collect();
    Constraint {
        name: row.get("name"),
        kind: letter(row.get("kind")),
        definition: row.get("definition"),
        validated: row.get("validated"),
        referenced: row.get("referenced"),
        columns,
    }
}

fn index(row: &Row) -> Index {
    let parent_schema: Option<String> = row.get("parent_schema");
    Index {
        oid: row.get("oid"),
        name: row.get("name"),
        method: row.get("method"),
        definition: row.get("definition"),
        constraint: row.get("of_constraint"),
        parent: parent_schema.zip(row.get("parent_name")).map(|(schema, name)| Parent { schema, name }),
        figures: figures(row),
        scans: row.get("scans"),
        statistics: Vec::new(),
    }
}

fn letter(text: &str) -> char {
    text.chars().next().unwrap_or(' ')
}

/// Rows of a query, by the OID of the relation that each is about.
fn by_relation<T>(rows: &[Row], value: impl Fn(&Row) -> T) -> HashMap<u32, Vec<T>> {
    let mut found: HashMap<u32, Vec<T>> = HashMap::new();
    for row in rows {
        found.entry(row.get("relation")).or_default().push(value(row));
    }
    found
}
