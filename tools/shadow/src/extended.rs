//! Extended statistics on the shadow: those that production has, as they are; new ones as far as they follow from what is known.
//!
//! How columns go together nobody knows but ANALYZE. What a unique key says of them is exact; beyond it they are assumed to go
//! together entirely, the most that statistics on them can change: a plan that stays under that stays.
//!
//! The statistics of an expression are written through an index over it, made for a moment: it has the expression's type,
//! collation and operators.

use std::sync::atomic::{AtomicU64, Ordering};

use pgwright_postgres::types::quote_relation;
use pgwright_sql::{RelationName, hexadecimal, quote_identifier};
use serde_json::{Value, json};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use crate::error::ShadowError;
use crate::materialise::{row, write_statistics};
use crate::planner;
use crate::snapshot::{ExtendedData, ExtendedStatistics, Relation, Statistics};

/// `STATS_NDISTINCT_MAGIC` and `STATS_DEPS_MAGIC`, each of its first and only type.
const DISTINCT: [u32; 2] = [0xA352_BFA4, 1];
const DEPENDENCIES: [u32; 2] = [0xB454_9A2C, 1];
/// What PostgreSQL takes for the distinct values of something unknown.
const UNKNOWN_DISTINCT: f64 = 200.0;
/// The first version with expressions in them.
const WITH_EXPRESSIONS: u16 = 14;

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Writes what production's have. What could not be written is said.
pub(crate) async fn write(
    maker: &Client,
    major: u16,
    all: &[ExtendedStatistics],
) -> Result<Vec<String>, ShadowError> {
    let mut notes = Vec::new();
    let rows: Vec<Value> = all
        .iter()
        .flat_map(|one| one.data.iter().map(|data| written(&one.schema, &one.name, data)))
        .collect();
    if let Err(error) = write_rows(maker, major, &rows).await {
        notes.push(format!("extended statistics do not count here: {error}"));
        return Ok(notes);
    }
    for one in all.iter().filter(|_| major >= WITH_EXPRESSIONS) {
        // Those of the table's own rows, where there are both.
        let data = one.data.iter().filter(|data| !data.expressions.is_empty());
        let Some(data) = data.min_by_key(|data| data.inherited) else { continue };
        let known = |place: usize| data.expressions.get(place).cloned();
        if let Err(error) = write_expressions(maker, &one.schema, &one.name, known).await {
            notes.push(format!(
                "the expressions of the extended statistics {} do not count here: {error}",
                one.name
            ));
        }
    }
    Ok(notes)
}

fn written(schema: &str, name: &str, data: &ExtendedData) -> Value {
    json!({
        "schema": schema, "name": name, "inherited": data.inherited,
        "distinct": data.distinct, "dependencies": data.dependencies, "common": data.common,
    })
}

async fn write_rows(maker: &Client, major: u16, rows: &[Value]) -> Result<(), ShadowError> {
    if rows.is_empty() {
        return Ok(());
    }
    match maker.batch_execute(include_str!("extended/casts.sql")).await {
        Err(error) if error.code() != Some(&SqlState::DUPLICATE_OBJECT) => {
            return Err(ShadowError::sql("prepare extended statistics")(error));
        }
        _ => {}
    }
    let sql =
        if major >= 15 { include_str!("extended/write.sql") } else { include_str!("extended/write_13.sql") };
    let json = Value::from(rows.to_vec()).to_string();
    planner::query(maker, "write extended statistics", sql, &[(&json, Type::TEXT)]).await.map(drop)
}

async fn write_expressions(
    maker: &Client,
    schema: &str,
    name: &str,
    known: impl Fn(usize) -> Option<Statistics>,
) -> Result<(), ShadowError> {
    let Some(probes) = Probes::make(maker, maker, schema, name).await? else { return Ok(()) };
    let rows = (0..probes.names.len()).map(|place| {
        let statistics =
            Statistics { column: "1".to_owned(), inherited: false, ..known(place).unwrap_or_default() };
        row(&probes.schema, &probes.names[place], &statistics)
    });
    let wrote = write_statistics(maker, rows.collect()).await;
    let wrote = match wrote {
        Ok(_) => probes.give(maker).await,
        Err(error) => Err(error),
    };
    probes.remove(maker).await?;
    wrote
}

