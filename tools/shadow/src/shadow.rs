//! A shadow: plans of statements as production would make them, with indexes that exist here only.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pgwright_plan::model::Plan;
use pgwright_postgres::types::quote_relation;
use pgwright_postgres::{Database, DatabaseSettings, Databases, Dsn, Environment, Source};
use pgwright_sql::guard::{Admitted, StatementKind};
use pgwright_sql::{RelationName, quote_identifier};
use serde_json::Value;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Client, Row};

use crate::change::{Change, NotAllowed};
use crate::error::ShadowError;
use crate::expression;
use crate::extended::{self, Hands};
use crate::files;
use crate::materialise::{Class, extend_index, figures_of, parts};
use crate::planner::{self, ROLE};
use crate::shadows::Ground;
use crate::size::{self, Part, Size};
use crate::snapshot::{Relation, Snapshot};

/// Numbers the statements prepared for their generic plans.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A candidate of this shadow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidateId(usize);

/// An index that was made on the shadow, for plans that ask for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Its number.
    pub id: CandidateId,
    /// The statement that made it.
    pub ddl: String,
    /// Its name, as plans say it; of a partitioned table's, the names of its parts too.
    pub names: Vec<String>,
    /// What it would take freshly built, modelled.
    pub size_bytes: u64,
    /// Its access method.
    pub method: String,
    /// What of it is assumed rather than known.
    pub assumed: Option<String>,
}

/// What came of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Applied {
    /// An index, to be named in [`Shadow::plan`].
    Index(Prepared),
    /// Indexes that are away, by the OIDs that they have in the snapshot.
    Without(Vec<u32>),
    /// Everything planned from now on has it.
    Done {
        /// What the planner makes of it, where that is less than hoped.
        note: Option<String>,
    },
}

/// An empty copy of a database whose planner answers as the database's own.
#[derive(Debug)]
pub struct Shadow {
    ground: Arc<Ground>,
    database: String,
    maker: Client,
    planner: Client,
    builder: Option<Client>,
    settings: std::collections::BTreeMap<String, String>,
    tables: HashMap<u32, Table>,
    /// Indexes of the snapshot: their OIDs here by those there, and by name.
    indexes: HashMap<u32, u32>,
    index_names: HashMap<RelationName, u32>,
    candidates: Vec<Vec<u32>>,
    off: BTreeSet<u32>,
    explains: u64,
    notes: Vec<String>,
}

/// A table, by its OID here.
#[derive(Debug)]
struct Table {
    relation: Relation,
    /// Its file and how many blocks of it are real.
    file: Option<(PathBuf, u64)>,
}

impl Shadow {
    #[allow(clippy::too_many_arguments, reason = "made in one place, of what was made there")]
    pub(crate) fn new(
        ground: Arc<Ground>,
        database: String,
        maker: Client,
        planner: Client,
        snapshot: &Snapshot,
        classes: &[Class],
        real: &HashMap<u32, u64>,
        notes: Vec<String>,
    ) -> Self {
        let by_name: HashMap<(&str, &str), &Class> =
            classes.iter().map(|class| ((class.schema.as_str(), class.name.as_str()), class)).collect();
        let data = ground.cluster.data_dir().to_owned();
        let (mut tables, mut indexes, mut index_names) = (HashMap::new(), HashMap::new(), HashMap::new());
        for relation in &snapshot.relations {
            let Some(class) = by_name.get(&(relation.schema.as_str(), relation.name.as_str())) else {
                continue;
            };
            let file = class.path.as_ref().filter(|_| relation.has_rows());
            let file = file.map(|path| (data.join(path), real.get(&class.oid).copied().unwrap_or(1)));
            tables.insert(class.oid, Table { relation: relation.clone(), file });
            for index in &relation.indexes {
                if let Some(class) = by_name.get(&(relation.schema.as_str(), index.name.as_str())) {
                    indexes.insert(index.oid, class.oid);
                    index_names.insert(RelationName::qualified(&relation.schema, &index.name), index.oid);
                }
            }
        }
        Self {
            ground,
            database,
            maker,
            planner,
            builder: None,
            settings: snapshot.settings.clone(),
            tables,
            indexes,
            index_names,
            candidates: Vec::new(),
            off: BTreeSet::new(),
            explains: 0,
            notes,
        }
    }

