//! What the catalogue says of names and OIDs, as plain values. The statements of one step travel together: one round trip.

use futures_util::{join, try_join};
use pgwright_sql::guard::Admitted;
use pgwright_sql::guard::builtin::{Standing, by_name, standing};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};

use super::survey::Wanted;
use crate::errors::DatabaseError;
use crate::session::ReadSession;

/// OIDs below are given out when a cluster is made: what has one is built in.
pub(super) const FIRST_OF_USERS: u32 = 16384;

/// Compared with what the query says by operators that are looked up by sign although the statement shows none.
const UNWRITTEN_SIGNS: &[&str] = &["=", "<>", "<", "<=", ">", ">="];

/// What the names of a statement lead to.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// What was committed before any of it was looked up; `None` where the server can't tell.
    pub(super) snapshot: Snapshot,
    pub(super) relations: Vec<NamedRelation>,
    pub(super) others: Vec<Named>,
}

#[derive(Debug)]
pub(super) struct NamedRelation {
    pub(super) relation: Relation,
    /// The type of its rows, and of arrays of them.
    pub(super) row_types: Vec<u32>,
    /// Nothing stands behind it.
    pub(super) is_plain: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    /// `relkind`.
    pub(super) kind: String,
}

#[derive(Debug)]
pub(super) struct Named {
    pub(super) class: Class,
    pub(super) oid: u32,
    pub(super) name: String,
    /// The types that it takes; of a cast, from which to which.
    pub(super) operands: Vec<u32>,
    /// The type of what it gives, where it gives something.
    pub(super) gives: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Function,
    /// A function of one argument that the name of a field calls.
    Field,
    Operator,
    Type,
    Cast {
        is_implicit: bool,
        /// Whether a function does it.
        calls: bool,
    },
    /// A default operator class of B-trees or hashes: sorts and groups values of a type.
    Sorting,
    /// A function of any type that can make values of its arguments' types.
    Maker,
}

/// What stands behind OIDs.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) relations: Vec<RelationFacts>,
    pub(super) functions: Vec<FunctionFacts>,
    pub(super) unnamed: Vec<UnnamedFacts>,
    pub(super) types: Vec<TypeFacts>,
}

#[derive(Debug)]
pub(super) struct RelationFacts {
    pub(super) relation: Relation,
    /// The role whose rights hold for what a view reads; 0 is the session's own.
    pub(super) reads_as: u32,
    pub(super) extension: Option<String>,
    pub(super) types: Vec<u32>,
    /// The trees of a view's query.
    pub(super) queries: Vec<String>,
    /// The trees of the policies that hold for who reads.
    pub(super) policies: Vec<String>,
    /// Partitions and inheriting tables.
    pub(super) children: Vec<u32>,
    /// What it is a partition or child of, at any remove: schemas and names.
    pub(super) parents: Vec<(String, String)>,
    /// The operator classes of a partition key that are not built in.
    pub(super) keys: Vec<u32>,
    /// The trees of a partition key's expressions.
    pub(super) key_expressions: Vec<String>,
    /// The operator classes of its indexes that neither are built in nor came with an extension.
    pub(super) index_keys: Vec<u32>,
    /// The trees of indexes and extended statistics that mention what is not built in.
    pub(super) computed: Vec<String>,
    /// The trees of its checks that mention what is not built in.
    pub(super) table_checks: Vec<String>,
    /// Planning looks at the checks, whatever the statement.
    pub(super) is_excluded_by_checks: bool,
}

/// A function as a call of it is judged.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) arguments: String,
    pub(super) is_volatile: bool,
    /// PostgreSQL made it with a range type, to put its values together.
    pub(super) is_constructor: bool,
    pub(super) extension: Option<String>,
}

#[derive(Debug)]
pub(super) struct FunctionFacts {
    pub(super) called: Called,
    /// A method of `tablesample`.
    pub(super) samples: bool,
    pub(super) returns: u32,
    pub(super) takes: Vec<u32>,
    /// A built-in function has the same name.
    pub(super) has_namesake: bool,
    /// Takes a type that a literal may be taken for.
    pub(super) takes_strings: bool,
    /// The functions that an aggregate is made of.
    pub(super) support: Vec<u32>,
}

/// What runs without being called by its name: an operator, a cast, a sort order.
#[derive(Debug)]
pub(super) struct UnnamedFacts {
    /// Its class in words.
    pub(super) class: String,
    /// E.g. `===`, `app.cents to text`.
    pub(super) shown: String,
    /// The types that it takes and gives.
    pub(super) types: Vec<u32>,
    pub(super) called: Called,
}

