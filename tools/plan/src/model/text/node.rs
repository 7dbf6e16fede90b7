//! The line of a node: its type, what it works on, what was expected and what happened.

use serde_json::{Map, Value};

use super::items::{figure, pairs, split, unquoted};

type Fields = Map<String, Value>;

/// Node types as the text prints them at the start of a plan without costs, where nothing else tells a plan from prose.
const ROOTS: &[&str] = &[
    "Aggregate",
    "Append",
    "Bitmap Heap Scan on",
    "CTE Scan on",
    "Delete on",
    "Finalize",
    "Function Scan on",
    "Gather",
    "Group",
    "GroupAggregate",
    "Hash",
    "HashAggregate",
    "HashSetOp",
    "Incremental Sort",
    "Index Only Scan",
    "Index Scan",
    "Insert on",
    "Limit",
    "LockRows",
    "Materialize",
    "Memoize",
    "Merge",
    "MixedAggregate",
    "Nested Loop",
    "Parallel",
    "ProjectSet",
    "Recursive Union",
    "Result",
    "Sample Scan on",
    "Seq Scan on",
    "SetOp",
    "Sort",
    "Subquery Scan on",
    "Tid Scan on",
    "Unique",
    "Update on",
    "Values Scan on",
    "WindowAgg",
    "WorkTable Scan on",
    "Foreign Scan",
    "Custom Scan",
];

/// Whether a plan may begin with this line.
pub(super) fn is_root(content: &str) -> bool {
    let (head, has_figures) = [" (cost=", " (actual ", " (never executed)"]
        .iter()
        .find_map(|sign| content.split_once(sign))
        .map_or((content, false), |(head, _)| (head, true));
    let begins =
        |root: &&str| head.strip_prefix(*root).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    !head.contains(": ") && !head.starts_with("->") && (has_figures || ROOTS.iter().any(begins))
}

/// `Update on p1 p_1`, a line of its own below a statement that changes several tables.
pub(super) fn target(content: &str) -> Option<Value> {
    let (kind, object) = kind_and_object(content);
    let mut fields = Fields::new();
    works_on(kind, object.filter(|_| matches!(kind, "Insert" | "Update" | "Delete" | "Merge"))?, &mut fields);
    Some(Value::Object(fields))
}

/// The fields of a node, of what stands behind its arrow; `None` where that is no node.
pub(super) fn fields(content: &str) -> Option<Fields> {
    let (head, actual) = actual(content);
    let (head, estimate) = estimate(head);
    let mut fields = named(head.trim())?;
    fields.extend(estimate);
    fields.extend(actual);
    Some(fields)
}

/// What `(actual …)` or `(never executed)` at the end says, and what stands before it.
fn actual(content: &str) -> (&str, Fields) {
    if let Some(head) = content.strip_suffix("(never executed)") {
        let zero = |key: &str| (key.to_owned(), Value::from(0));
        return (head, [zero("Actual Rows"), zero("Actual Loops")].into_iter().collect());
    }
    let Some((head, figures)) = content.strip_suffix(')').and_then(|rest| rest.rsplit_once("(actual "))
    else {
        return (content, Fields::new());
    };
    (head, measured(figures))
}

/// The fields of `time=0.1..0.2 rows=1 loops=1`.
pub(super) fn measured(figures: &str) -> Fields {
    let mut fields = Fields::new();
    for word in figures.split_whitespace() {
        match word.split_once('=') {
            Some(("time", range)) => range_of(range, "Actual Startup Time", "Actual Total Time", &mut fields),
            Some(("rows", rows)) => fields.extend(figure(rows).map(|rows| ("Actual Rows".to_owned(), rows))),
            Some(("loops", loops)) => {
                fields.extend(figure(loops).map(|loops| ("Actual Loops".to_owned(), loops)));
            }
            _ => {}
        }
    }
    fields
}

/// What `(cost=… rows=… width=…)` at the end says, and what stands before it.
fn estimate(content: &str) -> (&str, Fields) {
    let Some((head, figures)) =
        content.trim_end().strip_suffix(')').and_then(|rest| rest.rsplit_once("(cost="))
    else {
        return (content, Fields::new());
    };
    let mut fields = Fields::new();
    let range = figures.split_whitespace().next().unwrap_or_default();
    range_of(range, "Startup Cost", "Total Cost", &mut fields);
    for (name, value) in pairs(figures) {
        match name {
            "rows" => fields.insert("Plan Rows".to_owned(), value),
            "width" => fields.insert("Plan Width".to_owned(), value),
            _ => None,
        };
    }
    (head, fields)
}

fn range_of(range: &str, first: &str, last: &str, fields: &mut Fields) {
    if let Some((from, to)) = range.split_once("..") {
        fields.extend(figure(from).map(|from| (first.to_owned(), from)));
        fields.extend(figure(to).map(|to| (last.to_owned(), to)));
    }
}

