//! Random queries over the twins: names, aliases and nestings are what they are about, so most of what they name is there
//! and most of them run. Masked columns stand everywhere, in plain sight more often than not.

use std::sync::Arc;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::Rng;
use rand::seq::IndexedRandom;

use crate::hostile::{World, expression};

/// What a query may name: a table or view, and its columns.
const RELATIONS: &[(&str, &[&str])] = &[
    ("customers", CUSTOMERS),
    ("customers", CUSTOMERS),
    ("public.customers", CUSTOMERS),
    ("orders", &["id", "customer_id", "total", "email"]),
    ("orders", &["id", "customer_id", "total", "email"]),
    ("contacts", &["id", "contact", "name"]),
    ("renamed", &["key", "reach"]),
    ("harmless", &["id", "name"]),
    ("mixed", &["id", "name", "shout"]),
    ("in_condition", &["id", "name"]),
    ("copied", &["id", "email"]),
    ("events", &["day", "who", "amount"]),
    ("events_2024", &["day", "who", "amount"]),
    ("animals", &["id", "keeper"]),
    ("dogs", &["id", "keeper", "breed"]),
    ("tokens", &["customer_badge", "note"]),
];
const CUSTOMERS: &[&str] = &[
    "id",
    "name",
    "email",
    "born",
    "salary",
    "note",
    "badge",
    "vip",
    "tags",
    "doc",
    "email_lower",
    "email_size",
];
/// Columns that are masked somewhere.
const MASKED: &[&str] = &[
    "email",
    "born",
    "salary",
    "note",
    "badge",
    "vip",
    "tags",
    "doc",
    "email_lower",
    "email_size",
    "contact",
    "reach",
    "who",
    "keeper",
    "customer_badge",
    "shout",
];
const ALIASES: &[&str] = &["c", "o", "t", "s", "customers", "orders", "email", "x", "\"T\""];
const NAMES: &[&str] = &["email", "id", "name", "e", "x", "n", "badge", "\"E\"", "count"];
const LITERALS: &[&str] = &[
    "1",
    "7",
    "2.5",
    "'a'",
    "'a%'",
    "'x@canary.example'",
    "51000",
    "date '1984-06-01'",
    "true",
    "null",
    "'{}'",
];

#[derive(Debug, Clone)]
struct Item {
    alias: String,
    columns: Vec<String>,
    /// Whether `public` may stand in front of it.
    is_bare: bool,
}

impl Item {
    fn new(alias: impl Into<String>, columns: Vec<String>) -> Self {
        Self { alias: alias.into(), columns: once(columns), is_bare: false }
    }

    /// A column of integers.
    fn key(&self) -> Option<String> {
        let key = ["id", "key", "customer_id", "amount"].into_iter().find(|key| self.has(key))?;
        Some(format!("{}.{key}", self.alias))
    }

    fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column == name)
    }
}

/// The names that stand once, so that they mean something.
fn once(columns: Vec<String>) -> Vec<String> {
    let is_once = |name: &&String| columns.iter().filter(|other| other == name).count() == 1;
    columns.iter().filter(is_once).cloned().collect()
}

/// What may stand for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constants {
    /// Literals.
    Written,
    /// Parameters alone.
    Parameters,
}

pub struct Grammar<R> {
    random: R,
    world: Arc<World>,
    runner: TestRunner,
    constants: Constants,
    common: Vec<Item>,
}

impl<R: Rng> Grammar<R> {
    pub fn new(random: R, world: Arc<World>, seed: u8, constants: Constants) -> Self {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let runner = TestRunner::new_with_rng(Config::default(), rng);
        Self { random, world, runner, constants, common: Vec::new() }
    }

    /// One statement.
    pub fn statement(&mut self) -> String {
        self.common.clear();
        self.query(2, &[]).0
    }

    fn one_in(&mut self, share: u32) -> bool {
        self.random.random_ratio(1, share)
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices.choose(&mut self.random).unwrap().clone()
    }

