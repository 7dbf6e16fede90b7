//! Two dozen canaries: secrets and personal values, planted where pgwright meets such, that must come out nowhere: in no
//! answer, no error, not on standard error at its most talkative, not in the audit trail, not in the process title.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Client, Configuration, Database, Era, Trail, command_lines, pgwright};

/// Recognisable, and with a letter and a digit, as real ones.
fn canary(number: u8) -> String {
    format!("kanary{number:02}x7f3a")
}

/// What a caller sends himself may come back to him, but is written down nowhere.
const SENT: [u8; 4] = [17, 18, 19, 20];

/// Says that values do come through where nothing hides them.
const CONTROL: &str = "plainly visible";

fn shop() -> String {
    let [email, phone, note, password, api_key, body] = [4, 5, 6, 7, 8, 9].map(canary);
    let [integer, json, date, mood, twice, common, mapping] = [10, 11, 12, 13, 14, 15, 16].map(canary);
    let [default, check, predicate, bound] = [21, 22, 23, 24].map(canary);
    format!(
        "create table customers (id int primary key, email text, phone text, note text, password text, api_key text,
                                 body text, shown text);
         insert into customers
         select n, '{email}@shop.example', '{phone}', '{note}', '{password}', '{api_key}',
                'written by {body}@corp.example', '{CONTROL}'
         from generate_series(1, 3) n;
         create table loose (id int primary key, i text, j text, d text, m text);
         insert into loose values (1, '{integer}', '{json}', '{date}', '{mood}');
         create type mood as enum ('good', 'bad');
         create table members (id int primary key, handle text, city text);
         insert into members select n, '{twice}', '{common}' from generate_series(1, 200) n;
         alter table customers alter column note set default '{default}', add check (phone <> '{check}');
         create index on members (city) where handle = '{predicate}';
         create index on members (lower(city)) where handle <> '{predicate}';
         create table cases (id int, who text) partition by list (who);
         create table cases_of_one partition of cases for values in ('{bound}');
         create view of_one as select id from cases where who = '{bound}';
         create foreign data wrapper elsewhere;
         create server far foreign data wrapper elsewhere;
         create user mapping for postgres server far options (user 'me', password '{mapping}');
         analyze"
    )
}

struct House {
    client: Client,
    trail: Trail,
    complaints: PathBuf,
    config: Configuration,
    said: String,
}

impl House {
    async fn open(shop: &Database) -> Self {
        let config = Configuration::new(&format!(
            "default_database: shop
databases:
  shop:
    dsn: '{} password=${{env:PGWRIGHT_TEST_CANARY}}'
    environment: development
    masking:
      columns:
        public.customers.email: partial
        public.customers.phone: 'null'
        public.customers.note: hash
        public.members.handle: constant
        public.members.city: hash
        public.cases.who: constant
  elsewhere:
    dsn: 'postgres://me:${{file:secret}}@127.0.0.1:1/shop'
    environment: development
",
            shop.dsn()
        ));
        private(&config.folder().join("secret"), &canary(2));
        let (trail, complaints) = (Trail::new(), config.folder().join("stderr"));
        let mut server = pgwright(
            &[&["--config", config.path(), "--log", "trace"], &trail.arguments()[..], &["serve"]].concat(),
        );
        server.env("PGWRIGHT_TEST_CANARY", canary(1));
        let client = Client::with_stderr_in(&complaints, server, Era::Sessions).await;
        Self { client, trail, complaints, config, said: String::new() }
    }

    /// Calls, and remembers all that comes back. Whether it was answered.
    async fn call(&mut self, tool: &str, arguments: Value) -> bool {
        let (text, answered) = match self.client.call(tool, arguments).await {
            Ok(answer) => (format!("{}\n{}", answer.text, answer.structured), true),
            Err(failure) => (format!("{}\n{}", failure.text, failure.error), false),
        };
        self.said.push_str(&text);
        answered
    }

    async fn ask(&mut self, sql: &str) -> bool {
        self.call("run_query", json!({ "sql": sql, "format": "rows" })).await
    }
}

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// The command lines of all processes that were started with this configuration.
fn process_titles(config: &Configuration) -> String {
    command_lines().into_iter().filter(|title| title.contains(config.path())).collect()
}