    /// What is not as it is in production.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// It as a database like any other, with the settings of its original, for as long as it is kept: a catalogue and
    /// statistics without rows.
    pub async fn as_database(&self) -> Result<Arc<Database>, ShadowError> {
        for (name, value) in &self.settings {
            let name = quote_identifier(name);
            // By way of its own session: a list as it is written there is no list as a statement writes it.
            let sql = format!(
                "begin; select pg_catalog.set_config('{name}', '{}', true); \
                 alter role {ROLE} in database {} set {name} from current; commit",
                value.replace('\'', "''"),
                self.database,
            );
            if let Err(error) = self.maker.batch_execute(&sql).await {
                planner::query(&self.maker, "go on", "rollback", &[]).await?;
                // A setting of another version.
                if error.code() != Some(&SqlState::UNDEFINED_OBJECT) {
                    return Err(ShadowError::sql("take over settings")(error));
                }
            }
        }
        let address = self.ground.address();
        let dsn = format!(
            "host='{}' port={} user={ROLE} dbname={}",
            address.socket_dir.display(),
            address.port,
            self.database
        );
        let unreachable = |message: String| ShadowError::Sql {
            doing: "open it as a database",
            code: "08000".to_owned(),
            message,
        };
        let dsn = Dsn::parse(&dsn.into()).map_err(|error| unreachable(error.to_string()))?;
        let settings = DatabaseSettings::new(
            self.database.clone(),
            Source::Server(Box::new(dsn)),
            Environment::Development,
        );
        let databases = Databases::new(vec![settings], None);
        databases.get(None).map(Arc::clone).map_err(|error| unreachable(error.to_string()))
    }

    /// Whether its server has the major version that the snapshot is of.
    pub fn major(&self) -> u16 {
        self.ground.major
    }

    /// How many plans were made.
    pub fn explains(&self) -> u64 {
        self.explains
    }

    /// Makes these indexes (`create index …`), all in one go. For each what came of it; no plan has any of them unless it
    /// asks for it.
    pub async fn prepare(
        &mut self,
        ddl: &[String],
    ) -> Result<Vec<Result<Prepared, ShadowError>>, ShadowError> {
        let parsed: Vec<Result<(RelationName, String), ShadowError>> = ddl
            .iter()
            .map(|one| match Change::parse(one)? {
                Change::CreateIndex { table, sql } => Ok((table, sql)),
                _ => Err(NotAllowed::index().into()),
            })
            .collect();
        let mut affected = BTreeSet::new();
        for (table, _) in parsed.iter().flatten() {
            affected.extend(self.with_partitions(table));
        }
        let affected: Vec<u32> = affected.into_iter().collect();
        self.shorten(&affected)?;
        let built = self.build(&parsed).await;
        self.lengthen(&affected).await?;
        let mut built = built?.into_iter();
        let mut outcomes = Vec::new();
        let mut trees: Vec<Vec<Made>> = Vec::new();
        let mut places = Vec::new();
        for (place, one) in parsed.into_iter().enumerate() {
            let made = match one {
                Ok(_) => {
                    built.next().unwrap_or_else(|| Err(ShadowError::Unknown { name: ddl[place].clone() }))
                }
                Err(error) => Err(error),
            };
            match made {
                Ok(tree) => {
                    places.push(place);
                    trees.push(tree);
                    outcomes.push(None);
                }
                Err(error) => outcomes.push(Some(error)),
            }
        }
        let new: Vec<u32> = trees.iter().flatten().map(|made| made.oid).collect();
        self.switch(&new, false).await?;
        let expressions: Vec<u32> =
            trees.iter().flatten().filter(|made| made.has_expressions).map(|made| made.oid).collect();
        let known = |table, column: &str| self.tables.get(&table)?.relation.statistics_of(column);
        let derived = match expressions.as_slice() {
            [] => BTreeSet::new(),
            some => expression::derive(&self.maker, &self.planner, some, known).await?,
        };
        let parts = parts(&self.maker, &new).await?;
        let mut prepared = HashMap::new();
        for (place, tree) in places.into_iter().zip(trees) {
            prepared.insert(place, self.finish(&ddl[place], tree, &parts, &derived).await?);
        }
        Ok(outcomes
            .into_iter()
            .enumerate()
            .map(|(place, failed)| match (failed, prepared.remove(&place)) {
                (Some(error), _) => Err(error),
                (None, Some(prepared)) => Ok(prepared),
                (None, None) => Err(ShadowError::Unknown { name: ddl[place].clone() }),
            })
            .collect())
    }