    fn name(&mut self) -> String {
        self.of(NAMES).to_owned()
    }

    /// A query and the names of its outputs.
    fn query(&mut self, depth: u32, outer: &[Item]) -> (String, Vec<String>) {
        let known = self.common.len();
        let with = if depth > 0 && self.one_in(5) { self.with(depth) } else { String::new() };
        let (mut body, names) = match self.random.random_range(0..16) {
            0 if depth > 0 => {
                let width = self.random.random_range(1..3);
                let (left, names) = self.narrow(width, outer);
                let (right, _) = self.narrow(width, outer);
                let operator = self.of(&["union", "union all", "except", "intersect"]);
                (format!("{left} {operator} {right}"), names)
            }
            1 => {
                let (relation, columns) = self.of(RELATIONS);
                (format!("table {relation}"), columns.iter().map(|name| (*name).to_owned()).collect())
            }
            2 if depth > 0 => {
                let (inner, names) = self.select(depth - 1, outer);
                (format!("({inner})"), names)
            }
            _ => self.select(depth, outer),
        };
        let known_names = once(names.clone());
        if self.one_in(4) && !known_names.is_empty() {
            let key = match self.random.random_range(0..3) {
                0 => self.random.random_range(1..=names.len()).to_string(),
                _ => self.of(&known_names),
            };
            body = format!("{body} order by {key}");
        }
        if self.one_in(4) {
            body = format!("{body} limit 7");
        }
        self.common.truncate(known);
        (format!("{with}{body}"), names)
    }

    /// So many columns of one relation.
    fn narrow(&mut self, width: usize, outer: &[Item]) -> (String, Vec<String>) {
        let (from, item) = self.item(0, outer, &[]);
        let items = [item];
        let columns: Vec<String> = (0..width)
            .map(|_| {
                let column = self.column(&items, 8);
                if self.one_in(6) { column } else { format!("{column}::text") }
            })
            .collect();
        let names = (0..width).map(|at| format!("u{at}")).collect();
        let list: Vec<String> =
            columns.iter().enumerate().map(|(at, column)| format!("{column} as u{at}")).collect();
        (format!("select {} from {from}", list.join(", ")), names)
    }

    fn with(&mut self, depth: u32) -> String {
        let (query, mut names) = self.query(depth - 1, &[]);
        let name = self.of(&["w", "customers", "orders", "v"]).to_owned();
        let list = if self.one_in(2) && !names.is_empty() {
            names[0] = self.name();
            format!("({})", names[0])
        } else {
            String::new()
        };
        let kind = self.of(&["", "materialized ", "not materialized "]);
        self.common.push(Item::new(name.clone(), names));
        format!("with {name}{list} as {kind}({query}) ")
    }

