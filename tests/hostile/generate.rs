//! Random SQL along the guard's border: harmless queries whose parts are, now and then, a dangerous function with plausible
//! arguments, an operator or cast of the user's, a write, a lock, or an odd spelling.
//!
//! Functions, operators and relations come from the server's own catalogue, so that what it can do is reached.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use tokio_postgres::Client;

/// What statements are made of.
#[derive(Debug)]
pub struct World {
    /// Built-in functions that PostgreSQL does not call volatile.
    harmless: Vec<Function>,
    /// Every other function and procedure.
    others: Vec<Function>,
    operators: Vec<Operator>,
    relations: Vec<Relation>,
    types: Vec<String>,
    settings: Vec<String>,
}

#[derive(Debug, Clone)]
struct Function {
    schema: String,
    name: String,
    arguments: Vec<String>,
    aggregate: bool,
}

#[derive(Debug, Clone)]
struct Operator {
    schema: String,
    sign: String,
    left: String,
    right: String,
}

#[derive(Debug, Clone)]
struct Relation {
    name: String,
    columns: Vec<String>,
}

impl World {
    /// Reads what there is.
    pub async fn of(client: &Client) -> Arc<Self> {
        let functions = client.query(include_str!("functions.sql"), &[]).await.unwrap();
        let (harmless, others) = functions.iter().partition::<Vec<_>, _>(|row| row.get("harmless"));
        let read = |rows: Vec<&tokio_postgres::Row>| {
            rows.into_iter()
                .map(|row| Function {
                    schema: row.get("schema"),
                    name: row.get("name"),
                    arguments: row.get("arguments"),
                    aggregate: row.get("aggregate"),
                })
                .collect()
        };
        let operators = client.query(include_str!("operators.sql"), &[]).await.unwrap();
        let relations = client.query(include_str!("relations.sql"), &[]).await.unwrap();
        let strings = async |sql: &str| {
            let rows = client.query(sql, &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
        };
        Arc::new(Self {
            harmless: read(harmless),
            others: read(others),
            operators: operators
                .iter()
                .map(|row| Operator {
                    schema: row.get(0),
                    sign: row.get(1),
                    left: row.get(2),
                    right: row.get(3),
                })
                .collect(),
            relations: relations.iter().map(|row| Relation { name: row.get(0), columns: row.get(1) }).collect(),
            types: strings("select format_type(oid, null) from pg_type where typtype in ('b', 'd', 'e') and typcategory <> 'X' and typelem = 0").await,
            settings: strings("select name from pg_settings").await,
        })
    }
}

/// A statement; `places` says what names in `«»` mean.
pub fn statements(world: &Arc<World>, places: &BTreeMap<&'static str, String>) -> BoxedStrategy<String> {
    let directory = places["dir"].clone();
    let query = query(world, 2);
    let framed = prop_oneof![
        24 => query.clone(),
        1 => query.clone().prop_map(|query| format!("explain {query}")),
        1 => query.clone().prop_map(|query| format!("explain (analyze, verbose) {query}")),
        1 => select(world.settings.clone()).prop_map(|name| format!("show {name}")),
        1 => (query.clone(), write()).prop_map(|(query, write)| format!("with w as ({write}) {query}")),
        1 => (query.clone(), write()).prop_map(|(query, write)| format!("{query}; {write}")),
        1 => (write(), any::<bool>()).prop_map(|(write, explain)| if explain { format!("explain analyze {write}") } else { write }),
        1 => (query.clone(), select(LOCKS)).prop_map(|(query, lock)| format!("{query} {lock}")),
        1 => (query, prop::bool::ANY).prop_map(|(query, first)| {
            if first { query.replacen(" from ", " into left_behind from ", 1) } else { format!("copy ({query}) to '«dir»/copied'") }
        }),
    ];
    let dressing = prop::collection::vec(select(GAPS), 4);
    (framed, prop::bool::weighted(0.2), dressing)
        .prop_map(move |(sql, dressed, gaps)| {
            let sql = sql.replace("«dir»", &directory);
            if dressed { dress(&sql, &gaps) } else { sql }
        })
        .boxed()
}

const LOCKS: &[&str] = &["for update", "for share nowait", "for key share skip locked", "for no key update"];
const GAPS: &[&str] =
    &[" ", "\n", "\t", "/**/", " /* ; */ ", " -- x\n", "/* /* nested */ */", "\r\n", " --'\r"];

fn write() -> impl Strategy<Value = String> {
    select(&[
        "delete from customers returning id",
        "update customers set balance = 0 returning id",
        "insert into numbered values (1) returning 1",
        "drop table customers",
        "truncate customers",
        "select set_config('work_mem', '1GB', false)",
        "merge into customers c using orders o on c.id = o.customer_id when matched then delete",
        "call leave_procedure('x')",
        "do $$ begin delete from customers; end $$",
        "notify heard",
        "vacuum customers",
        "set role analyst",
        "commit",
        "create table left_behind as select 1",
        "refresh materialized view order_summary",
        "select lo_create(0)",
    ])
    .prop_map(str::to_owned)
}

/// Replaces spaces outside of quotes.
fn dress(sql: &str, gaps: &[&str]) -> String {
    let (mut quoted, mut named, mut at) = (false, false, 0);
    let mut dressed = String::new();
    for character in sql.chars() {
        match character {
            '\'' if !named => quoted = !quoted,
            '"' if !quoted => named = !named,
            ' ' if !quoted && !named => {
                dressed += gaps[at % gaps.len()];
                at += 1;
                continue;
            }
            _ => {}
        }
        dressed.push(character);
    }
    dressed
}

fn query(world: &Arc<World>, depth: u32) -> BoxedStrategy<String> {
    let relation = select(world.relations.clone());
    let simple = {
        let world = Arc::clone(world);
        (relation, any::<u8>())
            .prop_flat_map(move |(relation, shape)| select_from(&world, &relation, shape, depth))
    };
    let bare = prop::collection::vec(value(world, &[], depth), 1..3)
        .prop_map(|values| format!("select {}", values.join(", ")));
    let rows = prop::collection::vec(value(world, &[], depth), 1..3)
        .prop_map(|values| format!("values ({})", values.join(", ")));
    let table = (call(world, &[], depth), 0..4_u8).prop_map(|(call, shape)| match shape {
        0 => format!("select * from {call} f"),
        1 => format!("select * from rows from ({call}, generate_series(1, 2)) with ordinality f"),
        2 => format!("select f.* from customers c, lateral {call} f limit 3"),
        _ => format!("select count(*) from {call}"),
    });
    if depth == 0 {
        return prop_oneof![simple, bare].boxed();
    }
    let below = query(world, depth - 1);
    let composed = (below.clone(), below, 0..8_u8).prop_map(|(first, second, shape)| match shape {
        0 => format!("({first}) union all ({second})"),
        1 => format!("({first}) except ({second})"),
        2 => format!("with a as ({first}) select * from a"),
        3 => format!("with a as materialized ({first}), b as ({second}) select count(*) from a, b"),
        4 => format!("select exists ({first}), array({second})"),
        5 => format!("select * from ({first}) x limit 5"),
        6 => format!("select * from ({first}) x, lateral ({second}) y limit 5"),
        _ => format!("select 1 where exists ({first}) or ({second}) is null"),
    });
    prop_oneof![5 => simple, 3 => bare, 1 => rows, 2 => table, 3 => composed].boxed()
}

fn select_from(world: &Arc<World>, relation: &Relation, shape: u8, depth: u32) -> BoxedStrategy<String> {
    let name = relation.name.clone();
    let columns: Vec<String> = relation.columns.iter().map(|column| format!("t.{column}")).collect();
    let one = value(world, &columns, depth);
    let condition = condition(world, &columns, depth);
    (prop::collection::vec(one.clone(), 1..3), condition, one)
        .prop_map(move |(values, condition, other)| {
            let list = values.join(", ");
            match shape % 12 {
                0 | 1 => format!("select {list} from {name} t limit 5"),
                2 | 3 => format!("select {list} from {name} t where {condition} limit 5"),
                4 => format!("select {list} from {name} t order by {other} limit 5"),
                5 => format!("select count(*) from {name} t group by {other} limit 5"),
                6 => format!("select count(*) filter (where {condition}) from {name} t"),
                7 => format!("select distinct on ({other}) {list} from {name} t limit 5"),
                8 => format!("select count(*) from {name} t join (select 1 as x) y on {condition}"),
                9 => format!("select {list}, row_number() over (partition by {other}) from {name} t limit 5"),
                10 => format!("select t.*, {list} from {name} t limit 5"),
                _ => format!("table {name} limit 5"),
            }
        })
        .boxed()
}

fn condition(world: &Arc<World>, columns: &[String], depth: u32) -> BoxedStrategy<String> {
    let one = value(world, columns, depth);
    (one.clone(), one, 0..5_u8)
        .prop_map(|(left, right, shape)| match shape {
            0 => format!("{left} is not null"),
            1 => format!("({left})::text = ({right})::text"),
            2 => format!("({left})::text like '%1%'"),
            3 => format!("coalesce(({left})::text, '') <> '' and ({right})::text is not null"),
            _ => format!("({left})::text in ('1', ({right})::text)"),
        })
        .boxed()
}

/// An expression over these columns.
pub fn expression(world: &Arc<World>, columns: &[String]) -> BoxedStrategy<String> {
    value(world, columns, 1)
}

fn value(world: &Arc<World>, columns: &[String], depth: u32) -> BoxedStrategy<String> {
    let leaf = if columns.is_empty() {
        select(LITERALS).prop_map(str::to_owned).boxed()
    } else {
        prop_oneof![2 => select(columns.to_vec()), 1 => select(LITERALS).prop_map(str::to_owned)].boxed()
    };
    if depth == 0 {
        return leaf;
    }
    let below = value(world, columns, depth - 1);
    let cast =
        (below.clone(), select(world.types.clone()), 0..4_u8).prop_map(|(inner, to, shape)| match shape {
            0 => format!("cast({inner} as {to})"),
            1 => format!("({inner})::text::{to}"),
            2 => format!("null::{to}"),
            _ => format!("array[({inner})::{to}]"),
        });
    let operated = (select(world.operators.clone()), 0..5_u8).prop_flat_map(|(operator, shape)| {
        (argument(&operator.left), argument(&operator.right)).prop_map(move |(left, right)| {
            let left = if operator.left == "-" { String::new() } else { left };
            match shape {
                0 => format!("({left} operator({}.{}) {right})", operator.schema, operator.sign),
                1 => format!("({left} {} any (array[{right}]))", operator.sign),
                _ => format!("({left} {} {right})", operator.sign),
            }
        })
    });
    let shaped = (below.clone(), below, 0..8_u8).prop_map(|(one, two, shape)| match shape {
        0 => format!("case when ({one})::text is null then ({two})::text end"),
        1 => format!("coalesce(({one})::text, ({two})::text)"),
        2 => format!("(select {one})"),
        3 => format!("array[({one})::text, ({two})::text]"),
        4 => format!("row({one}, {two})"),
        5 => format!("to_json({one})"),
        6 => format!("({one}) is distinct from null"),
        _ => format!("xmlforest(({one})::text as a)"),
    });
    prop_oneof![4 => leaf, 6 => call(world, columns, depth - 1), 2 => cast, 2 => operated, 2 => shaped]
        .boxed()
}

const LITERALS: &[&str] = &[
    "1",
    "0",
    "-1",
    "42",
    "1.5",
    "'x'",
    "'customers'",
    "null",
    "true",
    "date '2024-01-01'",
    "interval '1 day'",
    "'{\"a\": 1}'::jsonb",
    "array[1, 2]",
    "U&'d\\0061ta'",
    "$$text$$",
    "E'a\\nb'",
    "'{1,2}'",
    "now()",
    "current_user",
    "'«dir»/secret.txt'",
    "b'101'",
];

/// A call, spelled in one of many ways.
fn call(world: &Arc<World>, columns: &[String], depth: u32) -> BoxedStrategy<String> {
    let function = prop_oneof![
        5 => select(world.harmless.clone()),
        1 => select(world.others.clone()),
    ];
    let columns = columns.to_vec();
    let world = Arc::clone(world);
    (function, 0..16_u8)
        .prop_flat_map(move |(function, spelling)| {
            let nested = value(&world, &columns, depth.min(1));
            let arguments: Vec<_> = function
                .arguments
                .iter()
                .map(|kind| {
                    let cast = kind.clone();
                    let nested = nested.clone().prop_map(move |inner| {
                        if cast.starts_with("any") || cast == "\"any\"" {
                            inner
                        } else {
                            format!("({inner})::text::{cast}")
                        }
                    });
                    prop_oneof![4 => argument(kind), 1 => nested].boxed()
                })
                .collect();
            arguments.prop_map(move |arguments| spell(&function, &arguments, spelling))
        })
        .boxed()
}

fn spell(function: &Function, arguments: &[String], spelling: u8) -> String {
    let (schema, name, list) = (&function.schema, &function.name, arguments.join(", "));
    match (spelling, arguments) {
        (0, _) => format!("{schema}.\"{name}\"({list})"),
        (1, _) => format!("U&\"{}\"({list})", unicode(name)),
        (2, _) => format!("{}({list})", name.to_uppercase()),
        (3, _) => format!("{name} /* x */ ({list})"),
        (4, [only]) if !function.aggregate => format!("({only}).{name}"),
        (5, [only]) if !function.aggregate => format!("((select {only})).\"{name}\""),
        (6, [first, ..]) if function.aggregate => {
            format!("{name}({list}) filter (where {first} is not null)")
        }
        (7, [_, ..]) if function.aggregate => format!("{name}(distinct {list})"),
        (8, [_, ..]) if function.aggregate => format!("{name}({list}) over ()"),
        (9, _) => format!("{schema}.{name}({list})"),
        (10, [_, ..]) if !function.aggregate => format!("({name}({list}))::text"),
        _ => format!("\"{name}\"({list})").replacen('"', "", 2),
    }
}

fn unicode(name: &str) -> String {
    name.chars()
        .map(|character| if character == '_' { "\\005f".to_owned() } else { character.to_string() })
        .collect()
}

/// A plausible value of that type.
fn argument(kind: &str) -> BoxedStrategy<String> {
    let choices: &'static [&'static str] = match kind {
        "integer" | "smallint" | "bigint" => &["0", "1", "2", "7", "-1", "1000", "1259"],
        "numeric" | "double precision" | "real" => &["0", "1", "2.5", "-3", "0.5"],
        "text" | "character varying" | "name" | "cstring" | "character" | "\"char\"" => &[
            "'x'",
            "'customers'",
            "'numbers'",
            "'«dir»/marked'",
            "'«dir»/secret.txt'",
            "'select leave_volatile(''x'')'",
            "'work_mem'",
            "'delete from customers'",
            "'dbname=trap'",
            "'a b c'",
            "'left_behind'",
            "'kept'",
            "'%s'",
            "'yes'",
        ],
        "boolean" => &["true", "false"],
        "oid" => &["1259", "1000", "0", "1260", "'customers'::regclass::oid"],
        "regclass" => &["'customers'", "'numbers'", "'pg_authid'", "'readings_at'", "'customers_pkey'"],
        "regproc" | "regprocedure" => &["'leave_volatile(text)'::regprocedure", "'now()'::regprocedure"],
        "regtype" => &["'int4'", "'one'"],
        "timestamp with time zone" | "timestamp without time zone" | "date" => {
            &["'2024-05-01'", "'infinity'", "now()::timestamp"]
        }
        "time without time zone" | "time with time zone" => &["'10:00'"],
        "interval" => &["interval '1 day'", "interval '0'"],
        "json" | "jsonb" => &["'{\"a\": [1, 2]}'", "'[1]'", "'1'"],
        "jsonpath" => &["'$.a'", "'$[*]'"],
        "xml" => &["'<a>x</a>'"],
        "bytea" => &["'\\x6162'", "''"],
        "uuid" => &["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"],
        "inet" | "cidr" => &["'10.0.0.0/8'"],
        "pg_lsn" => &["'0/1'", "'FF/0'"],
        "xid" | "xid8" => &["'1'"],
        "tid" => &["'(0,1)'"],
        "tsvector" => &["'a b'"],
        "tsquery" => &["'a & b'"],
        "text[]" | "name[]" | "character varying[]" => &["array['a', 'b']", "'{}'"],
        "integer[]" | "bigint[]" | "smallint[]" => &["array[1, 2]"],
        "oid[]" => &["array[1000]::oid[]"],
        "point" => &["'(1,2)'"],
        "box" | "path" | "polygon" => &["'((0,0),(1,1))'"],
        "lseg" => &["'[(0,0),(1,1)]'"],
        "line" => &["'{1,2,3}'"],
        "circle" => &["'<(0,0),1>'"],
        "bit" | "bit varying" => &["b'101'"],
        "money" => &["'1'"],
        "refcursor" => &["'c'"],
        "mark" => &["row('a')::mark"],
        "one" => &["'one'"],
        "customers" => &["(select c from customers c limit 1)"],
        "labels" => &["(select l from labels l limit 1)"],
        "anyarray" | "anycompatiblearray" => &["array[1, 2]", "array['a']"],
        "anyrange" | "anycompatiblerange" | "int4range" => &["int4range(1, 3)"],
        "anymultirange" | "int4multirange" => &["int4multirange(int4range(1, 3))"],
        "record" => &["row(1, 'a')"],
        _ if kind.starts_with("any") || kind == "\"any\"" => &["1", "'x'::text", "2.5"],
        _ => return Just(format!("null::{kind}")).boxed(),
    };
    let cast = if kind.starts_with("any") || kind == "record" || kind == "\"any\"" || kind == "cstring" {
        String::new()
    } else {
        format!("::{kind}")
    };
    select(choices).prop_map(move |choice| format!("({choice}){cast}")).boxed()
}