    /// Plans a statement with these candidates, and without these indexes of the snapshot (by the OIDs they have there). A
    /// statement with parameters gets its generic plan.
    pub async fn plan(
        &mut self,
        sql: &Admitted,
        with: &[CandidateId],
        without: &[u32],
    ) -> Result<Plan, ShadowError> {
        let on: BTreeSet<u32> =
            with.iter().filter_map(|id| self.candidates.get(id.0)).flatten().copied().collect();
        let mut off: BTreeSet<u32> =
            self.candidates.iter().flatten().copied().filter(|oid| !on.contains(oid)).collect();
        off.extend(without.iter().filter_map(|oid| self.indexes.get(oid)));
        let (hide, show): (Vec<u32>, Vec<u32>) =
            (off.difference(&self.off).copied().collect(), self.off.difference(&off).copied().collect());
        self.switch(&hide, false).await?;
        self.switch(&show, true).await?;
        self.off = off;
        let json = self.explain(sql).await?;
        Ok(Plan::from_json(&json)?)
    }

    /// The OID in the snapshot of an index of that name.
    pub fn index(&self, name: &RelationName) -> Option<u32> {
        let found = self.index_names.iter().find(|(known, _)| {
            known.name == name.name && (name.schema.is_none() || known.schema == name.schema)
        });
        found.map(|(_, oid)| *oid)
    }

    /// Makes a change. An index and a dropped one count where a plan says so; everything else from now on.
    pub async fn apply(&mut self, change: &Change) -> Result<Applied, ShadowError> {
        match change {
            Change::CreateIndex { sql, .. } => {
                let made = self.prepare(std::slice::from_ref(sql)).await?.pop();
                made.unwrap_or_else(|| Err(ShadowError::Unknown { name: sql.clone() })).map(Applied::Index)
            }
            Change::DropIndex { indexes } => {
                let found = indexes.iter().map(|name| {
                    self.index(name).ok_or_else(|| ShadowError::Unknown { name: name.to_string() })
                });
                Ok(Applied::Without(found.collect::<Result<_, _>>()?))
            }
            Change::Constraint { table, sql } => self.constrain(table, sql).await,
            Change::Statistics { sql } => self.gather(sql).await,
            Change::Set { name, value } => {
                let sql = "select pg_catalog.set_config($1, $2, false)";
                let params: &[(&(dyn ToSql + Sync), Type)] = &[(name, Type::TEXT), (value, Type::TEXT)];
                planner::query(&self.planner, "change a setting", sql, params).await?;
                Ok(Applied::Done { note: None })
            }
        }
    }

    /// Removes it now. Dropped, it goes when the next one is made, or with its server.
    pub async fn close(self) {
        drop(self);
    }

    async fn constrain(&mut self, table: &RelationName, sql: &str) -> Result<Applied, ShadowError> {
        let affected = self.with_partitions(table);
        if affected.is_empty() {
            return Err(ShadowError::Unknown { name: table.to_string() });
        }
        let newest = self.newest_index().await?;
        self.shorten(&affected)?;
        let made = self.run_built("change a constraint", sql).await;
        self.lengthen(&affected).await?;
        made?;
        let new = self.made_after(newest).await?;
        let oids: Vec<u32> = new.iter().map(|made| made.oid).collect();
        let parts = parts(&self.maker, &oids).await?;
        for made in &new {
            self.size(made, &parts, None).await?;
        }
        Ok(Applied::Done { note: None })
    }

    async fn gather(&mut self, sql: &str) -> Result<Applied, ShadowError> {
        let newest = extended::newest(&self.maker).await?;
        self.run_built("make statistics", sql).await?;
        let major = self.ground.major;
        self.builder().await?;
        let Some(builder) = &self.builder else { return Ok(Applied::Done { note: None }) };
        let hands = Hands { maker: &self.maker, builder, planner: &self.planner, major };
        let mut note = None;
        for made in extended::made_after(&self.maker, newest).await? {
            let Some(table) = self.tables.get(&made.relation) else { continue };
            self.shorten(&[made.relation])?;
            let filled = made.fill(&hands, &table.relation).await;
            self.lengthen(&[made.relation]).await?;
            note = Some(filled?);
        }
        Ok(Applied::Done { note })
    }