    fn select(&mut self, depth: u32, outer: &[Item]) -> (String, Vec<String>) {
        let (from, items) = self.from(depth, outer);
        let seen: Vec<Item> = items.iter().chain(outer).cloned().collect();
        let (mut list, mut names, mut tail) = (Vec::new(), Vec::new(), String::new());
        match self.random.random_range(0..10) {
            // Groups.
            0 | 1 => {
                let key = match (self.random.random_range(0..4), items[0].key()) {
                    (0 | 1, Some(key)) => key,
                    _ => self.column(&items, 6),
                };
                let aggregate = self.aggregate(&seen);
                list = vec![format!("{key} as k"), format!("{aggregate} as n")];
                names = vec!["k".to_owned(), "n".to_owned()];
                // By the whole key of a table its other columns can be shown too.
                if key.ends_with(".id") && self.one_in(2) {
                    let item = items[0].clone();
                    let shown = self.column(std::slice::from_ref(&item), 2);
                    list.push(format!("{shown} as shown"));
                    names.push("shown".to_owned());
                }
                let written = match self.random.random_range(0..6) {
                    0 => "1".to_owned(),
                    1 => format!("rollup ({key})"),
                    2 => format!("grouping sets (({key}), ())"),
                    _ => key,
                };
                tail = format!(" group by {written}");
                if self.one_in(4) {
                    tail = format!("{tail} having {} is not null", self.aggregate(&seen));
                }
            }
            2 => {
                for _ in 0..self.random.random_range(1..3) {
                    let (aggregate, name) = (self.aggregate(&seen), self.name());
                    list.push(format!("{aggregate} as {name}"));
                    names.push(name);
                }
            }
            _ => {
                for _ in 0..self.random.random_range(1..4) {
                    let (target, name) = self.target(depth, &items, &seen);
                    list.push(target);
                    names.extend(name);
                }
                if self.one_in(5) {
                    tail = format!(" order by {}", self.column(&seen, 8));
                }
            }
        }
        let distinct = match self.random.random_range(0..16) {
            0 if tail.is_empty() => "distinct ".to_owned(),
            1 if tail.is_empty() => format!("distinct on ({}) ", self.column(&seen, 6)),
            _ => String::new(),
        };
        let mut sql = format!("select {distinct}{} from {from}", list.join(", "));
        if self.one_in(2) {
            sql = format!("{sql} where {}", self.condition(depth, &seen));
        }
        (format!("{sql}{tail}"), names)
    }

    /// FROM, and what it brings into sight.
    fn from(&mut self, depth: u32, outer: &[Item]) -> (String, Vec<Item>) {
        let (mut sql, first) = self.item(depth, outer, &[]);
        let mut items = vec![first];
        while items.len() < 3 && self.one_in(3) {
            let (next, item) = self.item(depth.saturating_sub(1), outer, &items);
            let shared = item.has("id") && items.iter().filter(|item| item.has("id")).count() == 1;
            let mut both = items.clone();
            both.push(item);
            sql = match self.random.random_range(0..12) {
                0 => format!("{sql} cross join {next}"),
                1 => format!("{sql} natural join {next}"),
                2..=4 if shared => format!("{sql} join {next} using (id)"),
                5 => format!("{sql} left join {next} on {}", self.condition(0, &both)),
                6 => format!("{sql}, {next}"),
                7 => format!("{sql} full join {next} on {}", self.on(&both)),
                _ => format!("{sql} join {next} on {}", self.on(&both)),
            };
            items = both;
        }
        if self.one_in(16) {
            let alias = self.of(ALIASES).to_owned();
            let columns = items.iter().flat_map(|item| item.columns.clone()).collect();
            return (format!("({sql}) {alias}"), vec![Item::new(alias, columns)]);
        }
        (sql, items)
    }

    /// A join by keys, where there are such.
    fn on(&mut self, both: &[Item]) -> String {
        let keys: Vec<String> = both.iter().rev().filter_map(Item::key).collect();
        match keys.as_slice() {
            [one, other, ..] => format!("{one} = {other}"),
            _ => self.condition(0, both),
        }
    }