/// The newest object there is, before another is made.
pub(crate) async fn newest(maker: &Client) -> Result<u32, ShadowError> {
    let rows =
        planner::query(maker, "look at its statistics", include_str!("extended/newest.sql"), &[]).await?;
    Ok(rows.first().map_or(0, |row| row.get("newest")))
}

/// An object that was made on the shadow, without content.
pub(crate) struct Made {
    /// Its table, by the OID here.
    pub(crate) relation: u32,
    schema: String,
    name: String,
    columns: Vec<String>,
    numbers: Vec<i16>,
    kinds: Vec<String>,
}

/// The objects that are newer.
pub(crate) async fn made_after(maker: &Client, newest: u32) -> Result<Vec<Made>, ShadowError> {
    let sql = include_str!("extended/made.sql");
    let rows = planner::query(maker, "look at its statistics", sql, &[(&newest, Type::OID)]).await?;
    let made = |row: &tokio_postgres::Row| Made {
        relation: row.get("relation"),
        schema: row.get("schema"),
        name: row.get("name"),
        columns: row.get("columns"),
        numbers: row.get("numbers"),
        kinds: row.get("kinds"),
    };
    Ok(rows.iter().map(made).collect())
}

/// Who does what on the shadow: `maker` writes its catalogue, `builder` makes what callers sent, `planner` evaluates.
pub(crate) struct Hands<'h> {
    pub(crate) maker: &'h Client,
    pub(crate) builder: &'h Client,
    pub(crate) planner: &'h Client,
    pub(crate) major: u16,
}

impl Made {
    /// Fills it as far as that goes, and says what is assumed. The table must be short.
    pub(crate) async fn fill(&self, hands: &Hands<'_>, table: &Relation) -> Result<String, ShadowError> {
        let rows = table.figures.rows().max(1.0);
        let absolute = |distinct: f32| match f64::from(distinct) {
            0.0 => UNKNOWN_DISTINCT.min(rows),
            share if share < 0.0 => -share * rows,
            number => number,
        };
        let mut members: Vec<Member> = Vec::new();
        for (number, column) in self.numbers.iter().zip(&self.columns) {
            let Some(statistics) = table.statistics_of(column) else {
                return Ok(format!(
                    "{column} has no statistics, so those that go beyond it cannot be derived"
                ));
            };
            members.push(Member { number: *number, distinct: absolute(statistics.distinct) });
        }
        let probes = if hands.major >= WITH_EXPRESSIONS {
            Probes::make(hands.maker, hands.builder, &self.schema, &self.name).await?
        } else {
            None
        };
        let mut underived = 0;
        if let Some(probes) = &probes {
            let known = |_, column: &str| table.statistics_of(column);
            let derived = crate::expression::derive(hands.maker, hands.planner, &probes.oids, known).await?;
            underived = probes.oids.iter().filter(|oid| !derived.contains(oid)).count();
            let unknown = probes.oids.iter().zip(&probes.names).filter(|(oid, _)| !derived.contains(oid));
            let unknown = unknown.map(|(_, name)| {
                row(&probes.schema, name, &Statistics { column: "1".to_owned(), ..Statistics::default() })
            });
            write_statistics(hands.maker, unknown.collect()).await?;
            let sql = include_str!("extended/distinct.sql");
            let found = planner::query(
                hands.maker,
                "look at its statistics",
                sql,
                &[(&probes.oids, Type::OID_ARRAY)],
            )
            .await?;
            for (number, row) in (1..).zip(&found) {
                members.push(Member { number: -number, distinct: absolute(row.get("distinct")) });
            }
        }
        let keys = unique_keys(table, &self.columns, &self.numbers);
        let has = |kind: &str| self.kinds.iter().any(|one| one == kind);
        let sets = combinations(&members);
        let data = ExtendedData {
            distinct: (has("d") && !sets.is_empty()).then(|| distinct(&sets, &keys, rows)),
            dependencies: (has("f") && members.len() > 1).then(|| dependencies(&members, &keys)),
            ..ExtendedData::default()
        };
        // Of the table's own rows, and with its children's.
        let both = [false, true]
            .map(|inherited| written(&self.schema, &self.name, &ExtendedData { inherited, ..data.clone() }));
        write_rows(hands.maker, hands.major, &both).await?;
        if let Some(probes) = &probes {
            let given = probes.give(hands.maker).await;
            probes.remove(hands.builder).await?;
            given?;
        }
        let all_known = sets.iter().all(|set| is_unique(set, &keys));
        Ok(said(&self.name, members.len(), all_known, has("m"), underived))
    }
}

