//! The proof of the masks: two databases that differ in nothing but what is masked. Whatever is let through gives the same
//! answer of both, to the byte: rows, errors, plans with their estimates.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio_postgres::NoTls;

use super::grammar::{Constants, Grammar};
use crate::hostile::World;
use crate::support::{Client, Configuration, Database, Era, OLDER};

const TABLES: &str = "
    create table customers (
        id int primary key, name text, email text, born date, salary int, note text, badge text, vip bool, tags text[],
        doc jsonb, email_lower text generated always as (lower(email)) stored,
        email_size int generated always as (ascii(right(email, 16)) + ascii(substr(email, 2))) stored
    );
    create table orders (id int primary key, customer_id int references customers, total numeric, email text);
    create table tokens (customer_badge text, note text);
    create view contacts as select c.id, c.email as contact, c.name from customers c join orders o on o.customer_id = c.id;
    create view renamed (key, reach) as select id, contact from contacts;
    create materialized view copied as select id, email from customers;
    create view in_condition as select id, name from customers where email like 'a%';
    create view mixed as select id, name, upper(email) as shout from customers;
    create view harmless as select id, name from customers where id > 2;
    create table events (day date, who text, amount int) partition by range (day);
    create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
    create table animals (id int, keeper text);
    create table dogs (breed text) inherits (animals);
    create index on customers (email);
    create index on customers (born);
    create index on customers (name, salary);
    create index on customers (salary, id);
    create index on orders (customer_id);";

const MASKING: &str = "
        public.customers.email: partial
        public.customers.born: {bucket: year}
        public.customers.salary: {bucket: 1000}
        public.customers.note: 'null'
        public.customers.badge: hash
        public.customers.vip: partial
        public.customers.tags: constant
        public.customers.doc: constant
        public.tokens.customer_badge: hash
        public.events.who: 'null'
        public.dogs.keeper: constant";

/// What the masked values of a twin are made of: an expression over text for texts, and one for numbers.
#[derive(Debug, Clone, Copy)]
struct Secret {
    text: &'static str,
    hexadecimal: &'static str,
    added: u32,
}

const LEFT: Secret = Secret { text: "md5('left' || ?)", hexadecimal: "md5('left' || ?)", added: 0 };
/// Other values in another order.
const OTHER: Secret = Secret { text: "md5('right' || ?)", hexadecimal: "md5('right' || ?)", added: 7 };
/// Other values, of which each has the rank, the length and the frequency that the left twin's has.
const SHIFTED: Secret = Secret {
    text: "translate(md5('left' || ?), '0123456789abcdef', '123456789abcdefg')",
    hexadecimal: "md5('left' || ?)",
    added: 30,
};

/// Rows whose masked values are made of `secret`: what is shown of them does not depend on it.
fn rows(secret: Secret) -> String {
    let of = |what: &str| secret.text.replace('?', what);
    let number = |what: &str| {
        let digits = secret.hexadecimal.replace('?', what);
        format!("('x' || substr({digits}, 1, 7))::bit(28)::int")
    };
    let added = secret.added;
    format!(
        "insert into customers (id, name, email, born, salary, note, badge, vip, tags, doc)
         select n, 'name ' || n % 9,
                case when n % 11 > 0 then chr(97 + n % 26) || {email} || '@canary.example' end,
                date '1980-01-01' + make_interval(years => n % 5) + make_interval(days => {day} % 300 + {added}),
                51000 + n % 7 * 1000 + {salary} % 900 + {added},
                {note}, {badge}, {vip} % 2 = 0, array[{tag}, 'x'], jsonb_build_object('k', {doc})
         from generate_series(1, 300) n;
         insert into orders select n, n % 300 + 1, n % 40, 'order' || n % 6 || '@plain.example'
         from generate_series(1, 600) n;
         insert into tokens select badge, 'token' from customers where id % 2 = 0;
         insert into events select date '2024-01-01' + n, {who}, n % 5 from generate_series(1, 50) n;
         insert into dogs select n, {who}, 'pug' from generate_series(1, 20) n;
         refresh materialized view copied;
         vacuum analyze",
        email = of("n % 90"),
        day = number("n + 1000"),
        salary = number("n + 2000"),
        note = of("n % 7"),
        badge = of("n % 30"),
        vip = number("n + 3000"),
        tag = of("n % 13"),
        doc = of("n % 17"),
        who = of("n % 4"),
    )
}

/// Which of the databases a call goes to. `Left` and `Same` are alike in all, `Right` differs in what is masked.
#[derive(Debug, Clone, Copy)]
enum Twin {
    Left,
    Same,
    Right,
}

impl Twin {
    fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Same => "same",
            Self::Right => "right",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Door {
    Rows,
    Explain,
    ExplainText,
    Analyze,
    Advice,
}

struct Twins {
    client: Client,
    world: Arc<World>,
    _databases: Vec<Database>,
    _configuration: Configuration,
}

#[derive(Debug, Default)]
struct Tally {
    asked: usize,
    answered: BTreeMap<Door, usize>,
    /// Answers in which something masked stands.
    hiding: usize,
    /// Differences that the twin that is alike in all shows too.
    noise: Vec<String>,
    leaks: Vec<String>,
    /// Why statements were not answered.
    codes: BTreeMap<String, usize>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} statements, answered {:?}, {} of them with masked values, {} different by themselves, {} leaks; {:?}",
            self.asked,
            self.answered,
            self.hiding,
            self.noise.len(),
            self.leaks.len(),
            self.codes
        )
    }
}

