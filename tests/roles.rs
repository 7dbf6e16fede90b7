//! `pgwright roles` and `pgwright doctor`: what the printed SQL gives is tried out in PostgreSQL itself, as the roles it
//! makes; what doctor finds is what was planted.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio_postgres::NoTls;

use crate::support::{Client, Configuration, Database, Era, NEWER, OLDER, pgwright};

/// Two schemas, functions that everybody may call, and rows worth protecting.
const SHOP: &str = "
    create schema sales;
    create table sales.orders (id int primary key, status text not null, total numeric(10, 2));
    insert into sales.orders
    select g, case when g % 10 = 0 then 'open' else 'paid' end, g from generate_series(1, 5000) g;
    create function sales.act_as_owner() returns bigint language sql security definer
        as 'select count(*) from sales.orders';
    create schema sink;
    create table sink.feed (id serial primary key, note text);
    create table sink.parent (id int primary key);
    analyze;
";

/// A database with the roles of one environment, whose names begin with its own.
struct Shop {
    database: Database,
    prefix: String,
}

impl Shop {
    async fn new(major: u16, environment: &str) -> Self {
        let database = Database::on(major).await;
        database.execute(SHOP).await;
        let prefix = database.name().to_owned();
        let shop = Self { database, prefix };
        shop.run(&shop.script(environment).await).await;
        shop
    }

