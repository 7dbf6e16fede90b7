//! The lines below a node, as the fields that the JSON format has for them.

use serde_json::{Map, Value, json};

use super::items::{figure, list, measured, pairs, split};
use super::node;
use super::paste::Line;

type Fields = Map<String, Value>;

/// What their values are lists of.
const LISTS: &[&str] =
    &["Output", "Sort Key", "Presorted Key", "Conflict Arbiter Indexes", "Params Evaluated"];
/// Expressions, which stay text even where they look like a figure.
const TEXTS: &[&str] =
    &["Cache Key", "Function Call", "Table Function Call", "Order By", "Window", "Remote SQL"];

/// Reads the properties of one node line by line.
#[derive(Default)]
pub(super) struct Properties {
    /// The worker that the lines further right are about.
    worker: Option<usize>,
    /// What the last line was about.
    last: Option<String>,
}

impl Properties {
    /// Reads a line below a node whose properties stand at `column`.
    pub(super) fn read(&mut self, line: &Line<'_>, column: usize, fields: &mut Fields) {
        let content = line.content;
        if let Some((number, rest)) = worker(content) {
            self.worker = Some(self.worker_at(number, fields));
            self.of_worker(rest, fields);
        } else if line.column > column && self.worker.is_some() {
            self.of_worker(content, fields);
        } else if let Some((key, value)) = keyed(content) {
            self.worker = None;
            self.last = Some(key.to_owned());
            said(key, value, fields);
        } else if let Some(target) = node::target(content) {
            let targets = fields.entry("Target Tables").or_insert_with(|| json!([])).as_array_mut();
            targets.into_iter().for_each(|targets| targets.push(target.clone()));
        }
    }

    /// Whether the line goes on with the text before it: a literal in an expression may hold line breaks. psql marks
    /// such a line's end with `+`.
    pub(super) fn goes_on(&self, fields: &mut Fields, line: &Line<'_>, margin: usize) -> bool {
        let last = self.last.as_ref().and_then(|key| fields.get_mut(key));
        let Some(Value::String(text)) = last else { return false };
        if text.matches('\'').count() % 2 == 0 {
            return false;
        }
        let begun = text.strip_suffix('+').map(|text| text.trim_end().len());
        text.truncate(begun.unwrap_or(text.len()));
        text.push('\n');
        text.push_str(&" ".repeat(line.column.saturating_sub(margin)));
        text.push_str(line.content);
        true
    }

    fn worker_at(&self, number: i64, fields: &mut Fields) -> usize {
        let Some(workers) = workers(fields) else { return 0 };
        let known = workers.iter().position(|worker| worker["Worker Number"] == number);
        known.unwrap_or_else(|| {
            workers.push(json!({ "Worker Number": number }));
            workers.len() - 1
        })
    }

    fn of_worker(&self, content: &str, fields: &mut Fields) {
        let worker = self.worker.and_then(|at| workers(fields)?.get_mut(at)?.as_object_mut());
        let Some(worker) = worker else { return };
        if let Some(figures) = content.strip_prefix("actual ") {
            worker.extend(node::measured(figures));
        } else if let Some((key, value)) = keyed(content) {
            said(key, value, worker);
        }
    }
}

fn workers(fields: &mut Fields) -> Option<&mut Vec<Value>> {
    fields.entry("Workers").or_insert_with(|| json!([])).as_array_mut()
}

/// `Worker 0:  …`
fn worker(content: &str) -> Option<(i64, &str)> {
    let (number, rest) = content.strip_prefix("Worker ")?.split_once(':')?;
    Some((number.parse().ok()?, rest.trim_start()))
}

/// `Key: value`, where the key is one that PostgreSQL writes: words that begin with a capital letter.
fn keyed(content: &str) -> Option<(&str, &str)> {
    let (key, value) = content.split_once(':')?;
    let mut letters = key.chars();
    let is_key = letters.next().is_some_and(char::is_uppercase)
        && letters.all(|letter| letter.is_ascii_alphanumeric() || " -/".contains(letter));
    is_key.then(|| (key, value.trim_start()))
}