    async fn run_built(&mut self, doing: &'static str, sql: &str) -> Result<(), ShadowError> {
        self.builder().await?.batch_execute(sql).await.map_err(ShadowError::sql(doing))
    }

    async fn builder(&mut self) -> Result<&Client, ShadowError> {
        if self.builder.is_none() {
            let builder = self.ground.address().planner(&self.database).await?;
            planner::adopt(&builder, &self.settings).await?;
            self.builder = Some(builder);
        }
        self.builder.as_ref().ok_or(ShadowError::Unknown { name: "builder".to_owned() })
    }

    /// A table of that name with its partitions and children, by their OIDs here.
    fn with_partitions(&self, name: &RelationName) -> Vec<u32> {
        let named = |relation: &Relation| {
            relation.name == name.name && name.schema.as_ref().is_none_or(|schema| *schema == relation.schema)
        };
        let mut found: Vec<u32> =
            self.tables.iter().filter(|(_, table)| named(&table.relation)).map(|(oid, _)| *oid).collect();
        let mut at = 0;
        while let Some(parent) = found.get(at).and_then(|oid| self.tables.get(oid)) {
            let children = self.tables.iter().filter(|(_, table)| {
                let parents = &table.relation.parents;
                parents
                    .iter()
                    .any(|one| one.schema == parent.relation.schema && one.name == parent.relation.name)
            });
            let children: Vec<u32> =
                children.map(|(oid, _)| *oid).filter(|oid| !found.contains(oid)).collect();
            found.extend(children);
            at += 1;
        }
        found
    }

    /// Cuts tables to their real rows, so that an index over them is built at once.
    fn shorten(&self, tables: &[u32]) -> Result<(), ShadowError> {
        for (path, real) in tables.iter().filter_map(|oid| self.tables.get(oid)?.file.as_ref()) {
            files::resize(path, *real)?;
        }
        Ok(())
    }

    /// Gives them back their length, and what making an index wrote over.
    async fn lengthen(&self, tables: &[u32]) -> Result<(), ShadowError> {
        let tables = tables.iter().filter_map(|oid| self.tables.get(oid));
        let mut figures = Vec::new();
        for table in tables {
            if let Some((path, real)) = &table.file {
                files::resize(path, table.relation.figures.blocks.max(*real))?;
            }
            figures.extend(figures_of(&table.relation));
        }
        let json = Value::from(figures).to_string();
        let sql = include_str!("materialise/write_figures.sql");
        planner::query(&self.maker, "write sizes", sql, &[(&json, Type::TEXT)]).await.map(drop)
    }

    /// Builds them; the indexes that each statement made, the whole table's first.
    async fn build(
        &mut self,
        wanted: &[Result<(RelationName, String), ShadowError>],
    ) -> Result<Vec<Result<Vec<Made>, ShadowError>>, ShadowError> {
        let statements: Vec<&str> = wanted.iter().flatten().map(|(_, sql)| sql.as_str()).collect();
        let newest = self.newest_index().await?;
        let builder = self.builder().await?;
        if builder.batch_execute(&statements.join(";\n")).await.is_ok() {
            let made = self.made_after(newest).await?;
            let trees = trees(made);
            if trees.len() == statements.len() {
                return Ok(trees.into_iter().map(Ok).collect());
            }
        }
        let mut built = Vec::new();
        for sql in statements {
            let newest = self.newest_index().await?;
            match self.builder().await?.batch_execute(sql).await {
                Ok(()) => {
                    let made = trees(self.made_after(newest).await?).into_iter().next();
                    built.push(made.ok_or_else(|| ShadowError::Unknown { name: sql.to_owned() }));
                }
                Err(error) => built.push(Err(ShadowError::sql("build the index")(error))),
            }
        }
        Ok(built)
    }