    /// What `pgwright roles` prints for it.
    async fn script(&self, environment: &str) -> String {
        let arguments = [
            "roles",
            "--environment",
            environment,
            "--schema",
            "sales",
            "--sink-schema",
            "sink",
            "--role-prefix",
            &self.prefix,
            "--database",
            &self.prefix,
        ];
        let output = pgwright(&arguments).output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a script as a person does.
    async fn run(&self, script: &str) {
        let psql = Command::new("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &self.database.dsn(), "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        // A machine whose PostgreSQL was fetched has no psql; the script has none of its commands either.
        let Ok(mut psql) = psql else { return self.database.execute(script).await };
        psql.stdin.take().unwrap().write_all(script.as_bytes()).await.unwrap();
        let output = psql.wait_with_output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn role(&self, purpose: &str) -> String {
        format!("{}_{purpose}", self.prefix)
    }

    fn dsn(&self, purpose: &str) -> String {
        self.database.dsn_as(&self.role(purpose))
    }

    async fn client(&self, purpose: &str, environment: &str) -> Client {
        Client::launch(&["--dsn", &self.dsn(purpose), "--environment", environment, "serve"], Era::Sessions)
            .await
    }

    /// Runs statements as a role, without pgwright and in transactions that may write: what PostgreSQL itself says.
    async fn attempt(&self, purpose: &str, sql: &str) -> Result<(), String> {
        let (client, connection) = tokio_postgres::connect(&self.dsn(purpose), NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute("set default_transaction_read_only = off").await.unwrap();
        let outcome = client.batch_execute(sql).await;
        drop(client);
        connection.await.unwrap().unwrap();
        outcome.map_err(|error| error.code().map_or(error.to_string(), |code| code.code().to_owned()))
    }

    async fn value(&self, purpose: &str, sql: &str) -> String {
        let (client, connection) = tokio_postgres::connect(&self.dsn(purpose), NoTls).await.unwrap();
        tokio::spawn(connection);
        client.query_one(sql, &[]).await.unwrap().get(0)
    }
}

/// Everything that the script may change, as one value.
const PRIVILEGES: &str = "
    select md5(string_agg(line, E'\\n' order by line)) from (
        select to_jsonb(r) - 'oid' || jsonb_build_object('settings', (
                   select jsonb_agg(s.setconfig order by s.setconfig) from pg_db_role_setting s where s.setrole = r.oid
               )) #>> '{}' as line
        from pg_roles r where starts_with(r.rolname, current_database() || '_')
        union all
        select c.oid::regclass || (select string_agg(a::text, ' ' order by a::text) from unnest(c.relacl) a)
        from pg_class c where c.relacl is not null
        union all
        select p.oid::regprocedure || (select coalesce(string_agg(a::text, ' ' order by a::text), '') from unnest(p.proacl) a)
        from pg_proc p where p.proacl is not null
        union all
        select n.nspname || (select string_agg(a::text, ' ' order by a::text) from unnest(n.nspacl) a) from pg_namespace n
        union all
        select d.datname || (select string_agg(a::text, ' ' order by a::text) from unnest(d.datacl) a)
        from pg_database d where d.datname = current_database()
        union all
        select f.defaclnamespace::text || f.defaclobjtype::text || (select string_agg(a::text, ' ' order by a::text) from unnest(f.defaclacl) a)
        from pg_default_acl f
    ) lines (line)";

#[tokio::test]
async fn the_script_runs_as_it_is_and_a_second_time_changes_nothing() {
    for major in [OLDER, NEWER] {
        for environment in ["development", "staging", "production"] {
            let shop = Shop::new(major, environment).await;
            let once: String = shop.database.value(PRIVILEGES).await;
            shop.run(&shop.script(environment).await).await;
            let twice: String = shop.database.value(PRIVILEGES).await;
            assert_eq!(once, twice, "{environment} on {major}");
        }
    }
}

#[tokio::test]
async fn a_script_for_another_database_changes_nothing() {
    let shop = Shop::new(OLDER, "development").await;
    let other = Database::new().await;
    let script = shop.script("production").await;
    let (client, connection) = tokio_postgres::connect(&other.dsn(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let privileges =
        async || (shop.database.value::<String>(PRIVILEGES).await, other.value::<String>(PRIVILEGES).await);
    let before = privileges().await;
    let refused = client.batch_execute(&script).await.unwrap_err();
    assert!(refused.as_db_error().unwrap().message().contains("the script is for"), "{refused}");
    assert_eq!(privileges().await, before);
}

#[tokio::test]
async fn no_password_stands_in_the_script_and_unusable_names_are_refused() {
    let shop = Shop::new(OLDER, "development").await;
    let script = shop.script("production").await;
    assert!(!script.to_lowercase().contains("password '"), "{script}");
    assert!(script.contains(&format!("\\password {}", shop.role("reader"))));
    for arguments in [
        &["roles", "--environment", "production", "--schema", ""][..],
        &["roles", "--environment", "production", "--schema", "a\nb"],
        &["roles"],
    ] {
        let refused = pgwright(arguments).output().await.unwrap();
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(refused.stdout.is_empty());
    }
}

/// A call of each reading tool that needs no more than policy gives in that environment.
fn readings(tool: &str, rows: bool) -> Option<Vec<Value>> {
    let sql = "select * from sales.orders where status = 'open' and total > 10";
    let checks = json!([{ "type": "not_null", "column": "status" }]);
    Some(match tool {
        "describe_schema" => vec![json!({}), json!({ "table": "sales.orders" })],
        "explain_query" => vec![json!({ "sql": sql, "analyze": rows })],
        "run_quality_check" => vec![json!({ "table": "sales.orders", "checks": checks, "dry_run": !rows })],
        "run_query" if rows => vec![json!({ "sql": sql, "limit": 5 })],
        "simulate_change" => {
            vec![json!({ "changes": ["create index on sales.orders (status)"], "statements": [sql] })]
        }
        "suggest_index" => vec![json!({ "statements": [{ "sql": sql }] })],
        "suggest_quality_checks" => vec![json!({ "table": "sales.orders" })],
        "table_stats" => vec![json!({}), json!({ "table": "sales.orders", "values": rows })],
        _ => return None,
    })
}

#[tokio::test]
async fn every_reading_tool_answers_as_reader_and_as_statistics_reader() {
    for major in [OLDER, NEWER] {
        for (environment, purpose, rows) in
            [("staging", "reader", true), ("staging", "quality", true), ("production", "statistics", false)]
        {
            let shop = Shop::new(major, environment).await;
            let client = shop.client(purpose, environment).await;
            for tool in client.tools().await {
                // What a role that reads cannot do is tried out elsewhere, and so is what needs an extension.
                if ["trigger_pipeline", "top_queries"].contains(&tool.name.as_ref()) {
                    continue;
                }
                let Some(calls) = readings(&tool.name, rows) else {
                    panic!("no call of {} is known", tool.name)
                };
                for arguments in calls {
                    let answer = client.call(&tool.name, arguments.clone()).await;
                    assert!(answer.is_ok(), "{purpose} on {major}: {} {arguments} {answer:?}", tool.name);
                }
            }
            let answer = client.call("table_stats", json!({ "table": "sales.orders" })).await.unwrap();
            assert_eq!(answer["tables"][0]["columns"][1]["distinct_values"], 2, "{purpose} sees statistics");
        }
    }
}

#[tokio::test]
async fn the_statistics_reader_sees_what_others_run_and_the_reader_does_not() {
    let shop = Shop::new(NEWER, "production").await;
    let sql = "select query from pg_stat_activity where datname = current_database() and usename = 'postgres' limit 1";
    assert_eq!(shop.value("reader", sql).await, "<insufficient privilege>");
    assert_ne!(shop.value("statistics", sql).await, "<insufficient privilege>");
}

#[tokio::test]
async fn tables_that_are_made_later_can_be_read_and_loaded_too() {
    let shop = Shop::new(NEWER, "production").await;
    shop.database.execute("create table sales.later (id int); create table sink.later (id int)").await;
    assert_eq!(shop.attempt("reader", "select * from sales.later").await, Ok(()));
    assert_eq!(shop.attempt("pipeline_sink", "insert into sink.later values (1)").await, Ok(()));
    assert_eq!(shop.attempt("reader", "select * from sink.later").await, Err("42501".to_owned()));
}

/// What no role of pgwright may do, each with the schema of somebody else's rows.
const HOSTILE: &[&str] = &[
    "insert into sales.orders values (0, 'x', 0)",
    "update sales.orders set total = 0",
    "delete from sales.orders",
    "truncate sales.orders",
    "drop table sales.orders",
    "alter table sales.orders disable row level security",
    "begin; lock table sales.orders in access exclusive mode",
    "select * from sales.orders for update",
    "drop table sink.feed",
    "delete from sink.feed",
    "create table sink.planted (id int)",
    "create table sales.planted (id int)",
    "create table public.planted (id int)",
    "create schema planted",
    "create function public.planted() returns int language sql as 'select 1'",
    "create extension postgres_fdw",
    "create role planted",
    "create database planted",
    "alter role current_user superuser",
    "alter role current_user bypassrls",
    "alter system set work_mem = '1GB'",
    "set role postgres",
    "set session authorization postgres",
    "set temp_file_limit = -1",
    "copy sales.orders to program 'cat'",
    "copy sales.orders to '/tmp/pgwright_planted'",
    "select pg_read_file('PG_VERSION')",
    "select pg_ls_dir('.')",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'x')",
    "select lo_import('/etc/hostname')",
    "select pg_advisory_lock_shared(1)",
    "select set_config('work_mem', '1GB', false)",
    "select pg_logical_emit_message(false, 'planted', 'x')",
    "select pg_create_physical_replication_slot('planted')",
    "select pg_reload_conf()",
    "select pg_switch_wal()",
    "select pg_stat_reset()",
    "select sales.act_as_owner()",
    "select rolpassword from pg_authid",
    "select * from pg_user_mapping",
    "select public.dblink_exec('dbname=postgres', 'create table planted ()')",
];

#[tokio::test]
async fn what_is_hostile_fails_in_postgres_itself() {
    for major in [OLDER, NEWER] {
        for environment in ["staging", "production"] {
            let shop = Shop::new(major, environment).await;
            shop.database.execute("create extension dblink").await;
            // Run again: it takes in what came meanwhile.
            shop.run(&shop.script(environment).await).await;
            for purpose in ["reader", "statistics", "quality", "pipeline_sink"] {
                for hostile in HOSTILE {
                    let as_itself = hostile.replace("current_user", &shop.role(purpose));
                    let refused = shop.attempt(purpose, &as_itself).await;
                    assert_eq!(
                        refused,
                        Err("42501".to_owned()),
                        "{purpose} on {major}, {environment}: {hostile}"
                    );
                }
            }
            for purpose in ["reader", "statistics", "quality"] {
                let temporary = "create temporary table t (id int)";
                assert_eq!(shop.attempt(purpose, temporary).await, Err("42501".to_owned()), "{purpose}");
                assert_eq!(shop.value(purpose, "show transaction_read_only").await, "on");
            }
        }
    }
}

#[tokio::test]
async fn the_roles_bring_their_limits_with_them() {
    let shop = Shop::new(OLDER, "production").await;
    for (setting, expected) in [
        ("statement_timeout", "15s"),
        ("lock_timeout", "1s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("temp_file_limit", "1GB"),
        ("search_path", "sales, pg_temp"),
    ] {
        assert_eq!(shop.value("reader", &format!("show {setting}")).await, expected, "{setting}");
    }
    let limit: i32 = shop
        .database
        .value(&format!("select rolconnlimit from pg_roles where rolname = '{}'", shop.role("reader")))
        .await;
    assert_eq!(limit, 10);
}

#[tokio::test]
async fn operators_of_extensions_are_found_where_nobody_can_plant_others() {
    for major in [OLDER, NEWER] {
        let shop = Shop::new(major, "production").await;
        shop.database
            .execute(
                "create schema \"its, types\"; grant usage on schema \"its, types\" to public;
                 create extension citext schema \"its, types\";
                 create schema open_to_all; grant usage, create on schema open_to_all to public;
                 create extension pg_trgm schema open_to_all;
                 create table sales.people (email \"its, types\".citext);
                 insert into sales.people values ('Ada@Example.com')",
            )
            .await;
        let found = "select count(*)::text from sales.people where email = 'ada@example.com'";
        assert_eq!(shop.value("reader", found).await, "0", "the wrong operator, on {major}");
        let (report, _) = doctor(&shop.dsn("reader"), "production").await;
        let told = finding(&report, "extension_not_found");
        assert_eq!(told["severity"], "medium");
        let evidence = "extension citext is in schema \"its, types\", which is not on this role's search_path: its \
                        operators are not found there";
        assert_eq!(told["evidence"][0], evidence);

        shop.run(&shop.script("production").await).await;
        let once: String = shop.database.value(PRIVILEGES).await;
        shop.run(&shop.script("production").await).await;
        assert_eq!(shop.database.value::<String>(PRIVILEGES).await, once);
        for purpose in ["reader", "statistics", "quality"] {
            let path = shop.value(purpose, "show search_path").await;
            assert_eq!(path, "sales, \"its, types\", pg_temp", "{purpose} on {major}");
            assert_eq!(shop.value(purpose, found).await, "1", "{purpose} on {major}");
        }
        let (report, _) = doctor(&shop.dsn("reader"), "production").await;
        let told = finding(&report, "extension_not_found");
        assert_eq!(told["evidence"].as_array().unwrap().len(), 1, "pg_trgm stands where all may create");
    }
}

#[tokio::test]
async fn a_role_that_is_named_keeps_what_public_loses() {
    let shop = Shop::new(OLDER, "development").await;
    let application = shop.role("application");
    shop.database
        .execute(&format!("create role {application} login; grant usage on schema sales to {application}"))
        .await;
    let keeps = "select sales.act_as_owner(), set_config('work_mem', '8MB', false), pg_advisory_lock(1)";
    let printed = pgwright(&[
        "roles",
        "--environment",
        "production",
        "--schema",
        "sales",
        "--role-prefix",
        &shop.prefix,
        "--keep-for",
        &application,
    ])
    .output()
    .await
    .unwrap();
    shop.run(&String::from_utf8(printed.stdout).unwrap()).await;
    assert_eq!(shop.attempt("application", keeps).await, Ok(()));
    assert_eq!(shop.attempt("application", "create temporary table t (id int)").await, Ok(()));
    assert_eq!(shop.attempt("reader", "select sales.act_as_owner()").await, Err("42501".to_owned()));
}

#[tokio::test]
async fn the_pipeline_role_loads_its_schema_and_nothing_else() {
    for major in [OLDER, NEWER] {
        let shop = Shop::new(major, "production").await;
        let config = Configuration::new(&format!(
            "pipelines: .\ndatabases: {{shop: {{dsn: \"{}\", environment: production, allow: write_data}}}}\n",
            shop.dsn("pipeline_sink")
        ));
        let define = |name: &str, target: &str| {
            let text = format!(
                "version: 1\npipeline: {name}\nkind: batch\nenvironment: production\n\
                 source: {{type: csv, path: feed.csv}}\ntarget: {target}\n"
            );
            std::fs::write(config.folder().join(format!("{name}.yaml")), text).unwrap();
        };
        std::fs::write(config.folder().join("feed.csv"), "id,note\n1,a\n2,b\nx,c\n").unwrap();
        define("append", "{table: sink.feed}");
        define("upsert", "{table: sink.feed, write: upsert, key: [id]}");
        define("replace", "{table: sink.feed, write: replace}");
        define("elsewhere", "{table: sales.orders}");
        let client = Client::launch(&["--config", config.path(), "serve"], Era::Sessions).await;
        for pipeline in ["append", "upsert", "replace"] {
            let answer = client.call("trigger_pipeline", json!({ "pipeline": pipeline })).await;
            let answer = answer.unwrap_or_else(|failure| panic!("{pipeline} on {major}: {}", failure.text));
            assert_eq!(answer["run"]["rows_read"], 3, "{pipeline} on {major}");
            assert_eq!(answer["run"]["rows_quarantined"], 1, "{pipeline} on {major}");
        }
        let loaded: i64 = shop.database.value("select count(*) from sink.feed").await;
        assert_eq!(loaded, 2);
        let refused: i64 = shop.database.value("select count(*) from pgwright.quarantine").await;
        assert_eq!(refused, 3);
        let elsewhere =
            client.call("trigger_pipeline", json!({ "pipeline": "elsewhere" })).await.unwrap_err();
        assert!(!elsewhere.text.is_empty());
        let orders: i64 = shop.database.value("select count(*) from sales.orders").await;
        assert_eq!(orders, 5000);
        assert_eq!(
            shop.attempt("pipeline_sink", "select raw from pgwright.quarantine").await,
            Err("42501".to_owned())
        );
    }
}

/// What doctor says of a role, with its exit code.
async fn doctor(dsn: &str, environment: &str) -> (Value, i32) {
    let arguments = ["--dsn", dsn, "--environment", environment, "doctor", "--format", "json"];
    let output = pgwright(&arguments).output().await.unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (report, output.status.code().unwrap())
}

fn ids(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

/// What is found whatever the day: versions grow old.
fn lasting_ids(report: &Value) -> Vec<&str> {
    ids(report).into_iter().filter(|id| *id != "end_of_life").collect()
}

fn finding<'r>(report: &'r Value, id: &str) -> &'r Value {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id} in {findings:#?}"))
}

#[tokio::test]
async fn doctor_finds_nothing_grave_of_the_roles_that_roles_makes() {
    for major in [OLDER, NEWER] {
        for (environment, purposes) in [
            ("staging", &["reader", "statistics", "quality"][..]),
            ("production", &["reader", "statistics", "quality"]),
        ] {
            let shop = Shop::new(major, environment).await;
            for purpose in purposes {
                let (report, code) = doctor(&shop.dsn(purpose), environment).await;
                assert_eq!(
                    lasting_ids(&report),
                    ["no_pg_stat_statements"],
                    "{purpose} on {major}: {report:#}"
                );
                assert_eq!((&report["service"], code), (&json!("served"), 0), "{report:#}");
            }
        }
    }
}

#[tokio::test]
async fn doctor_says_of_a_superuser_that_it_can_do_anything() {
    let shop = Database::new().await;
    let (report, code) = doctor(&shop.dsn(), "production").await;
    assert_eq!(ids(&report)[0], "superuser");
    assert_eq!((report["service"].as_str(), code), (Some("refused"), 1));
    let (report, code) = doctor(&shop.dsn(), "development").await;
    assert_eq!((report["service"].as_str(), code), (Some("served_with_warning"), 1));
    let text = pgwright(&["--dsn", &shop.dsn(), "doctor"]).output().await.unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("high superuser: the role can do anything"), "{text}");
}

#[tokio::test]
async fn doctor_finds_what_was_planted() {
    for major in [OLDER, NEWER] {
        let database = Database::on(major).await;
        database.execute(SHOP).await;
        let name = database.name().to_owned();
        database
            .execute(&format!(
                "create role {name}_files; grant pg_write_server_files, pg_execute_server_program to {name}_files;
                 create role {name}_group noinherit; grant {name}_files to {name}_group;
                 create role {name}_app login noinherit bypassrls createrole createdb replication;
                 grant {name}_group, pg_write_all_data, pg_signal_backend to {name}_app;
                 create table public.mine (id int); alter table public.mine owner to {name}_app;
                 create schema my; alter schema my owner to {name}_group;
                 grant insert, truncate on sales.orders to {name}_group;
                 grant update (note) on sink.feed to public;
                 grant usage on schema sales to {name}_app;
                 grant create on schema sink to {name}_app;
                 grant execute on function pg_catalog.pg_read_file(text) to {name}_app;
                 create extension dblink; create extension postgres_fdw;
                 create server elsewhere foreign data wrapper postgres_fdw;
                 grant usage on foreign server elsewhere to {name}_group;"
            ))
            .await;
        let (report, code) = doctor(&database.dsn_as(&format!("{name}_app")), "staging").await;
        assert_eq!(code, 1);
        for (id, severity, evidence) in [
            ("bypasses_row_security", "high", format!("role {name}_app")),
            ("creates_roles", "high", format!("role {name}_app")),
            ("replicates", "high", format!("role {name}_app")),
            ("creates_databases", "medium", format!("role {name}_app")),
            (
                "writes_server_files",
                "high",
                format!("role pg_write_server_files, which {name}_app can become"),
            ),
            ("runs_programs", "high", format!("role pg_execute_server_program, which {name}_app can become")),
            ("reads_server_files", "high", "function pg_catalog.pg_read_file".to_owned()),
            ("writes_all_data", "high", format!("role pg_write_all_data, which {name}_app can become")),
            ("administers_server", "medium", format!("role pg_signal_backend, which {name}_app can become")),
            ("owner", "high", "schema my".to_owned()),
            ("owner", "high", "table public.mine".to_owned()),
            ("writes_tables", "high", "sales.orders: insert, truncate".to_owned()),
            ("writes_tables", "high", "sink.feed: update".to_owned()),
            ("creates_objects", "medium", "schema sink".to_owned()),
            ("temporary_tables", "low", format!("database {name}, through PUBLIC")),
            ("security_definer", "high", "sales.act_as_owner(), as postgres".to_owned()),
            ("foreign_server", "medium", "server elsewhere, through postgres_fdw".to_owned()),
            ("no_statement_timeout", "medium", "statement_timeout = 0".to_owned()),
            ("no_connection_limit", "low", format!("role {name}_app")),
            ("writes_by_default", "low", "default_transaction_read_only = off".to_owned()),
        ] {
            let found = finding(&report, id);
            assert_eq!(found["severity"], severity, "{id}");
            assert!(
                found["evidence"].as_array().unwrap().contains(&json!(evidence)),
                "{id} on {major}: {found:#}"
            );
        }
        let dblink = finding(&report, "outward_extension")["evidence"][0].as_str().unwrap();
        assert!(dblink.starts_with("extension dblink: "), "{dblink}");
        assert!(!ids(&report).contains(&"superuser"));

        // The SQL that mends it does.
        for finding in report["findings"].as_array().unwrap() {
            if matches!(finding["id"].as_str(), Some("owner" | "no_pg_stat_statements")) {
                continue;
            }
            for statement in finding["fix_sql"].as_array().unwrap() {
                database.execute(statement.as_str().unwrap()).await;
            }
        }
        database
            .execute("alter table public.mine owner to postgres; alter schema my owner to postgres")
            .await;
        let (report, code) = doctor(&database.dsn_as(&format!("{name}_app")), "staging").await;
        assert_eq!((lasting_ids(&report), code), (vec!["no_pg_stat_statements"], 0), "{major}: {report:#}");
    }
}

#[tokio::test]
async fn ownership_and_grants_are_wanted_where_pipelines_load() {
    let database = Database::with(SHOP).await;
    let name = database.name().to_owned();
    database
        .execute(&format!(
            "create role {name}_loader login; alter table sink.feed owner to {name}_loader;
             grant usage on schema sink to {name}_loader; grant insert on sink.parent to {name}_loader"
        ))
        .await;
    let dsn = database.dsn_as(&format!("{name}_loader"));
    let (report, _) = doctor(&dsn, "staging").await;
    assert_eq!(report["service"], "refused");
    assert!(ids(&report).contains(&"owner") && ids(&report).contains(&"writes_tables"));
    let (report, _) = doctor(&dsn, "development").await;
    assert_eq!(report["service"], "served");
    assert!(!ids(&report).contains(&"owner") && !ids(&report).contains(&"writes_tables"));
}

#[tokio::test]
async fn doctor_without_a_connection_exits_2() {
    let (error, code) = doctor("host=127.0.0.1 port=1 user=nobody dbname=none", "staging").await;
    assert_eq!((error["code"].as_str(), code), (Some("08001"), 2));
}

#[tokio::test]
async fn the_owner_of_a_database_can_run_the_script_and_is_told_what_is_left_out() {
    for major in [OLDER, NEWER] {
        let database = Database::on(major).await;
        let name = database.name().to_owned();
        database
            .execute(&format!(
                "create role {name}_owner login createrole; alter database {name} owner to {name}_owner;
                 set role {name}_owner; {SHOP} reset role"
            ))
            .await;
        let arguments = ["roles", "--environment", "production", "--schema", "sales", "--role-prefix", &name];
        let script = String::from_utf8(pgwright(&arguments).output().await.unwrap().stdout).unwrap();
        let (client, connection) =
            tokio_postgres::connect(&database.dsn_as(&format!("{name}_owner")), NoTls).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..2 {
            client.batch_execute(&script).await.unwrap_or_else(|error| panic!("{major}: {error:?}"));
        }
        let shop = Shop { database, prefix: name };
        assert_eq!(shop.attempt("reader", "select * from sales.orders").await, Ok(()));
        assert_eq!(shop.attempt("reader", "select sales.act_as_owner()").await, Err("42501".to_owned()));
    }
}