/// Writes what one line says.
pub(super) fn said(key: &str, value: &str, fields: &mut Fields) {
    match key {
        "Buffers" => buffers(value, fields),
        "I/O Timings" => io_timings(value, fields),
        "WAL" => {
            renamed(value, &[("records", "WAL Records"), ("fpi", "WAL FPI"), ("bytes", "WAL Bytes")], fields)
        }
        "Heap Blocks" => {
            renamed(value, &[("exact", "Exact Heap Blocks"), ("lossy", "Lossy Heap Blocks")], fields);
        }
        "Tuples" => renamed(
            value,
            &[
                ("inserted", "Tuples Inserted"),
                ("updated", "Tuples Updated"),
                ("deleted", "Tuples Deleted"),
                ("skipped", "Tuples Skipped"),
            ],
            fields,
        ),
        "Sort Method" => sort(value, fields),
        "Full-sort Groups" | "Pre-sorted Groups" => drop(fields.insert(key.to_owned(), groups(value))),
        "Buckets" | "Batches" | "Planned Partitions" | "Hits" | "Storage" => pieces(key, value, fields),
        "Group Key" | "Hash Key" => grouping(key, value, fields),
        "Sort Key" if fields.get("Node Type").is_some_and(|kind| kind == "Aggregate") => {
            grouping(key, value, fields);
        }
        "Sampling" => sampling(value, fields),
        _ if LISTS.contains(&key) => drop(fields.insert(key.to_owned(), list(value))),
        _ => drop(fields.insert(key.to_owned(), plain(key, value))),
    }
}

fn plain(key: &str, value: &str) -> Value {
    let is_text =
        TEXTS.contains(&key) || key.ends_with("Cond") || key.ends_with("Filter") && !key.starts_with("Rows");
    match value {
        _ if is_text => Value::from(value),
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => figure(value).unwrap_or_else(|| Value::from(value)),
    }
}

fn renamed(value: &str, names: &[(&str, &str)], fields: &mut Fields) {
    for (name, figure) in pairs(value) {
        if let Some((_, known)) = names.iter().find(|(short, _)| *short == name) {
            fields.insert((*known).to_owned(), figure);
        }
    }
}

/// `shared hit=1 read=2, temp written=3`
fn buffers(value: &str, fields: &mut Fields) {
    for part in value.split(", ") {
        let Some((kind, counts)) = part.split_once(' ') else { continue };
        for (name, count) in pairs(counts) {
            fields.insert(format!("{} {} Blocks", capital(kind), capital(name)), count);
        }
    }
}

/// `read=1.2` up to PostgreSQL 14, `shared/local read=1.2` on 15 and 16, `shared read=1.2, temp write=3` from 17 on.
fn io_timings(value: &str, fields: &mut Fields) {
    for part in value.split(", ") {
        let kind = part.split_once(' ').map(|(kind, _)| kind).filter(|kind| !kind.contains('='));
        let kind = match kind {
            None | Some("shared/local") => String::new(),
            Some(kind) => format!("{} ", capital(kind)),
        };
        for (name, time) in pairs(part) {
            fields.insert(format!("{kind}I/O {} Time", capital(name)), time);
        }
    }
}

/// `external merge  Disk: 1234kB`
fn sort(value: &str, fields: &mut Fields) {
    let mut parts = split(value, "  ").into_iter();
    fields.extend(parts.next().map(|method| ("Sort Method".to_owned(), Value::from(method))));
    for (place, used) in parts.filter_map(|part| part.split_once(": ")) {
        if let Some(kilobytes) = measured(used, "kB") {
            fields.insert("Sort Space Used".to_owned(), kilobytes);
            fields.insert("Sort Space Type".to_owned(), Value::from(place));
        }
    }
}