/// What the words before the figures say.
fn named(head: &str) -> Option<Fields> {
    let mut fields = Fields::new();
    let mut set = |key: &str, value: &str| drop(fields.insert(key.to_owned(), Value::from(value)));
    let (mut words, mut parallel, mut asynchronous) = (head, false, false);
    loop {
        if let Some(rest) = words.strip_prefix("Parallel ") {
            (words, parallel) = (rest, true);
        } else if let Some(rest) = words.strip_prefix("Async ") {
            (words, asynchronous) = (rest, true);
        } else {
            break;
        }
    }
    let partial = ["Partial", "Finalize"].into_iter().find(|mode| words.starts_with(&format!("{mode} ")));
    if let Some(mode) = partial {
        words = words[mode.len()..].trim_start();
    }
    let (kind, object) = kind_and_object(words);
    match kind {
        "Aggregate" | "GroupAggregate" | "HashAggregate" | "MixedAggregate" => {
            set("Node Type", "Aggregate");
            let strategy = match kind {
                "GroupAggregate" => "Sorted",
                "HashAggregate" => "Hashed",
                "MixedAggregate" => "Mixed",
                _ => "Plain",
            };
            set("Strategy", strategy);
            set("Partial Mode", partial.unwrap_or("Simple"));
        }
        "Insert" | "Update" | "Delete" | "Merge" => {
            set("Node Type", "ModifyTable");
            set("Operation", kind);
        }
        "Foreign Insert" | "Foreign Update" | "Foreign Delete" => {
            set("Node Type", "Foreign Scan");
            set("Operation", kind.trim_start_matches("Foreign "));
        }
        "" => return None,
        _ if kind.starts_with("Custom Scan (") => {
            set("Node Type", "Custom Scan");
            set("Custom Plan Provider", kind.trim_start_matches("Custom Scan (").trim_end_matches(')'));
        }
        _ => match join(kind).or_else(|| set_operation(kind)) {
            Some(pairs) => pairs.iter().for_each(|(key, value)| set(key, value)),
            None => {
                let backward = kind.strip_suffix(" Backward");
                let kind = backward.unwrap_or(kind);
                set("Node Type", kind);
                if matches!(kind, "Index Scan" | "Index Only Scan") {
                    set("Scan Direction", if backward.is_some() { "Backward" } else { "Forward" });
                }
            }
        },
    }
    if let Some(object) = object {
        works_on(kind, object, &mut fields);
    }
    fields.insert("Parallel Aware".to_owned(), Value::from(parallel));
    fields.insert("Async Capable".to_owned(), Value::from(asynchronous));
    Some(fields)
}

/// `Index Scan using i on t` is the type, and what follows it.
fn kind_and_object(words: &str) -> (&str, Option<&str>) {
    let places = [" using ", " on "].into_iter().filter_map(|word| words.find(word));
    match places.min() {
        Some(at) => (&words[..at], Some(&words[at..])),
        None => (words, None),
    }
}

/// `Hash Left Join` is a `Hash Join` of type `Left`.
fn join(kind: &str) -> Option<Vec<(&'static str, &str)>> {
    let [node, prefix] = [["Nested Loop", "Nested Loop"], ["Hash Join", "Hash"], ["Merge Join", "Merge"]]
        .into_iter()
        .find(|[node, prefix]| kind == *node || (kind.starts_with(prefix) && kind.ends_with(" Join")))?;
    let between = kind.strip_prefix(prefix)?.trim_end_matches("Join").trim();
    Some(vec![("Node Type", node), ("Join Type", if between.is_empty() { "Inner" } else { between })])
}

/// `HashSetOp Except All` is a hashed `SetOp` with that command.
fn set_operation(kind: &str) -> Option<Vec<(&'static str, &str)>> {
    let (strategy, command) = match kind.strip_prefix("HashSetOp") {
        Some(command) => ("Hashed", command),
        None => ("Sorted", kind.strip_prefix("SetOp")?),
    };
    Some(vec![("Node Type", "SetOp"), ("Strategy", strategy), ("Command", command.trim())])
}

/// What follows the type: an index, a relation with its schema, an alias.
fn works_on(kind: &str, object: &str, fields: &mut Fields) {
    let mut set = |key: &str, value: String| drop(fields.insert(key.to_owned(), Value::from(value)));
    let mut rest = object.trim_start();
    if let Some(using) = rest.strip_prefix("using ") {
        let words = split(using, " ");
        set("Index Name", unquoted(words.first().copied().unwrap_or_default()));
        let Some(at) = using.find(" on ") else { return };
        rest = using[at..].trim_start();
    }
    let words = split(rest.trim_start_matches("on "), " ");
    let Some(name) = words.first() else { return };
    if kind == "Bitmap Index Scan" {
        set("Index Name", unquoted(name));
        return;
    }
    let parts = split(name, ".");
    let (schema, name) = match parts.as_slice() {
        [schema, name] => (Some(unquoted(schema)), unquoted(name)),
        _ => (None, unquoted(name)),
    };
    let alias = words.get(1).map_or_else(|| name.clone(), |alias| unquoted(alias));
    let key = match kind {
        "Function Scan" => Some("Function Name"),
        "Table Function Scan" => Some("Table Function Name"),
        "CTE Scan" | "WorkTable Scan" => Some("CTE Name"),
        "Named Tuplestore Scan" => Some("Tuplestore Name"),
        "Subquery Scan" | "Values Scan" => None,
        _ => Some("Relation Name"),
    };
    if let Some(key) = key {
        set(key, name);
    }
    if let Some(schema) = schema {
        set("Schema", schema);
    }
    set("Alias", alias);
}
