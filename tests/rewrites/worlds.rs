//! Random small databases, and statements on them that the rules may rewrite: whatever is offered must give the same rows.
//!
//! Keys, foreign keys and NOT NULL are there or not, by chance; so are nulls, duplicates, orphans and empty tables wherever the
//! constraints let them in. The facts come from the catalogue, as for any caller.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use pgwright_explain::rewrite_facts;
use pgwright_postgres::{DatabaseSettings, Databases, Dsn, Environment, Scope, Source};
use pgwright_sql::guard;
use pgwright_sql::rewrite::judge;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::support::Database;

/// Zones that turn their clocks by day, at midnight, across midnight, and one that left out a day.
pub const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Berlin",
    "America/Havana",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Beirut",
    "Pacific/Apia",
];

/// Days on which one of these zones turned its clock, and days around them.
const DAYS: [&str; 9] = [
    "2024-11-02",
    "2024-11-03",
    "2018-11-04",
    "2018-11-03",
    "2024-03-31",
    "2024-04-01",
    "2011-12-30",
    "2006-10-29",
    "2024-12-31",
];

/// In how many databases each rule made an offer that was compared, and what differed.
#[derive(Debug, Default)]
pub struct Tally {
    pub databases: BTreeMap<&'static str, usize>,
    pub compared: usize,
    pub withheld: usize,
    pub differing: Vec<String>,
}

/// A database whose sessions live in one time zone.
pub struct Proof {
    server: Database,
    database: Arc<pgwright_postgres::Database>,
}

impl Proof {
    pub async fn in_zone(zone: &str) -> Self {
        let server = Database::new().await;
        let name: String = server.value("select current_database()::text").await;
        server
            .execute(&format!("alter database {name} set timezone = '{zone}'; set timezone = '{zone}'"))
            .await;
        server
            .execute(
                "create function once(x int) returns int language plpgsql stable as 'begin return x; end'",
            )
            .await;
        let source = Source::Server(Box::new(Dsn::parse(&server.dsn().into()).unwrap()));
        let settings = DatabaseSettings::new("worlds".to_owned(), source, Environment::Development);
        let databases = Databases::new(vec![settings], None);
        let database = Arc::clone(databases.get(None).unwrap());
        Self { server, database }
    }

    /// An empty schema, on the search path, in which this SQL was run.
    pub async fn set_up(&self, sql: &str) {
        self.server
            .execute("set client_min_messages = warning; drop schema public cascade; create schema public")
            .await;
        self.server.execute(sql).await;
    }

    /// What the rules offer for a statement, whatever it would cost.
    pub async fn offers(&self, sql: &str) -> Vec<(&'static str, String)> {
        let session = self.database.read(&Scope::default()).await.unwrap();
        let facts = rewrite_facts(&session, &guard::admit(sql).unwrap()).await.unwrap();
        judge(sql, &facts).unwrap().offers.into_iter().map(|offer| (offer.rule, offer.sql)).collect()
    }

    /// Makes one random database, and compares everything that is offered on it.
    pub async fn one_world(&self, seed: u64, tally: &mut Tally) {
        let mut world = World { random: StdRng::seed_from_u64(seed) };
        self.server.execute(&world.schema()).await;
        let session = self.database.read(&Scope::default()).await.unwrap();
        let mut seen = BTreeMap::new();
        for sql in world.statements() {
            let admitted = guard::admit(&sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal}"));
            let facts = rewrite_facts(&session, &admitted).await.unwrap();
            let judged = judge(&sql, &facts).unwrap_or_else(|error| panic!("{sql}: {error}"));
            tally.withheld += judged.missing.len();
            for offer in judged.offers {
                guard::admit(&offer.sql).unwrap_or_else(|refusal| panic!("{}: {refusal}", offer.sql));
                seen.insert(offer.rule, ());
                tally.compared += 1;
                if !self.is_same(&sql, &offer.sql).await {
                    tally.differing.push(format!("seed {seed}: {}\n  {sql}\n  {}", offer.rule, offer.sql));
                }
            }
        }
        for rule in seen.into_keys() {
            *tally.databases.entry(rule).or_default() += 1;
        }
    }

    /// Whether two statements give the same rows, each as often.
    pub async fn is_same(&self, one: &str, other: &str) -> bool {
        let rows =
            |sql: &str| format!("select r::text as r, count(*) as times from ({sql}\n) as r group by 1");
        let (one, other) = (rows(one), rows(other));
        self.server
            .value(&format!(
                "select not exists (({one}) except ({other})) and not exists (({other}) except ({one}))"
            ))
            .await
    }
}

/// How a column of small numbers is kept unique, if it is.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    Primary,
    Unique,
    UniqueOrNull,
    Partial,
    Deferrable,
    None,
}