/// What of it is known, and what assumed.
fn said(name: &str, members: usize, all_known: bool, common: bool, underived: usize) -> String {
    let mut parts = Vec::new();
    if members > 1 {
        parts.push(if all_known {
            "how often its columns go together follows from a unique key".to_owned()
        } else {
            "assumed that its columns go together entirely, the most that it can change; only ANALYZE there tells, and a plan that \
             stays under this stays"
                .to_owned()
        });
        if common {
            parts.push("its most common combinations cannot be known".to_owned());
        }
    }
    parts.push(match (members, underived) {
        (_, 1..) => format!("{underived} of its expressions cannot be derived, and count as unknown"),
        (1, 0) => "derived from its column's".to_owned(),
        _ => String::new(),
    });
    parts.retain(|part| !part.is_empty());
    format!("statistics {name}: {}", parts.join("; "))
}

/// A column, or an expression (numbered from -1 downwards), with its distinct values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Member {
    number: i16,
    distinct: f64,
}

/// Sets of columns of which no two rows have the same values.
fn unique_keys(table: &Relation, columns: &[String], numbers: &[i16]) -> Vec<Vec<i16>> {
    let number = |wanted: &str| {
        columns.iter().zip(numbers).find(|(name, _)| *name == wanted).map(|(_, number)| *number)
    };
    let keys = table.constraints.iter().filter(|constraint| matches!(constraint.kind, 'p' | 'u'));
    keys.filter_map(|key| key.columns.iter().map(|(column, _)| number(column)).collect()).collect()
}

fn is_unique(set: &[Member], keys: &[Vec<i16>]) -> bool {
    keys.iter().any(|key| key.iter().all(|number| set.iter().any(|member| member.number == *number)))
}

/// All sets of two and more, the small ones first, as ANALYZE writes them.
fn combinations(members: &[Member]) -> Vec<Vec<Member>> {
    let mut sets: Vec<Vec<Member>> = (0_usize..1 << members.len().min(8))
        .filter(|bits| bits.count_ones() > 1)
        .map(|bits| {
            members
                .iter()
                .enumerate()
                .filter(|(place, _)| bits >> place & 1 == 1)
                .map(|(_, one)| *one)
                .collect()
        })
        .collect();
    sets.sort_by_key(Vec::len);
    sets
}

/// `pg_ndistinct`: a number for each set of columns.
fn distinct(sets: &[Vec<Member>], keys: &[Vec<i16>], rows: f64) -> String {
    let mut bytes = header(DISTINCT, sets.len());
    for set in sets {
        let most = set.iter().map(|member| member.distinct).fold(1.0, f64::max);
        bytes.extend((if is_unique(set, keys) { rows } else { most }).round().to_ne_bytes());
        bytes.extend(u32::try_from(set.len()).unwrap_or_default().to_ne_bytes());
        bytes.extend(set.iter().flat_map(|member| member.number.to_ne_bytes()));
    }
    hexadecimal(&bytes)
}

/// `pg_dependencies`: which column tells which other. The one with more values may tell the one with fewer.
fn dependencies(members: &[Member], keys: &[Vec<i16>]) -> String {
    let mut items = Vec::new();
    for one in members {
        for other in members.iter().filter(|other| other.number != one.number) {
            if is_unique(&[*one], keys) || one.distinct >= other.distinct {
                items.push([one.number, other.number]);
            }
        }
    }
    let mut bytes = header(DEPENDENCIES, items.len());
    for [from, to] in items {
        bytes.extend(1.0_f64.to_ne_bytes());
        bytes.extend(2_i16.to_ne_bytes());
        bytes.extend([from, to].into_iter().flat_map(i16::to_ne_bytes));
    }
    hexadecimal(&bytes)
}