#[derive(Debug)]
pub(super) struct TypeFacts {
    pub(super) oid: u32,
    pub(super) shown: String,
    pub(super) parts: Vec<u32>,
    /// The types of the values that one of its values is made of.
    pub(super) contains: Vec<u32>,
    /// The trees of a domain's constraints.
    pub(super) checks: Vec<String>,
    /// What reads and writes its values.
    pub(super) functions: Vec<u32>,
}

/// What is committed, as PostgreSQL writes it.
pub(super) type Snapshot = Option<String>;

async fn snapshot(client: &Client) -> Result<Snapshot, Error> {
    let rows = client.query_typed(include_str!("snapshot.sql"), &[]).await?;
    Ok(rows.first().and_then(|row| row.get("snapshot")))
}

/// Has PostgreSQL parse a text, then says what was committed when it had; in one round trip.
pub(super) async fn parsed(
    session: &ReadSession,
    text: &str,
) -> Result<(Statement, Snapshot), DatabaseError> {
    session
        .lease
        .run("parsing a query", |client| async move {
            // In this order: they are sent as they are first polled.
            let (statement, snapshot) = join!(client.prepare(text), snapshot(client));
            Ok((statement?, snapshot?))
        })
        .await
}

/// Looks up the names of a statement.
pub(super) async fn names(session: &ReadSession, sql: &Admitted) -> Result<Names, DatabaseError> {
    let relation_schemas: Vec<_> = sql.relations().iter().map(|name| name.schema.as_deref()).collect();
    let relation_names: Vec<_> = sql.relations().iter().map(|name| name.name.as_str()).collect();
    let calls = || sql.calls().iter().map(|call| &call.function);
    let schemas: Vec<_> = calls().map(|name| name.schema.as_deref()).collect();
    let functions: Vec<_> = calls().map(|name| name.name.as_str()).collect();
    let known: Vec<_> = calls().map(|name| standing(name) == Standing::Allowed).collect();
    let arguments: Vec<_> = sql.calls().iter().map(|call| call.arguments.map(i32::from)).collect();
    let fields: Vec<_> = sql.attributes().iter().map(String::as_str).collect();
    let known_fields: Vec<_> = fields.iter().map(|name| by_name(name) != Standing::Foreign).collect();
    let signs: Vec<_> =
        sql.operators().iter().map(String::as_str).chain(UNWRITTEN_SIGNS.iter().copied()).collect();
    // `name(x)` and `x.name` may also be casts.
    let casts = || sql.functions().iter().map(|name| (name.schema.as_deref(), name.name.as_str()));
    let types = sql.types().iter().map(|name| (name.schema.as_deref(), name.name.as_str()));
    let (type_schemas, types): (Vec<_>, Vec<_>) =
        types.chain(casts()).chain(fields.iter().map(|&name| (None, name))).unzip();

    let text: Type = Type::TEXT_ARRAY;
    let relation_params: [Param<'_>; 2] =
        [(&relation_schemas, text.clone()), (&relation_names, text.clone())];
    let other_params: [Param<'_>; 9] = [
        (&schemas, text.clone()),
        (&functions, text.clone()),
        (&known, Type::BOOL_ARRAY),
        (&arguments, Type::INT4_ARRAY),
        (&fields, text.clone()),
        (&known_fields, Type::BOOL_ARRAY),
        (&signs, text.clone()),
        (&type_schemas, text.clone()),
        (&types, text),
    ];
    let (snapshot, relations, others) = session
        .lease
        .run("looking up names", |client| async move {
            // In this order: they are sent as they are first polled.
            try_join!(
                snapshot(client),
                rows(
                    client,
                    include_str!("named_relations.sql"),
                    relation_params,
                    !sql.relations().is_empty()
                ),
                rows(client, include_str!("named.sql"), other_params, true),
            )
        })
        .await?;
    Ok(Names {
        snapshot,
        relations: relations.iter().map(named_relation).collect(),
        others: others.iter().filter_map(named).collect(),
    })
}

/// Looks up a relation with those whose rows are its own.
pub(super) async fn kin(session: &ReadSession, oid: u32) -> Result<Vec<Relation>, DatabaseError> {
    let rows = session.query(include_str!("kin.sql"), &[(&oid, Type::OID)]).await?;
    Ok(rows.iter().map(relation).collect())
}

/// Looks up what stands behind OIDs.
pub(super) async fn facts(session: &ReadSession, wanted: &Wanted) -> Result<Facts, DatabaseError> {
    let (oids, roles): (Vec<u32>, Vec<u32>) = wanted.relations.iter().map(|one| (one.oid, one.role)).unzip();
    let functions: Vec<u32> = wanted.functions.iter().map(|one| one.oid).collect();
    let unnamed = !(wanted.operators.is_empty() && wanted.casts.is_empty() && wanted.sortings.is_empty());
    let list = Type::OID_ARRAY;
    let (relations, functions, unnamed, types) = session
        .lease
        .run("looking up what names lead to", |client| {
            let (oids, roles, functions, list) = (&oids, &roles, &functions, &list);
            async move {
                try_join!(
                    rows(
                        client,
                        include_str!("relations.sql"),
                        [(oids, list.clone()), (roles, list.clone())],
                        !oids.is_empty()
                    ),
                    rows(
                        client,
                        include_str!("functions.sql"),
                        [(functions, list.clone())],
                        !functions.is_empty()
                    ),
                    rows(
                        client,
                        include_str!("unnamed.sql"),
                        [
                            (&wanted.operators, list.clone()),
                            (&wanted.casts, list.clone()),
                            (&wanted.sortings, list.clone())
                        ],
                        unnamed
                    ),
                    rows(
                        client,
                        include_str!("types.sql"),
                        [(&wanted.types, list.clone())],
                        !wanted.types.is_empty()
                    ),
                )
            }
        })
        .await?;
    Ok(Facts {
        relations: relations.iter().map(relation_facts).collect(),
        functions: functions.iter().map(function_facts).collect(),
        unnamed: unnamed.iter().map(unnamed_facts).collect(),
        types: types.iter().map(type_facts).collect(),
    })
}

type Param<'a> = (&'a (dyn ToSql + Sync), Type);

