//! Reads `EXPLAIN`'s own text, as psql, a log or auto_explain prints it, into the fields that the JSON format has.
//!
//! The text says by indentation what belongs to what: a node's properties stand two columns right of its arrow's end, its
//! children's arrows where its properties stand, or two columns further below a label (`InitPlan 1`, `CTE x`).
//!
//! ```text
//! Limit  (cost=…)                       root at column r
//!   CTE x                               label at r + 2
//!     ->  Seq Scan on t  (cost=…)       arrow at c = r + 4
//!           Filter: (a = 1)             properties at c + 6
//!   ->  CTE Scan on x  (cost=…)         arrow at r + 2: a child of the root again
//! Planning Time: 0.1 ms                 at r: what is said of the whole
//! ```

mod items;
mod node;
mod paste;
mod property;
mod summary;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::PlanError;
use super::read::Document;
use paste::Line;
pub(super) use paste::json as pasted_json;

/// Columns from an arrow to the properties of its node.
const UNDER_ARROW: usize = 6;
/// Columns from the root to its properties.
const UNDER_ROOT: usize = 2;

/// A node whose properties and children may still follow.
struct Open {
    id: usize,
    /// Where its properties stand.
    column: usize,
}

pub(super) fn read(text: &str) -> Result<Document, PlanError> {
    let lines = paste::lines(text);
    let root = lines.iter().position(|line| node::is_root(line.content)).ok_or(PlanError::NotText)?;
    let (first, rest) = (&lines[root], &lines[root + 1..]);
    let mut document = Document::default();
    document.open(None)?;
    document.raw[0].fields = node::fields(first.content).ok_or(PlanError::NotText)?;
    let mut open = vec![Open { id: 0, column: first.column + UNDER_ROOT }];
    let mut label: Option<&str> = None;
    let mut properties = property::Properties::default();
    let mut rest = rest.iter();
    for line in rest.by_ref() {
        if let (Some(owner), false) = (open.last(), line.content.starts_with("->"))
            && properties.goes_on(&mut document.raw[owner.id].fields, line, first.column)
        {
            continue;
        }
        if let Some(named) = line.content.strip_prefix("->") {
            let fields =
                node::fields(named.trim_start()).ok_or(PlanError::NoNodeText { line: line.number })?;
            open.retain(|above| above.column <= line.column);
            let parent = open.last().ok_or(PlanError::Indentation { line: line.number })?.id;
            let id = document.open(Some(parent))?;
            document.raw[id].fields = fields;
            let relationship = relationship(label.take(), &document, parent);
            document.raw[id].fields.extend(relationship);
            open.push(Open { id, column: line.column + UNDER_ARROW });
            properties = property::Properties::default();
        } else if line.column <= first.column {
            summary::read(std::iter::once(line).chain(rest.by_ref()), &mut document.fields);
            break;
        } else if is_label(line, &open) {
            label = Some(line.content);
        } else if let Some(owner) = open.last() {
            properties.read(line, owner.column, &mut document.raw[owner.id].fields);
        }
    }
    Ok(document)
}

/// The name of a sub-plan, on a line of its own where properties stand.
fn is_label(line: &Line<'_>, open: &[Open]) -> bool {
    ["InitPlan ", "SubPlan ", "CTE "].iter().any(|kind| line.content.starts_with(kind))
        && open.iter().any(|node| node.column == line.column)
}

/// What the JSON format says of a child: its relationship to its parent, and the name of its sub-plan.
fn relationship(label: Option<&str>, document: &Document, parent: usize) -> Map<String, Value> {
    let said = |relationship: &str| json!({ "Parent Relationship": relationship });
    let fields = match label {
        Some(name) => {
            let kind = if name.starts_with("SubPlan ") { "SubPlan" } else { "InitPlan" };
            json!({ "Parent Relationship": kind, "Subplan Name": name })
        }
        None => match document.raw[parent].fields.get("Node Type").and_then(Value::as_str) {
            Some("Append" | "Merge Append" | "BitmapAnd" | "BitmapOr") => said("Member"),
            Some("Subquery Scan") => said("Subquery"),
            _ => {
                let feeds = |raw: &&super::read::Raw| {
                    raw.parent == Some(parent)
                        && raw.fields.get("Parent Relationship").is_some_and(|told| told == "Outer")
                };
                said(if document.raw.iter().any(|raw| feeds(&raw)) { "Inner" } else { "Outer" })
            }
        },
    };
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