    fn item(&mut self, depth: u32, outer: &[Item], before: &[Item]) -> (String, Item) {
        let free: Vec<&str> =
            ALIASES.iter().filter(|alias| before.iter().all(|item| item.alias != **alias)).copied().collect();
        let alias = self.of(&free).to_owned();
        match self.random.random_range(0..10) {
            0 | 1 if depth > 0 => {
                let lateral = self.one_in(2);
                let seen: Vec<Item> =
                    if lateral { before.iter().chain(outer).cloned().collect() } else { outer.to_vec() };
                let (query, mut columns) = self.query(depth - 1, &seen);
                let list = if self.one_in(4) && !columns.is_empty() {
                    columns[0] = self.name();
                    format!(" ({})", columns[0])
                } else {
                    String::new()
                };
                let lateral = if lateral { "lateral " } else { "" };
                (format!("{lateral}({query}) {alias}{list}"), Item::new(alias, columns))
            }
            2..=4 if !self.common.is_empty() => {
                let common = self.common.choose(&mut self.random).unwrap().clone();
                (format!("{} {alias}", common.alias), Item::new(alias, common.columns))
            }
            5 if self.one_in(3) => {
                let columns = vec![self.name(), "y".to_owned()];
                let rows = format!("({}, 1), (null, 3)", self.constant());
                (format!("(values {rows}) {alias} ({}, y)", columns[0]), Item::new(alias, columns))
            }
            6 if self.one_in(4) && !before.is_empty() => {
                let argument = self.column(before, 3);
                let call = match self.random.random_range(0..4) {
                    0 => format!("generate_series(1, length({argument}::text))"),
                    1 => format!("unnest(array[{argument}])"),
                    2 => "generate_series(1, 2)".to_owned(),
                    _ => format!("regexp_split_to_table({argument}::text, ' ')"),
                };
                (format!("{call} {alias}"), Item::new(alias.clone(), vec![alias]))
            }
            _ => {
                let (relation, columns) = self.of(RELATIONS);
                let mut columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
                if self.one_in(12) {
                    columns[0] = self.name();
                    return (format!("{relation} as {alias} ({})", columns[0]), Item::new(alias, columns));
                }
                let own = relation.rsplit('.').next().unwrap();
                if self.one_in(4) && before.iter().all(|item| item.alias != own) {
                    return (relation.to_owned(), Item { is_bare: true, ..Item::new(own, columns) });
                }
                (format!("{relation} {alias}"), Item::new(alias, columns))
            }
        }
    }

    /// One entry of a select list, and its name where it has one that is known.
    fn target(&mut self, depth: u32, own: &[Item], seen: &[Item]) -> (String, Vec<String>) {
        match self.random.random_range(0..24) {
            0 | 1 => ("*".to_owned(), own.iter().flat_map(|item| item.columns.clone()).collect()),
            2 => {
                let item = self.of(own);
                (format!("{}.*", item.alias), item.columns)
            }
            3..=6 => {
                let (value, name) = (self.value(depth, seen), self.name());
                (format!("{value} as {name}"), vec![name])
            }
            7..=10 => {
                let (column, name) = (self.column(seen, 1), self.name());
                (format!("{column} as {name}"), vec![name])
            }
            _ => {
                let item = self.of(own);
                match item.columns.choose(&mut self.random) {
                    Some(column) => {
                        let column = column.clone();
                        (self.spelled(&item, &column), vec![column])
                    }
                    None => ("1 as one".to_owned(), vec!["one".to_owned()]),
                }
            }
        }
    }

    /// A column in sight. One in `masked` is a masked one, where such there is.
    fn column(&mut self, seen: &[Item], masked: u32) -> String {
        let wants = self.one_in(masked);
        let pairs = |item: &Item| {
            let item = item.clone();
            item.columns.clone().into_iter().map(move |column| (item.clone(), column))
        };
        let all: Vec<(Item, String)> = seen.iter().flat_map(pairs).collect();
        let of_kind: Vec<&(Item, String)> =
            all.iter().filter(|(_, column)| MASKED.contains(&column.as_str()) == wants).collect();
        match of_kind.choose(&mut self.random).copied().or(all.first()) {
            Some((item, column)) => self.spelled(item, column),
            None => "1".to_owned(),
        }
    }

    fn spelled(&mut self, item: &Item, column: &str) -> String {
        let alias = &item.alias;
        match self.random.random_range(0..14) {
            0 => column.to_owned(),
            1 => format!("({alias}.{column})"),
            2 if !column.starts_with('"') => format!("{alias}.\"{column}\""),
            3 if !column.starts_with('"') => format!("{alias}.{}", column.to_uppercase()),
            4 if self.one_in(6) => format!("({alias}).{column}"),
            5 if self.one_in(6) => alias.to_owned(),
            6 if item.is_bare => format!("public.{alias}.{column}"),
            _ => format!("{alias}.{column}"),
        }
    }

