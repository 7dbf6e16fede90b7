//! What stands below the plan: planning, triggers, JIT, times, settings.

use serde_json::{Map, Value, json};

use super::items::{figure, measured, pairs, split, unquoted};
use super::paste::Line;
use super::property;

type Fields = Map<String, Value>;

/// Reads the lines from the first one that stands where the plan began.
pub(super) fn read<'a>(lines: impl Iterator<Item = &'a Line<'a>>, fields: &mut Fields) {
    let mut section = "";
    for Line { content, .. } in lines {
        if let Some(trigger) = content.strip_prefix("Trigger ") {
            let fired = fields.entry("Triggers").or_insert_with(|| json!([])).as_array_mut();
            if let (Some(fired), Some(trigger)) = (fired, self::trigger(trigger)) {
                fired.push(trigger);
            }
            continue;
        }
        let Some((key, value)) = content.split_once(':') else { continue };
        let value = value.trim();
        match (key, value) {
            ("Planning" | "JIT", "") => section = key,
            // The workers' compilation is in the total of the leader's.
            (_, "") if key.starts_with("JIT for worker") => section = "",
            ("Planning Time" | "Execution Time" | "Total runtime", _) => {
                let name = if key == "Total runtime" { "Execution Time" } else { key };
                fields.extend(measured(value, "ms").map(|ms| (name.to_owned(), ms)));
            }
            ("Settings", _) => drop(fields.insert(key.to_owned(), settings(value))),
            ("Query Identifier", _) => fields.extend(figure(value).map(|id| (key.to_owned(), id))),
            ("Serialization", _) => drop(fields.insert(key.to_owned(), serialization(value))),
            _ if section == "Planning" => {
                if let Some(planning) = fields.entry("Planning").or_insert_with(|| json!({})).as_object_mut()
                {
                    property::said(key, value, planning);
                }
            }
            _ if section == "JIT" => {
                let jit = fields.entry("JIT").or_insert_with(|| json!({}));
                match key {
                    "Functions" => jit["Functions"] = figure(value).unwrap_or_default(),
                    "Options" => jit["Options"] = options(value),
                    "Timing" => jit["Timing"] = timing(value),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// `check_it for constraint c on t: time=1.2 calls=3`, where a constraint's own trigger is not named.
fn trigger(text: &str) -> Option<Value> {
    let (named, figures) = text.rsplit_once(": ")?;
    let (named, relation) =
        named.rsplit_once(" on ").map_or((named, None), |(head, table)| (head, Some(table)));
    let (name, constraint) = match named.strip_prefix("for constraint ") {
        Some(constraint) => (None, Some(constraint)),
        None => named
            .split_once(" for constraint ")
            .map_or((Some(named), None), |(name, of)| (Some(name), Some(of))),
    };
    let mut trigger = Fields::new();
    for (key, said) in [("Trigger Name", name), ("Constraint Name", constraint), ("Relation", relation)] {
        trigger.extend(said.map(|said| (key.to_owned(), Value::from(unquoted(said)))));
    }
    for (key, value) in pairs(figures) {
        trigger.insert(if key == "time" { "Time" } else { "Calls" }.to_owned(), value);
    }
    Some(Value::Object(trigger))
}

/// `work_mem = '4MB', jit = 'off'`
fn settings(text: &str) -> Value {
    let pair = |part: &str| {
        let (name, value) = part.split_once(" = ")?;
        Some((name.to_owned(), Value::from(value.trim_matches('\''))))
    };
    Value::Object(split(text, ", ").into_iter().filter_map(pair).collect())
}

/// `Inlining false, Optimization false`
fn options(text: &str) -> Value {
    let option =
        |part: &str| part.split_once(' ').map(|(name, on)| (name.to_owned(), Value::Bool(on == "true")));
    Value::Object(text.split(", ").filter_map(option).collect())
}

/// `Generation 0.5 ms (Deform 0.1 ms), …, Total 2.5 ms`, the parenthesis from PostgreSQL 17 on.
fn timing(text: &str) -> Value {
    let part = |part: &str| {
        let (name, rest) = part.split_once(' ')?;
        let (total, detail) = rest.split_once(" (").unwrap_or((rest, ""));
        let total = measured(total, "ms")?;
        let detail = detail.trim_end_matches(')').split_once(' ');
        let value = match detail.and_then(|(name, ms)| Some((name, measured(ms, "ms")?))) {
            Some((inner, ms)) => json!({ inner: ms, "Total": total }),
            None => total,
        };
        Some((name.to_owned(), value))
    };
    Value::Object(split(text, ", ").into_iter().filter_map(part).collect())
}

/// `time=0.1 ms  output=1kB  format=text`
fn serialization(text: &str) -> Value {
    let mut said = Fields::new();
    for part in text.split("  ") {
        match part.split_once('=') {
            Some(("time", ms)) => said.extend(measured(ms, "ms").map(|ms| ("Time".to_owned(), ms))),
            Some(("output", size)) => {
                said.extend(measured(size, "kB").map(|kilobytes| ("Output Volume".to_owned(), kilobytes)));
            }
            Some(("format", format)) => drop(said.insert("Format".to_owned(), Value::from(format))),
            _ => {}
        }
    }
    Value::Object(said)
}