/// Which pages vacuum found visible to all is of the moment, and index-only scans are estimated by it; so all are, and no
/// vacuum comes after.
const SETTLED: &str = "
    update pg_class set relallvisible = relpages where relkind in ('r', 'm') and oid >= 16384;
    update pg_class set reloptions = '{autovacuum_enabled=off}' where relkind in ('r', 'm') and oid >= 16384;
";

impl Twins {
    /// `right` makes what is masked in the twin that differs.
    async fn of(major: u16, right: Secret, is_masked: bool) -> Self {
        let mut databases = Vec::new();
        let mut entries = String::new();
        for (twin, secret) in [(Twin::Left, LEFT), (Twin::Same, LEFT), (Twin::Right, right)] {
            let database = Database::on(major).await;
            database.execute(TABLES).await;
            for statement in rows(secret).split(';') {
                database.execute(statement).await;
            }
            database.execute(SETTLED).await;
            let masking = if is_masked {
                format!("    masking:\n      columns:{MASKING}\n")
            } else {
                "    masking: {detect: false}\n".to_owned()
            };
            let (name, dsn) = (twin.name(), database.dsn());
            entries += &format!("  {name}:\n    dsn: '{dsn}'\n    environment: development\n{masking}");
            databases.push(database);
        }
        let configuration = Configuration::new(&format!("default_database: left\ndatabases:\n{entries}"));
        let client = Client::launch(&["--config", configuration.path(), "serve"], Era::Sessions).await;
        let (plain, connection) = tokio_postgres::connect(&databases[0].dsn(), NoTls).await.unwrap();
        tokio::spawn(connection);
        let world = World::of(&plain).await;
        Self { client, world, _databases: databases, _configuration: configuration }
    }

    /// What comes back, without what is new each time; and whether it is an answer.
    async fn ask(&self, twin: Twin, door: Door, sql: &str) -> (bool, Value) {
        let (tool, mut arguments) = match door {
            Door::Rows => ("run_query", json!({ "sql": sql, "limit": 200, "format": "rows" })),
            Door::ExplainText => ("run_query", json!({ "sql": format!("explain {sql}"), "format": "rows" })),
            Door::Explain => ("explain_query", json!({ "sql": sql, "detail": "full" })),
            Door::Analyze => ("explain_query", json!({ "sql": sql, "analyze": true, "detail": "full" })),
            Door::Advice => ("suggest_index", json!({ "statements": [{ "sql": sql }] })),
        };
        arguments["database"] = json!(twin.name());
        match self.client.call(tool, arguments).await {
            Ok(answer) => {
                let mut structured = answer.structured;
                if door == Door::Analyze {
                    structured = counts(&structured);
                }
                if let Some(totals) = structured.get_mut("totals").and_then(Value::as_object_mut) {
                    totals.remove("ms");
                }
                // How often an index was scanned depends on what was asked before, and when the server counts it.
                if let Some(drops) = structured.get_mut("drops").and_then(Value::as_array_mut) {
                    drops.retain(|drop| {
                        !drop["reason"].as_str().unwrap_or_default().starts_with("not scanned")
                    });
                }
                (true, anonymous(structured))
            }
            Err(failure) => (false, failure.error),
        }
    }

    /// Asks both twins, and the third where they differ.
    async fn compare(&self, door: Door, sql: &str) -> Compared {
        let ((answered, left), (_, right)) =
            tokio::join!(self.ask(Twin::Left, door, sql), self.ask(Twin::Right, door, sql));
        let hides = left.get("hidden").is_some();
        let code = (!answered).then(|| left["code"].as_str().unwrap_or_default().to_owned());
        if std::env::var("DBG").is_ok_and(|wanted| code.as_ref().is_some_and(|code| *code == wanted)) {
            eprintln!("{sql}\n   {}", left["message"]);
        }
        if left == right {
            return Compared { answered, code, hides, difference: Difference::None };
        }
        let (_, same) = self.ask(Twin::Same, door, sql).await;
        let difference = if same == left {
            Difference::Leak(format!("{door:?}: {sql}\n  {left}\n  {right}"))
        } else {
            Difference::Noise(format!("{door:?}: {sql}\n  {left}\n  {same}"))
        };
        Compared { answered, code, hides, difference }
    }