async fn rows<const N: usize>(
    client: &Client,
    sql: &'static str,
    params: [Param<'_>; N],
    wanted: bool,
) -> Result<Vec<Row>, Error> {
    if wanted { client.query_typed(sql, &params).await } else { Ok(Vec::new()) }
}

fn named_relation(row: &Row) -> NamedRelation {
    NamedRelation { relation: relation(row), row_types: row.get("row_types"), is_plain: row.get("is_plain") }
}

fn relation(row: &Row) -> Relation {
    Relation { oid: row.get("oid"), schema: schema(row), name: row.get("name"), kind: row.get("kind") }
}

fn named(row: &Row) -> Option<Named> {
    let class = match row.get("class") {
        "function" => Class::Function,
        "field" => Class::Field,
        "operator" => Class::Operator,
        "type" => Class::Type,
        "implicit cast" => Class::Cast { is_implicit: true, calls: true },
        "implicit relabelling" => Class::Cast { is_implicit: true, calls: false },
        "explicit cast" => Class::Cast { is_implicit: false, calls: true },
        "sorting" => Class::Sorting,
        "maker" => Class::Maker,
        _ => return None,
    };
    let (name, operands) = (row.get("name"), row.get("operands"));
    Some(Named { class, oid: row.get("oid"), name, operands, gives: row.get("gives") })
}

fn relation_facts(row: &Row) -> RelationFacts {
    RelationFacts {
        relation: relation(row),
        reads_as: row.get("reads_as"),
        extension: row.get("extension"),
        types: row.get("types"),
        queries: row.get("queries"),
        policies: row.get("policies"),
        children: row.get("children"),
        parents: parents(row),
        keys: row.get("keys"),
        key_expressions: row.get("key_expressions"),
        index_keys: row.get("index_keys"),
        computed: row.get("computed"),
        table_checks: row.get("table_checks"),
        is_excluded_by_checks: row.get("is_excluded_by_checks"),
    }
}

fn parents(row: &Row) -> Vec<(String, String)> {
    let names: Vec<String> = row.get("parents");
    names.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

fn called(row: &Row, oid: &str) -> Called {
    Called {
        oid: row.get(oid),
        schema: schema(row),
        name: row.get("name"),
        arguments: row.get("arguments"),
        is_volatile: row.get("is_volatile"),
        is_constructor: row.get("is_constructor"),
        extension: row.get("extension"),
    }
}

fn function_facts(row: &Row) -> FunctionFacts {
    FunctionFacts {
        called: called(row, "oid"),
        samples: row.get("samples"),
        returns: row.get("returns"),
        takes: row.get("takes"),
        has_namesake: row.get("has_namesake"),
        takes_strings: row.get("takes_strings"),
        support: row.get("support"),
    }
}

fn unnamed_facts(row: &Row) -> UnnamedFacts {
    UnnamedFacts {
        class: row.get("class"),
        shown: row.get("shown"),
        types: row.get("types"),
        called: called(row, "function"),
    }
}

fn type_facts(row: &Row) -> TypeFacts {
    TypeFacts {
        oid: row.get("oid"),
        shown: row.get("shown"),
        parts: row.get("parts"),
        contains: row.get("contains"),
        checks: row.get("checks"),
        functions: row.get("functions"),
    }
}

/// `regnamespace` writes a name as SQL does.
fn schema(row: &Row) -> String {
    let written: &str = row.get("schema");
    match written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => written.to_owned(),
    }
}
