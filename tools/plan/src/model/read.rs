//! Reads plan JSON with an explicit stack: the nesting of `Plans` is never recursion.
//!
//! serde_json reads everything that is not nested plans, and keeps its own limit of 128 levels there.

use std::collections::BTreeMap;

use serde_json::{Deserializer, Map, Value};

use super::{Jit, MAX_NODES, PlanError, Trigger};

/// A node as printed, without its children.
pub(super) struct Raw {
    pub(super) parent: Option<usize>,
    pub(super) fields: Map<String, Value>,
}

/// All nodes in plan order, and the fields beside the plan.
#[derive(Default)]
pub(super) struct Document {
    pub(super) raw: Vec<Raw>,
    pub(super) fields: Map<String, Value>,
}

impl Document {
    pub(super) fn open(&mut self, parent: Option<usize>) -> Result<usize, PlanError> {
        if self.raw.len() == MAX_NODES {
            return Err(PlanError::TooLarge);
        }
        self.raw.push(Raw { parent, fields: Map::new() });
        Ok(self.raw.len() - 1)
    }
}

pub(super) fn text(text: &str) -> Result<Document, PlanError> {
    let mut reader = Reader { text, at: 0 };
    let mut document = Document::default();
    if reader.next_is(b'[') && reader.next_is(b']') {
        return Err(PlanError::NoPlan);
    }
    reader.expect(b'{', "an object")?;
    while let Some(key) = reader.key()? {
        match key.as_str() {
            "Plan" => reader.tree(&mut document)?,
            _ => {
                let value = reader.shallow()?;
                document.fields.insert(key, value);
            }
        }
    }
    if document.raw.is_empty() { Err(PlanError::NoPlan) } else { Ok(document) }
}

pub(super) fn value(value: &Value) -> Result<Document, PlanError> {
    let whole = value
        .as_array()
        .and_then(|list| list.first())
        .unwrap_or(value)
        .as_object()
        .ok_or(PlanError::NoPlan)?;
    let root = whole.get("Plan").and_then(Value::as_object).ok_or(PlanError::NoPlan)?;
    let mut document = Document { fields: without(whole, "Plan"), raw: Vec::new() };
    let mut waiting = vec![(None, root)];
    while let Some((parent, node)) = waiting.pop() {
        let id = document.open(parent)?;
        document.raw[id].fields = without(node, "Plans");
        let children = node.get("Plans").and_then(Value::as_array).into_iter().flatten();
        waiting.extend(children.rev().filter_map(Value::as_object).map(|child| (Some(id), child)));
    }
    Ok(document)
}

fn without(object: &Map<String, Value>, key: &str) -> Map<String, Value> {
    object
        .iter()
        .filter(|(name, _)| *name != key)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// Reads the object of a root node and everything nested in its `Plans`.
    fn tree(&mut self, document: &mut Document) -> Result<(), PlanError> {
        self.expect(b'{', "a plan node")?;
        let mut open = vec![document.open(None)?];
        while let Some(&node) = open.last() {
            match self.key()? {
                Some(key) if key == "Plans" => {
                    self.expect(b'[', "a list of plan nodes")?;
                    if !self.next_is(b']') {
                        self.expect(b'{', "a plan node")?;
                        open.push(document.open(Some(node))?);
                    }
                }
                Some(key) => {
                    let value = self.shallow()?;
                    document.raw[node].fields.insert(key, value);
                }
                None => {
                    open.pop();
                    let Some(&parent) = open.last() else { break };
                    if self.next_is(b',') {
                        self.expect(b'{', "a plan node")?;
                        open.push(document.open(Some(parent))?);
                    } else {
                        self.expect(b']', "the end of a list of plan nodes")?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The next key of the open object with its colon, or none where the object ends.
    fn key(&mut self) -> Result<Option<String>, PlanError> {
        if self.next_is(b'}') {
            return Ok(None);
        }
        self.next_is(b',');
        let at = self.at;
        let Value::String(key) = self.shallow()? else { return Err(not_json(at, "a key in quotes", None)) };
        self.expect(b':', "a colon")?;
        Ok(Some(key))
    }

    /// One JSON value of limited depth.
    fn shallow(&mut self) -> Result<Value, PlanError> {
        let mut values = Deserializer::from_str(&self.text[self.at..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                self.at += values.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => Err(not_json(self.at, "a value", Some(error))),
            None => Err(not_json(self.at, "a value", None)),
        }
    }

    fn next_is(&mut self, wanted: u8) -> bool {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        let found = bytes.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: u8, expected: &'static str) -> Result<(), PlanError> {
        if self.next_is(wanted) { Ok(()) } else { Err(not_json(self.at, expected, None)) }
    }
}

fn not_json(at: usize, expected: &'static str, source: Option<serde_json::Error>) -> PlanError {
    PlanError::NotJson { at, expected, source }
}

/// A figure that arithmetic can be done on: finite, never negative, never beyond what a plan can hold.
pub(super) fn figure(value: &Value) -> Option<f64> {
    value.as_f64().filter(|figure| figure.is_finite()).map(|figure| figure.clamp(0.0, 1e15))
}

pub(super) fn triggers(value: &Value) -> Vec<Trigger> {
    let list = value.as_array().into_iter().flatten();
    list.map(|trigger| {
        let text = |key: &str| trigger.get(key).and_then(Value::as_str).map(str::to_owned);
        let number = |key: &str| trigger.get(key).and_then(figure).unwrap_or(0.0);
        let constraint = text("Constraint Name");
        Trigger {
            name: constraint.clone().or_else(|| text("Trigger Name")).unwrap_or_default(),
            enforces: constraint.is_some(),
            relation: text("Relation"),
            total_ms: number("Time"),
            calls: number("Calls"),
        }
    })
    .collect()
}

pub(super) fn jit(value: &Value) -> Option<Jit> {
    let object = value.as_object()?;
    Some(Jit {
        functions: object.get("Functions").and_then(figure).unwrap_or(0.0),
        total_ms: object.get("Timing").and_then(|timing| timing.get("Total")).and_then(figure),
    })
}

pub(super) fn settings(value: &Value) -> BTreeMap<String, String> {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}