    async fn newest_index(&self) -> Result<u32, ShadowError> {
        let rows = self.maker.query_typed(include_str!("newest_index.sql"), &[]).await;
        let rows = rows.map_err(ShadowError::sql("look at its indexes"))?;
        Ok(rows.first().map_or(0, |row| row.get("newest")))
    }

    async fn made_after(&self, newest: u32) -> Result<Vec<Made>, ShadowError> {
        let rows = self.maker.query_typed(include_str!("prepared.sql"), &[(&newest, Type::OID)]).await;
        Ok(rows.map_err(ShadowError::sql("look at its indexes"))?.iter().map(Made::of).collect())
    }

    async fn finish(
        &mut self,
        ddl: &str,
        tree: Vec<Made>,
        parts: &HashMap<u32, Vec<Part>>,
        derived: &BTreeSet<u32>,
    ) -> Result<Prepared, ShadowError> {
        let mut bytes = 0;
        for made in &tree {
            let share = match &made.predicate {
                Some(predicate) => Some(self.rows_where(made, predicate).await?),
                None => None,
            };
            bytes += self.size(made, parts, share).await?;
        }
        let id = CandidateId(self.candidates.len());
        self.off.extend(tree.iter().map(|made| made.oid));
        self.candidates.push(tree.iter().map(|made| made.oid).collect());
        let unknown =
            |made: &&Made| made.has_expressions && made.path.is_some() && !derived.contains(&made.oid);
        let assumed = tree.iter().find(unknown).map(|_| {
            "the values of its expression are not known: estimates for them are PostgreSQL's defaults"
                .to_owned()
        });
        Ok(Prepared {
            id,
            ddl: ddl.to_owned(),
            names: tree.iter().map(|made| made.name.name.clone()).collect(),
            size_bytes: bytes,
            method: tree.first().map(|made| made.method.clone()).unwrap_or_default(),
            assumed,
        })
    }

    /// The planner's own estimate of the rows that a partial index holds.
    async fn rows_where(&self, made: &Made, predicate: &str) -> Result<f64, ShadowError> {
        let Some(table) = self.tables.get(&made.relation) else { return Ok(0.0) };
        let name = quote_relation(&table.relation.qualified());
        let sql = format!("explain (format json) select from only {name} where {predicate}");
        let rows =
            self.planner.query_typed(&sql, &[]).await.map_err(ShadowError::sql("estimate a predicate"))?;
        let json: Text = rows.first().map_or_else(|| Text(String::new()), |row| row.get(0));
        let plan = Plan::from_json(&json.0)?;
        Ok(plan.root().estimate.rows)
    }

    /// Makes an index as large as it would be, and says how many bytes that is.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "estimates")]
    async fn size(
        &self,
        made: &Made,
        parts: &HashMap<u32, Vec<Part>>,
        rows: Option<f64>,
    ) -> Result<u64, ShadowError> {
        let (Some(path), Some(table)) = (&made.path, self.tables.get(&made.relation)) else { return Ok(0) };
        let none = Vec::new();
        let parts = parts.get(&made.oid).unwrap_or(&none);
        let all = table.relation.figures.rows();
        let rows = rows.unwrap_or(all);
        let heap_pages = table.relation.figures.blocks as f64;
        let size = match gin_keys(made, &table.relation) {
            Some(keys) => size::gin_of(rows, heap_pages, &keys),
            None => modelled(made, rows, all, heap_pages, parts),
        };
        extend_index(&self.ground.cluster.data_dir().join(path), &made.method, size.blocks(), parts, false)?;
        let (pages, tuples) = (size.pages as i32, rows as f32);
        let params: &[(&(dyn ToSql + Sync), Type)] =
            &[(&made.oid, Type::OID), (&pages, Type::INT4), (&tuples, Type::FLOAT4)];
        planner::query(&self.maker, "write sizes", include_str!("write_size.sql"), params).await?;
        Ok(size.bytes())
    }

    async fn switch(&self, indexes: &[u32], on: bool) -> Result<(), ShadowError> {
        if indexes.is_empty() {
            return Ok(());
        }
        let params: &[(&(dyn ToSql + Sync), Type)] = &[(&indexes, Type::OID_ARRAY), (&on, Type::BOOL)];
        planner::query(&self.maker, "switch indexes", include_str!("switch.sql"), params).await.map(drop)
    }