#[tokio::test]
async fn canaries_come_out_nowhere() {
    let shop = Database::with(&shop()).await;
    let mut house = House::open(&shop).await;

    assert!(house.ask("select * from customers").await);
    assert!(house.ask("select * from members limit 5").await);
    assert!(house.ask("select body, shown from customers").await);
    for refused in [
        "select c from customers c",
        "select upper(email) from customers",
        "select id from customers where phone like 'k%'",
        "select i::int from loose",
        "select j::jsonb from loose",
        "select d::date from loose",
        "select m::mood from loose",
        "select id from customers where id = (select i::int from loose)",
        "select umoptions from pg_user_mapping",
        "select * from pg_user_mappings",
        "select most_common_vals from pg_stats where tablename = 'members'",
    ] {
        assert!(!house.ask(refused).await, "{refused}");
    }
    house.call("run_query", json!({ "sql": "select 1", "database": "elsewhere" })).await;
    for tool in ["table_stats", "describe_schema"] {
        for table in
            ["public.customers", "public.members", "public.cases", "public.cases_of_one", "public.of_one"]
        {
            assert!(house.call(tool, json!({ "table": table })).await, "{tool}");
        }
    }
    // Rows that fail are shown as samples.
    for (table, column) in [("members", "handle"), ("customers", "body"), ("customers", "password")] {
        let checks = json!([{ "type": "regex", "column": column, "pattern": "^never$" }]);
        let answered = house
            .call("run_quality_check", json!({ "table": format!("public.{table}"), "checks": checks }))
            .await;
        assert!(answered, "{table}.{column}\n{}", house.said);
    }
    for (sql, is_answered) in [
        ("select id from members where city > 'a'", false),
        ("select id from members where city = $1 and handle = $2 order by id", true),
        ("select handle, count(*) from members group by handle order by count(*)", true),
        ("select id from cases", true),
        ("select id from of_one", false),
    ] {
        assert_eq!(
            house.call("explain_query", json!({ "sql": sql })).await,
            is_answered,
            "{sql}\n{}",
            house.said
        );
        assert!(house.call("suggest_index", json!({ "statements": [{ "sql": sql }] })).await, "{sql}");
    }
    let values = json!({ "table": "public.members", "values": true });
    assert!(house.call("table_stats", values).await);

    let [literal, parameter, name, unknown] = SENT.map(canary);
    house.ask(&format!("select id from customers where shown = '{literal}'")).await;
    house.ask(&format!("selec '{literal}'")).await;
    let parameterised = json!({ "sql": "select id from members where id::text = $1", "params": [parameter] });
    house.call("run_query", parameterised.clone()).await;
    house.call("explain_query", parameterised).await;
    house.call("table_stats", json!({ "table": name })).await;
    house.call("table_stats", json!({ "nonsense": unknown })).await;

    // A connection string that cannot be read must not be told either.
    let broken = format!("postgres://me:{}@db.example.org/shop?nonsense=1", canary(3));
    let output = pgwright(&["--log", "trace", "call", "table_stats"])
        .env("DATABASE_URL", broken)
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    house.said.push_str(&String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));

    let titles = process_titles(&house.config);
    assert!(titles.contains("pgwright"), "the server is seen");
    let (trail, complaints) = (house.trail.text(), fs::read_to_string(&house.complaints).unwrap());
    assert!(house.said.contains(CONTROL), "what is not hidden does come through");
    assert!(trail.contains("run_query") && !complaints.is_empty());
    let places = [
        ("answers", &house.said),
        ("the audit trail", &trail),
        ("standard error", &complaints),
        ("titles", &titles),
    ];
    let mut seen = Vec::new();
    for number in 1..=24 {
        for (place, text) in places {
            if place == "answers" && SENT.contains(&number) {
                continue;
            }
            if let Some(line) = text.lines().find(|line| line.contains(&canary(number))) {
                seen.push(format!("canary {number} in {place}: {}", &line[..line.len().min(400)]));
            }
        }
    }
    assert!(seen.is_empty(), "{}", seen.join("\n"));
}