/// `3  Sort Methods: quicksort, top-N heapsort  Average Memory: 27kB  Peak Memory: 27kB`
fn groups(value: &str) -> Value {
    let mut parts = split(value, "  ").into_iter();
    let mut group = Fields::new();
    group.extend(parts.next().and_then(figure).map(|count| ("Group Count".to_owned(), count)));
    for (key, value) in parts.filter_map(|part| part.split_once(": ")) {
        if key.starts_with("Sort Method") {
            group.insert("Sort Methods Used".to_owned(), list(value));
        } else if let (Some((which, place)), Some(used)) = (key.split_once(' '), measured(value, "kB")) {
            let space = group.entry(format!("Sort Space {place}")).or_insert_with(|| json!({}));
            space[format!("{which} Sort Space Used")] = used;
        }
    }
    Value::Object(group)
}

/// Several pairs on one line, such as `1024 (originally 512)  Batches: 2  Memory Usage: 9kB`.
fn pieces(first: &str, rest: &str, fields: &mut Fields) {
    let line = format!("{first}: {rest}");
    let parts: Vec<(&str, &str)> =
        split(&line, "  ").into_iter().filter_map(|part| part.split_once(": ")).collect();
    let is_hash = parts.iter().any(|(key, _)| *key == "Buckets");
    for (key, value) in parts {
        let name = match key {
            "Buckets" => "Hash Buckets",
            "Batches" if is_hash => "Hash Batches",
            "Batches" => "HashAgg Batches",
            "Memory Usage" => "Peak Memory Usage",
            "Hits" | "Misses" | "Evictions" | "Overflows" => &format!("Cache {key}"),
            other => other,
        };
        let (now, originally) = value.split_once(" (originally ").unwrap_or((value, value));
        let read =
            |text: &str| measured(text, "kB").or_else(|| figure(text)).unwrap_or_else(|| Value::from(text));
        fields.insert(name.to_owned(), read(now));
        if name.starts_with("Hash ") {
            fields.insert(format!("Original {name}"), read(originally.trim_end_matches(')')));
        }
    }
}

/// One key, or one line for each grouping set. Sets that share a sort are one entry; each hashed set is its own.
fn grouping(key: &str, value: &str, fields: &mut Fields) {
    let keys = if value == "()" { json!([]) } else { list(value) };
    let is_first = !fields.contains_key("Group Key") && !fields.contains_key("Grouping Sets");
    if key == "Group Key" && is_first {
        fields.insert(key.to_owned(), keys);
        return;
    }
    let first = fields.shift_remove("Group Key").map(|first| json!({ "Group Keys": [first] }));
    let sets = fields.entry("Grouping Sets").or_insert_with(|| json!([]));
    let Value::Array(sets) = sets else { return };
    sets.extend(first);
    match (key, sets.last_mut()) {
        ("Sort Key", _) => sets.push(json!({ "Sort Key": keys })),
        ("Group Key", Some(Value::Object(shared))) if !shared.contains_key("Hash Keys") => {
            let list = shared.entry("Group Keys").or_insert_with(|| json!([])).as_array_mut();
            list.into_iter().for_each(|list| list.push(keys.clone()));
        }
        _ => sets.push(json!({ format!("{key}s"): [keys] })),
    }
}

/// `bernoulli ('10'::real) REPEATABLE ('1'::double precision)`
fn sampling(value: &str, fields: &mut Fields) {
    let (sampled, seed) =
        value.split_once(" REPEATABLE ").map_or((value, None), |(head, seed)| (head, Some(seed)));
    let (method, parameters) = sampled.split_once(" (").unwrap_or((sampled, ""));
    fields.insert("Sampling Method".to_owned(), Value::from(method));
    fields.insert("Sampling Parameters".to_owned(), list(parameters.strip_suffix(')').unwrap_or(parameters)));
    if let Some(seed) = seed {
        let seed = seed.strip_prefix('(').and_then(|seed| seed.strip_suffix(')')).unwrap_or(seed);
        fields.insert("Repeatable Seed".to_owned(), Value::from(seed));
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}