    async fn fuzz(&self, doors: &[Door], constants: Constants, count: usize, seed: u8) -> Tally {
        let random = StdRng::seed_from_u64(u64::from(seed));
        let mut grammar = Grammar::new(random, Arc::clone(&self.world), seed, constants);
        let mut tally = Tally::default();
        let asked: Vec<(Door, String)> = (0..count)
            .flat_map(|_| {
                let sql = grammar.statement();
                doors.iter().map(move |door| (*door, sql.clone())).collect::<Vec<_>>()
            })
            .collect();
        tally.asked = asked.len();
        let compared = stream::iter(&asked).map(|(door, sql)| self.compare(*door, sql)).buffered(3);
        let compared: Vec<Compared> = compared.collect().await;
        for ((door, _), compared) in asked.iter().zip(compared) {
            *tally.answered.entry(*door).or_default() += usize::from(compared.answered);
            tally.hiding += usize::from(compared.answered && compared.hides);
            if let Some(code) = compared.code {
                *tally.codes.entry(code).or_default() += 1;
            }
            match compared.difference {
                Difference::None => {}
                Difference::Noise(noise) => tally.noise.push(noise),
                Difference::Leak(leak) => tally.leaks.push(leak),
            }
        }
        tally
    }
}

struct Compared {
    answered: bool,
    code: Option<String>,
    hides: bool,
    difference: Difference,
}

enum Difference {
    None,
    /// Of the moment, not of the data.
    Noise(String),
    Leak(String),
}

/// Hashes under the process's key, numbered in the order in which they come.
fn anonymous(value: Value) -> Value {
    let text = value.to_string();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut parts = text.split("\"h:");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hash, rest) = part.split_at(16);
        let next = numbers.len();
        plain += &format!("\"h:{}{rest}", numbers.entry(hash).or_insert(next));
    }
    serde_json::from_str(&plain).unwrap()
}

/// What a measured plan counts, without its times.
fn counts(structured: &Value) -> Value {
    let nodes = structured["plan"]["nodes"].as_array();
    let rows = |node: &Value| {
        let figures = node.as_object().into_iter().flatten();
        let counted = figures.filter(|(name, _)| name.ends_with("_rows") || *name == "loops");
        json!(counted.collect::<BTreeMap<_, _>>())
    };
    nodes.into_iter().flatten().map(rows).collect()
}

/// `PGWRIGHT_FUZZ` says how many statements.
fn wanted(of_all: usize) -> usize {
    std::env::var("PGWRIGHT_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(of_all)
}

fn seed() -> u8 {
    std::env::var("PGWRIGHT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

fn major() -> u16 {
    std::env::var("PGWRIGHT_POSTGRES").ok().and_then(|major| major.parse().ok()).unwrap_or(OLDER)
}

#[tokio::test]
async fn answers_do_not_depend_on_masked_values() {
    let twins = Twins::of(major(), OTHER, true).await;
    let tally = twins.fuzz(&[Door::Rows], Constants::Written, wanted(1_000), seed()).await;
    eprintln!("{tally}");
    assert!(tally.leaks.is_empty(), "{}\n{tally}", tally.leaks.join("\n"));
    // What is refused altogether, or reads nothing masked, proves nothing.
    assert!(tally.answered[&Door::Rows] * 5 >= tally.asked, "{tally}");
    assert!(tally.hiding * 10 >= tally.asked, "{tally}");
    assert!(tally.noise.len() * 50 <= tally.asked, "{}\n{tally}", tally.noise.join("\n"));
}

/// Plans that hold constants show estimates of what is plain alone.
#[tokio::test]
async fn plans_do_not_depend_on_masked_values() {
    let twins = Twins::of(major(), SHIFTED, true).await;
    let doors = [Door::Explain, Door::ExplainText, Door::Analyze];
    let tally = twins.fuzz(&doors, Constants::Written, wanted(1_000) / 10, seed()).await;
    eprintln!("{tally}");
    assert!(tally.leaks.is_empty(), "{}\n{tally}", tally.leaks.join("\n"));
    assert!(doors.iter().all(|door| tally.answered[door] * 5 >= tally.asked / doors.len()), "{tally}");
    // Which pages vacuum found visible to all is of the moment, and index-only scans are estimated by it.
    assert!(tally.noise.len() * 8 <= tally.asked, "{}\n{tally}", tally.noise.join("\n"));
}

/// Plans for any values of parameters show the shape of the statistics: how many values there are, and how often the most
/// common ones stand, and not which these are.
#[tokio::test]
async fn plans_for_any_parameters_show_the_shape_of_masked_columns_alone() {
    let twins = Twins::of(major(), SHIFTED, true).await;
    let doors = [Door::Explain, Door::Advice];
    let tally = twins.fuzz(&doors, Constants::Parameters, wanted(1_000) / 10, seed()).await;
    eprintln!("{tally}");
    assert!(tally.leaks.is_empty(), "{}\n{tally}", tally.leaks.join("\n"));
    assert!(doors.iter().all(|door| tally.answered[door] * 4 >= tally.asked / doors.len()), "{tally}");
}

/// Without masks, the same statements tell the twins apart: so they can.
#[tokio::test]
async fn the_twins_can_be_told_apart_without_masks() {
    let twins = Twins::of(major(), OTHER, false).await;
    let doors = [Door::Rows, Door::Explain];
    let tally = twins.fuzz(&doors, Constants::Written, 150, seed()).await;
    assert!(tally.leaks.len() * 12 >= tally.asked, "{tally}");
}