    async fn explain(&mut self, sql: &Admitted) -> Result<String, ShadowError> {
        if sql.kind() != StatementKind::Query {
            return Err(NotAllowed::query().into());
        }
        self.explains += 1;
        if sql.parameters() == 0 {
            return self.planned(&format!("explain (format json, verbose, settings) {}", sql.sql())).await;
        }
        let name = format!("pgwright_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.planned("set plan_cache_mode = force_generic_plan").await?;
        self.planned(&format!("prepare {name} as {}", sql.sql())).await?;
        let arguments = vec!["null"; usize::from(sql.parameters())].join(", ");
        let plan = self
            .planned(&format!("explain (format json, verbose, settings) execute {name}({arguments})"))
            .await;
        self.planned(&format!("deallocate {name}")).await?;
        self.planned("reset plan_cache_mode").await?;
        plan
    }

    /// One statement of the planner's role, by the protocol that takes one only.
    async fn planned(&self, text: &str) -> Result<String, ShadowError> {
        let rows = planner::query(&self.planner, "plan the statement", text, &[]).await?;
        Ok(rows.first().map(|row| row.get::<_, Text>(0).0).unwrap_or_default())
    }
}

impl Drop for Shadow {
    fn drop(&mut self) {
        self.ground.abandon(&self.database);
    }
}

/// An index that was made here.
#[derive(Debug, Clone)]
struct Made {
    top: u32,
    oid: u32,
    relation: u32,
    name: RelationName,
    method: String,
    path: Option<String>,
    predicate: Option<String>,
    has_expressions: bool,
    pages_per_range: i32,
    classes: String,
    /// Nothing for an expression.
    columns: Vec<Option<String>>,
}

impl Made {
    fn of(row: &Row) -> Self {
        Self {
            top: row.get("top"),
            oid: row.get("oid"),
            relation: row.get("relation"),
            name: RelationName::qualified(row.get::<_, String>("schema"), row.get::<_, String>("name")),
            method: row.get("method"),
            path: row.get::<_, Option<String>>("path").filter(|_| row.get::<_, &str>("kind") == "i"),
            predicate: row.get("predicate"),
            has_expressions: row.get("has_expressions"),
            pages_per_range: row.get("pages_per_range"),
            classes: row.get("classes"),
            columns: row.get("columns"),
        }
    }
}

fn trees(made: Vec<Made>) -> Vec<Vec<Made>> {
    let mut trees: Vec<Vec<Made>> = Vec::new();
    for one in made {
        match trees.last_mut().filter(|tree| tree.first().is_some_and(|first| first.top == one.top)) {
            Some(tree) => tree.push(one),
            None => trees.push(vec![one]),
        }
    }
    trees
}

/// What the keys of a GIN index over one column are, where its statistics tell.
fn gin_keys(made: &Made, table: &Relation) -> Option<size::Keys> {
    let [Some(column)] = made.columns.as_slice() else { return None };
    let statistics = table.statistics_of(column).filter(|_| made.method == "gin")?;
    size::Keys::of(statistics, &made.classes).filter(size::Keys::are_known)
}

fn modelled(made: &Made, rows: f64, all: f64, heap_pages: f64, parts: &[Part]) -> Size {
    let width: f64 = parts.iter().map(|part| part.width_bytes * (1.0 - part.null_ratio)).sum();
    match made.method.as_str() {
        "hash" => size::hash(rows),
        "brin" => size::brin(heap_pages, f64::from(made.pages_per_range), parts),
        "gin" => {
            // Keys in a value by its width: a trigram at each character, a word in eight bytes, a member in twelve.
            let (keys, distinct) = match () {
                () if made.classes.contains("trgm") => (width, 20_000.0),
                () if made.classes.contains("tsvector") => (width / 8.0, rows.sqrt() * 30.0),
                () if made.classes.contains("jsonb") => (width / 10.0, rows.sqrt() * 30.0),
                () => (((width - 20.0) / 8.0).max(1.0), rows.sqrt() * 10.0),
            };
            size::gin(rows, heap_pages, keys, distinct, 8.0)
        }
        "btree" => size::btree(rows, all, parts),
        _ => size::gist(rows, parts),
    }
}

/// A value whose binary form is its text.
struct Text(String);

impl<'a> FromSql<'a> for Text {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