fn header([magic, kind]: [u32; 2], items: usize) -> Vec<u8> {
    let items = u32::try_from(items).unwrap_or_default();
    [magic, kind, items].into_iter().flat_map(u32::to_ne_bytes).collect()
}

/// Indexes over the expressions of extended statistics, one each.
struct Probes {
    object: u32,
    schema: String,
    names: Vec<String>,
    oids: Vec<u32>,
}

impl Probes {
    /// Nothing where there are no expressions.
    async fn make(
        maker: &Client,
        builder: &Client,
        schema: &str,
        name: &str,
    ) -> Result<Option<Self>, ShadowError> {
        let params: &[(&(dyn ToSql + Sync), Type)] = &[(&schema, Type::TEXT), (&name, Type::TEXT)];
        let sql = include_str!("extended/expressions.sql");
        let rows = planner::query(maker, "look at its statistics", sql, params).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let expressions: Vec<String> = row.get("expressions");
        if expressions.is_empty() {
            return Ok(None);
        }
        let mut this =
            Self { object: row.get("oid"), schema: row.get("schema"), names: Vec::new(), oids: Vec::new() };
        let table = quote_relation(&RelationName::qualified(&this.schema, row.get::<_, String>("table")));
        for expression in expressions {
            let name = format!("pgwright_probe_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
            let sql = format!("create index {} on only {table} (({expression}))", quote_identifier(&name));
            if let Err(error) = builder.batch_execute(&sql).await {
                this.remove(builder).await?;
                return Err(ShadowError::sql("evaluate an expression")(error));
            }
            let full = quote_relation(&RelationName::qualified(&this.schema, &name));
            this.names.push(name);
            let found = "select pg_catalog.to_regclass($1)::oid as oid";
            let rows = planner::query(maker, "look at its indexes", found, &[(&full, Type::TEXT)]).await?;
            this.oids.extend(rows.first().and_then(|row| row.get::<_, Option<u32>>("oid")));
        }
        Ok(Some(this))
    }

    async fn give(&self, maker: &Client) -> Result<(), ShadowError> {
        let params: &[(&(dyn ToSql + Sync), Type)] =
            &[(&self.object, Type::OID), (&self.oids, Type::OID_ARRAY)];
        let sql = include_str!("extended/write_expressions.sql");
        planner::query(maker, "write extended statistics", sql, params).await.map(drop)
    }

    async fn remove(&self, builder: &Client) -> Result<(), ShadowError> {
        for name in &self.names {
            let full = quote_relation(&RelationName::qualified(&self.schema, name));
            builder
                .batch_execute(&format!("drop index {full}"))
                .await
                .map_err(ShadowError::sql("remove an index"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(number: i16, distinct: f64) -> Member {
        Member { number, distinct }
    }

    /// As PostgreSQL 15 wrote them for `create statistics s on a, b` over 1000 rows of a = i, b = i % 10, without a key.
    #[test]
    fn what_is_written_is_what_analyze_writes() {
        let members = [member(1, 1_000.0), member(2, 10.0)];
        assert_eq!(
            distinct(&combinations(&members), &[], 1_000.0),
            "a4bf52a301000000010000000000000000408f400200000001000200"
        );
        assert_eq!(dependencies(&members, &[]), "2c9a54b40100000001000000000000000000f03f020001000200");
    }

    #[test]
    fn a_unique_key_says_how_many_combinations_there_are() {
        let members = [member(1, 100.0), member(2, 100.0), member(-1, 5.0)];
        let keys = [vec![1, 2]];
        let sets = combinations(&members);
        assert_eq!(sets.len(), 4);
        assert_eq!(sets.iter().filter(|set| is_unique(set, &keys)).count(), 2);
    }
}