    fn constant(&mut self) -> String {
        match self.constants {
            Constants::Written => self.of(LITERALS).to_owned(),
            Constants::Parameters => "$1".to_owned(),
        }
    }

    fn aggregate(&mut self, seen: &[Item]) -> String {
        let column = self.column(seen, 3);
        match self.random.random_range(0..10) {
            0 => format!("count({column})"),
            1 => format!("count(*) filter (where {column} is not null)"),
            2 => format!("count(*) filter (where {})", self.condition(0, seen)),
            3 => format!("min({column}::text)"),
            4 => format!("count(distinct {column})"),
            5 => format!("string_agg({column}::text, ',')"),
            6 => format!("array_agg({column})"),
            7 => format!("bool_or({column} is null)"),
            _ => "count(*)".to_owned(),
        }
    }

    /// A query of one value.
    fn scalar(&mut self, depth: u32, seen: &[Item]) -> String {
        let (from, item) = self.item(depth, seen, &[]);
        let all: Vec<Item> = std::iter::once(item).chain(seen.iter().cloned()).collect();
        let shown = if self.one_in(2) { self.aggregate(&all[..1]) } else { self.column(&all, 4) };
        let condition = self.condition(0, &all);
        format!("select {shown} from {from} where {condition} limit 1")
    }

    /// An expression.
    fn value(&mut self, depth: u32, seen: &[Item]) -> String {
        let column = self.column(seen, 3);
        match self.random.random_range(0..18) {
            0 => format!("upper({column}::text)"),
            1 => format!("coalesce({column}::text, 'none')"),
            2 | 3 => format!("{column} is null"),
            4 => format!("row_number() over (order by {column})"),
            5 => format!("count(*) over (partition by {column})"),
            6 => format!("case when {} then 1 else 2 end", self.condition(0, seen)),
            7 => format!("array[{column}]"),
            8 => format!("row({column}, 1)"),
            9 => format!("to_jsonb({})", self.of(seen).alias),
            10 if depth > 0 => format!("({})", self.scalar(depth - 1, seen)),
            11 if depth > 0 => format!("exists ({})", self.query(depth - 1, seen).0),
            12 if depth > 0 => format!("array({})", self.scalar(depth - 1, seen)),
            13 | 14 if self.constants == Constants::Written => {
                let columns: Vec<String> = (0..4).map(|_| self.column(seen, 2)).collect();
                let strategy = expression(&self.world, &columns);
                strategy.new_tree(&mut self.runner).unwrap().current()
            }
            15 => format!("{column}::text is not distinct from {}::text", self.constant()),
            _ => column,
        }
    }

    fn condition(&mut self, depth: u32, seen: &[Item]) -> String {
        let one = self.column(seen, 5);
        match self.random.random_range(0..14) {
            0 => format!("{one} is not null"),
            1 => format!("{one}::text like {}::text", self.constant()),
            2 => format!("{one}::text = {}::text", self.column(seen, 6)),
            3 if depth > 0 => {
                let scalar = self.scalar(depth - 1, seen);
                format!("{one}::text in (select x::text from ({scalar}) _ (x))")
            }
            4 if depth > 0 => format!("exists ({})", self.query(depth - 1, seen).0),
            5 => format!("{} and {}", self.condition(0, seen), self.condition(0, seen)),
            6 => format!("not ({} or {})", self.condition(0, seen), self.condition(0, seen)),
            7 => format!("{one}::text > {}::text", self.constant()),
            8 => format!("{one}::text = {}::text", self.constant()),
            _ => {
                let keys: Vec<String> = seen.iter().filter_map(Item::key).collect();
                match (keys.choose(&mut self.random).cloned(), self.constants) {
                    (Some(key), Constants::Written) => {
                        format!("{key} < {}", self.random.random_range(2..300))
                    }
                    (Some(key), Constants::Parameters) => format!("{key} < $2"),
                    (None, _) => format!("{one} is not null"),
                }
            }
        }
    }
}