struct World {
    random: StdRng,
}

impl World {
    fn key(&mut self) -> Key {
        // Half of them are what the rules want.
        let kinds = [
            Key::Primary,
            Key::Primary,
            Key::Primary,
            Key::Unique,
            Key::Unique,
            Key::UniqueOrNull,
            Key::Partial,
            Key::Deferrable,
            Key::None,
        ];
        *kinds.choose(&mut self.random).unwrap()
    }

    fn number(&mut self, nullable: bool) -> Option<i32> {
        if nullable && self.random.random_bool(0.25) { None } else { Some(self.random.random_range(0..7)) }
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.random).unwrap()
    }

    /// As many keys as rows: unique as far as the kind of key says.
    fn keys(&mut self, kind: Key, rows: usize) -> Vec<Option<i32>> {
        let mut keys = Vec::new();
        for _ in 0..rows {
            let value = self.number(matches!(kind, Key::UniqueOrNull | Key::Partial | Key::None));
            let taken = keys.contains(&value) && value.is_some();
            let allowed = match kind {
                Key::None => true,
                Key::Partial => !taken || value.is_some_and(|value| value <= 3),
                _ => !taken,
            };
            if allowed {
                keys.push(value);
            }
        }
        keys
    }

    fn moment(&mut self) -> String {
        let day = self.pick(&DAYS);
        match self.random.random_range(0..20) {
            0 => return "'infinity'".to_owned(),
            1 => return "'-infinity'".to_owned(),
            _ => {}
        }
        let half_hours = self.random.random_range(-60..120);
        format!("timestamp '{day}' + interval '30 minutes' * {half_hours}")
    }

    /// Up to seven rows; often none.
    fn rows(&mut self) -> usize {
        if self.random.random_bool(0.12) { 0 } else { self.random.random_range(1..12) }
    }

    fn schema(&mut self) -> String {
        let mut sql = String::from(
            "set client_min_messages = warning; drop schema if exists w cascade; create schema w; \
             create collation w.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);",
        );
        let mut ids = Vec::new();
        for table in ["a", "b"] {
            let (kind, rows) = (self.key(), self.rows());
            let strict = self.random.random_bool(0.7);
            let declared = match kind {
                Key::Primary => "primary key",
                Key::Unique => "not null unique",
                Key::UniqueOrNull => "unique",
                Key::Deferrable => "not null unique deferrable initially deferred",
                Key::Partial | Key::None => "",
            };
            let not_null = if strict { "not null" } else { "" };
            let _ = write!(
                sql,
                "create table w.{table} (id int {declared}, n int {not_null}, s text, v varchar, small int2, big int8, \
                 num numeric, flag bool, ts timestamp, tz timestamptz, d date, uid uuid, f float8, ch char(3), \
                 ci text collate w.loose);"
            );
            let keys = self.keys(kind, rows);
            for id in &keys {
                let n = self.number(!strict);
                let values = [
                    text(*id),
                    text(n),
                    self.word(),
                    self.word(),
                    text(self.number(true)),
                    text(self.number(true)),
                    self.numeric(),
                    self.pick(&["true", "false", "null"]).to_owned(),
                    self.maybe(Self::moment),
                    self.maybe(Self::moment),
                    self.maybe(|world| format!("date '{}'", world.pick(&DAYS))),
                    self.pick(&["'00000000-0000-0000-0000-00000000000a'", "null"]).to_owned(),
                    self.pick(&["0", "'-0'", "1.5", "'NaN'", "'Infinity'", "'-Infinity'", "3", "null"])
                        .to_owned(),
                    self.pick(&["'x'", "'x  '", "'y'", "''", "null"]).to_owned(),
                    self.word(),
                ];
                let _ = write!(sql, "insert into w.{table} values ({});", values.join(", "));
            }
            if kind == Key::Partial {
                let _ = write!(sql, "create unique index on w.{table} (id) where id > 3;");
            }
            ids.push((kind, keys));
        }
        let (a_kind, a_ids) = &ids[0];
        let strict = self.random.random_bool(0.75);
        let referable = matches!(a_kind, Key::Primary | Key::Unique | Key::UniqueOrNull);
        let foreign = if referable { self.pick(&["valid", "valid", "valid", "not valid", ""]) } else { "" };
        let not_null = if strict { "not null" } else { "" };
        let c_kind = self.key();
        let declared = if c_kind == Key::Primary { "primary key" } else { "" };
        let _ = write!(sql, "create table w.c (id int {declared}, a_id int {not_null}, n int, s text);");
        let present: Vec<i32> = a_ids.iter().flatten().copied().collect();
        let rows = self.rows();
        let kept = if c_kind == Key::Primary { Key::Primary } else { Key::None };
        for id in self.keys(kept, rows) {
            let a_id = match foreign {
                "valid" if strict || self.random.random_bool(0.7) => {
                    present.choose(&mut self.random).copied()
                }
                "valid" => None,
                _ => self.number(!strict),
            };
            if strict && a_id.is_none() {
                continue;
            }
            let (n, word) = (text(self.number(true)), self.word());
            let _ = write!(sql, "insert into w.c values ({}, {}, {n}, {word});", text(id), text(a_id));
        }
        if !foreign.is_empty() {
            let how = if foreign == "valid" { "" } else { "not valid" };
            let _ = write!(sql, "alter table w.c add foreign key (a_id) references w.a (id) {how};");
        }
        sql
    }

    fn numeric(&mut self) -> String {
        match self.random.random_range(0..8) {
            0 => "'NaN'".to_owned(),
            1 => "1.50".to_owned(),
            _ => text(self.number(true)),
        }
    }

    fn word(&mut self) -> String {
        self.pick(&["'x'", "'y'", "'Y'", "''", "null"]).to_owned()
    }

    fn maybe(&mut self, value: impl Fn(&mut Self) -> String) -> String {
        if self.random.random_bool(0.15) { "null".to_owned() } else { value(self) }
    }

    /// Statements for each rule, those that it must leave alone among them.
    fn statements(&mut self) -> Vec<String> {
        let compare = ["=", "<", "<=", ">", ">="];
        let (k, m) = (self.random.random_range(-2..8), self.random.random_range(-3..4));
        let (op, other) = (self.pick(&compare), self.pick(&compare));
        let (day, next) = (self.pick(&DAYS), self.pick(&DAYS));
        let month = self.pick(&["2024-11-01", "2018-11-01", "2011-12-01", "2024-03-01"]);
        let (time, word, default) =
            (self.pick(&["ts", "tz"]), self.pick(&["x", "y", "Y"]), self.pick(&["x", "y"]));
        let sign = self.pick(&["> 0", "= 0", "<> 0", ">= 1", "< 1"]);
        let number = self.pick(&["numeric", "float8", "real", "double precision"]);
        let integer = self.pick(&["n", "small", "big", "id"]);
        vec![
            // not_in_to_not_exists
            "select * from w.a where n not in (select n from w.b)".to_owned(),
            format!("select a.id from w.a as a where not (a.id in (select b.id from w.b as b where b.n {op} {k} or b.flag))"),
            format!("select id from w.a where s = '{word}' or n not in (select a_id from w.c where n {op} {k})"),
            "select a.id, b.id from w.a a left join w.b b on a.n = b.n where b.id not in (select c.a_id from w.c c)".to_owned(),
            "select id from w.a where ch not in (select ch from w.b) or ci not in (select ci from w.b) or f not in (select f from w.b)".to_owned(),
            // count_to_exists
            format!("select id, ci from w.a where (select count(*) from w.b where b.ci = a.ci) {sign} and (select count(b.f) from w.b where b.f = a.f) {sign}"),
            format!("select id from w.a a where (select count(*) from w.c where c.a_id = a.id) {sign}"),
            format!("select id from w.a a where 0 < (select count(c.a_id) from w.c where c.a_id = a.id and c.n {op} {k})"),
            format!("select id from w.a where flag or (select count(1) from w.b where b.n = a.n) {sign}"),
            // date_cast_to_range
            format!("select * from w.a where {time}::date {op} '{day}'"),
            format!("select * from w.a where cast({time} as date) between date '{day}' and '{next}'::date"),
            format!("select * from w.a where date_trunc('month', {time}) {other} '{month}'"),
            format!("select * from w.a where date '{month}' {op} date_trunc('month', d)"),
            format!("select * from w.a where extract(year from {time}) {op} 2024 or extract(year from d) {other} 2018"),
            format!("select * from w.a where date('{day}') {op} d or date({time}) = '{next}'"),
            // constant_cast
            format!("select * from w.a where {integer} {op} {k}::{number}"),
            format!("select * from w.a where {integer} {op} {k}.0 and big {other} {k}.5"),
            format!("select * from w.a where {integer}::text = '{k}' or id::text = '0{k}'"),
            format!("select * from w.a where {integer}::{number} {op} {k}"),
            "select id from w.a where uid::text = '00000000-0000-0000-0000-00000000000a'".to_owned(),
            // arithmetic_to_constant
            format!("select * from w.a where {integer} + {m} {op} {k}"),
            format!("select * from w.a where {k} {op} {integer} - 2 and num + 1 {other} {k}"),
            format!("select * from w.a where num - {m} {op} {k} and num {other} {k}.0"),
            format!("select * from w.a where f {op} {k}::numeric or f::numeric {other} {k}"),
            // coalesce_removed
            format!("select id from w.a where coalesce(ci, '{default}') = '{word}' or coalesce(ch, '{default}') = '{word} '"),
            format!("select id from w.a where coalesce(num, 1) = 1.5 or coalesce(f, 0) = 0"),
            format!("select * from w.a where coalesce(s, '{default}') = '{word}'"),
            format!("select * from w.a where coalesce(n, 3) = {k} or coalesce(flag, false)"),
            format!("select * from w.a where coalesce(flag, false) = true and coalesce(v, '{default}') = '{word}'"),
            format!("select * from w.a where not (coalesce(s, '{default}') = '{word}')"),
            // cte_not_materialized
            format!("with q as materialized (select id, n, s from w.a where n {op} {k}) select * from q where s = '{word}'"),
            "with q as materialized (select * from w.a) select q.id, p.n from q, q as p".to_owned(),
            format!("with q as materialized (select a_id, count(*) as n from w.c group by a_id) select * from w.a join q on q.a_id = a.id where q.n {op} {k}"),
            // distinct_over_join_to_exists
            "select distinct a.id, a.s from w.a join w.c on c.a_id = a.id".to_owned(),
            format!("select distinct a.* from w.c as c, w.a as a where c.a_id = a.id and (c.n {op} {k} or a.flag) and a.n {other} {k}"),
            "select distinct a.n, a.s from w.a a join w.b b on a.n = b.n".to_owned(),
            // distinct_removed
            "select distinct id, s from w.a".to_owned(),
            format!("select distinct a.id as first, b.id as second, a.n + 1 as more from w.a join w.b on a.n {op} b.n"),
            "select distinct n, s from w.a".to_owned(),
            "select distinct ci, f, num, ch from w.a".to_owned(),
            format!("select distinct a.id, a.ci, a.f from w.a join w.b on a.ci = b.ci and a.ch = b.ch where b.num {op} {k}"),
            // union_to_union_all
            "select 'a' as kind, id from w.a union select 'b', id from w.b".to_owned(),
            format!("select id, 1 from w.a where n {op} {k} union select id, 2 from w.b union select id, 3 from w.a"),
            "select 'a' as kind, id from w.a union select 'a', id from w.b".to_owned(),
            "select 'a' as kind, n from w.a union select 'b', n from w.b".to_owned(),
            "select 'a' as kind, id from w.a union select 'b', id from w.c".to_owned(),
            "select 'x' as kind, ci, id from w.a union select 'X', ci, id from w.b".to_owned(),
            "select 'x'::char(3) as kind, id from w.a union select 'x ', id from w.b".to_owned(),
            "select 1 as kind, id from w.a union select 1.0, id from w.b".to_owned(),
            // or_to_union_all
            format!("select a.f, b.ch from w.a join w.b on a.ci = b.ci where a.f > {k} or b.num <> {m}"),
            format!("select a.id, c.n from w.a join w.c on c.a_id = a.id where a.n {op} {k} or c.n {other} {k}"),
            format!("select * from w.a a, w.b b where a.n = b.n and (a.s = '{word}' or b.flag) and a.id {op} {k}"),
            format!("select a.s from w.a a left join w.b b on a.n = b.n where a.s = '{word}' or b.s = '{default}'"),
            // correlated_count_to_join
            "select a.id, (select count(*) from w.c where c.a_id = a.id) as n from w.a".to_owned(),
            format!("select a.*, (select count(c.n) from w.c c where a.id = c.a_id and (c.n {op} {k} or c.s = '{word}')) from w.a a where a.n {other} {k}"),
            "select x.id, (select count(*) from w.b where b.ci = x.ci) as n from w.a x".to_owned(),
            "select x.f, (select count(*) from w.b where b.f = x.f) as n from w.a x".to_owned(),
            "select x.id, (select count(*) from w.b where b.num = x.num) as n, x.ch from w.a x".to_owned(),
            "select x.id, (select count(*) from w.a where a.n = x.n) as n from w.a x left join w.b y on x.n = y.n".to_owned(),
            // join_removed
            "select c.id, c.n from w.c join w.a on c.a_id = a.id".to_owned(),
            format!("select c.s from w.c c join w.b b on b.n = c.n inner join w.a a on a.id = c.a_id where c.n {op} {k} or b.flag"),
            "select b.id, c.n from w.b left join w.c on c.n = b.n join w.a on c.a_id = a.id".to_owned(),
            "select c.id from w.c join w.a on c.a_id = a.id where a.n > 2".to_owned(),
            // scalar_function_once
            format!("select * from w.a where n {op} once({k}) or once(1) between small and big"),
        ]
    }
}

fn text(value: Option<i32>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}
