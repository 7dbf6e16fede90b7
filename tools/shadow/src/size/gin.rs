//! GIN indexes: which keys the rows have, from what statistics hold of the values, and what an index over these takes.

use std::collections::{HashMap, HashSet};

use super::{PAGE, Size, aligned};
use crate::array;
use crate::snapshot::Statistics;

const COMMON: i16 = 1;
const HISTOGRAM: i16 = 2;
const COMMON_ELEMENTS: i16 = 4;
const ELEMENT_COUNTS: i16 = 5;
/// What a page of an index has room for, header and trailer away.
const ROOM: f64 = PAGE - 40.0;
/// Keys come in order, and each full page of them is split in halves; lists of different lengths fill more than that.
const ENTRY_FILL: f64 = 0.55;
/// Places of rows that need more than this get pages of their own (`GinMaxItemSize`).
const LONGEST_ENTRY: f64 = 2_700.0;
/// Segments of places have headers.
const SEGMENTS: f64 = 1.03;

/// The keys of an index: of those that are known the share of rows that have them, and the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Keys {
    shares: Vec<f64>,
    /// How many of the others a row has, and what share of rows one of them is in.
    others: f64,
    share_of_other: f64,
    key_bytes: f64,
}

impl Keys {
    /// Of a column that has these statistics, by the name of the operator class. Nothing where they tell nothing.
    pub(crate) fn of(statistics: &Statistics, class: &str) -> Option<Self> {
        if class.contains("trgm") {
            return Some(Self::of_values(statistics, 4.0, trigrams));
        }
        if class.contains("jsonb_path") {
            return Some(Self::of_values(statistics, 4.0, |text| parts_of_json(text, false)));
        }
        if class.contains("jsonb") {
            return Some(Self::of_values(statistics, 8.0, |text| parts_of_json(text, true)));
        }
        Self::of_elements(statistics)
    }

    /// Whether there are any.
    pub(crate) fn are_known(&self) -> bool {
        !self.shares.is_empty()
    }

    fn of_elements(statistics: &Statistics) -> Option<Self> {
        let slot = |kind: i16| statistics.slots.iter().find(|slot| slot.kind == kind);
        let elements = array::elements(slot(COMMON_ELEMENTS)?.values.as_deref()?);
        let numbers = slot(COMMON_ELEMENTS)?.numbers.as_ref()?;
        // The least and the greatest share follow, and that of NULL.
        let shares: Vec<f64> = numbers.iter().take(elements.len()).map(|share| f64::from(*share)).collect();
        let known: f64 = shares.iter().sum();
        let least = shares.iter().copied().fold(1.0, f64::min);
        let mean = slot(ELEMENT_COUNTS).and_then(|slot| slot.numbers.as_ref()?.last().copied());
        let length: usize = elements.iter().flatten().map(String::len).sum();
        #[allow(clippy::cast_precision_loss, reason = "a length")]
        let key_bytes = length as f64 / elements.len().max(1) as f64 + 1.0;
        Some(Self {
            others: mean.map_or(0.0, |mean| (f64::from(mean) - known).max(0.0)),
            share_of_other: least / 2.0,
            shares,
            key_bytes,
        })
    }

    /// By what each known value gives; a value of the histogram stands for many others.
    #[allow(clippy::cast_precision_loss, reason = "some hundred values")]
    fn of_values(statistics: &Statistics, key_bytes: f64, keys: impl Fn(&str) -> HashSet<String>) -> Self {
        let slot = |kind: i16| statistics.slots.iter().find(|slot| slot.kind == kind);
        let values = |kind: i16| -> Vec<String> {
            let text = slot(kind).and_then(|slot| slot.values.as_deref());
            text.map(|text| array::elements(text).into_iter().flatten().collect()).unwrap_or_default()
        };
        let common = values(COMMON);
        let weights = slot(COMMON).and_then(|slot| slot.numbers.clone()).unwrap_or_default();
        let bounds = values(HISTOGRAM);
        let in_common: f64 = weights.iter().map(|share| f64::from(*share)).sum();
        let each = (1.0 - f64::from(statistics.null_ratio) - in_common).max(0.0) / bounds.len().max(1) as f64;
        let weighted = common
            .iter()
            .zip(weights.iter().map(|share| f64::from(*share)))
            .chain(bounds.iter().map(|value| (value, each)));
        let mut shares: HashMap<String, f64> = HashMap::new();
        for (value, share) in weighted {
            for key in keys(value) {
                *shares.entry(key).or_default() += share;
            }
        }
        Self { shares: shares.into_values().collect(), key_bytes, ..Self::default() }
    }
}

/// As `pg_trgm` makes them: of each word, with two blanks before and one behind.
fn trigrams(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut found = HashSet::new();
    for word in words {
        let padded: Vec<char> = format!("  {word} ").chars().collect();
        found.extend(padded.windows(3).map(|three| three.iter().collect::<String>()));
    }
    found
}

/// The values with their paths, or, apart, keys and values.
fn parts_of_json(text: &str, apart: bool) -> HashSet<String> {
    fn walk(value: &serde_json::Value, path: &str, apart: bool, found: &mut HashSet<String>) {
        match value {
            serde_json::Value::Object(members) => {
                for (key, member) in members {
                    if apart {
                        found.insert(format!("K{key}"));
                    }
                    walk(member, &format!("{path}/{key}"), apart, found);
                }
            }
            serde_json::Value::Array(members) => {
                members.iter().for_each(|member| walk(member, path, apart, found));
            }
            scalar => {
                found.insert(if apart { scalar.to_string() } else { format!("{path}={scalar}") });
            }
        }
    }
    let mut found = HashSet::new();
    if let Ok(value) = serde_json::from_str(text) {
        walk(&value, "", apart, &mut found);
    }
    found
}

/// The size of an index over these keys.
pub(crate) fn gin_of(rows: f64, heap_pages: f64, keys: &Keys) -> Size {
    let (mut entries, mut trees) = (0.0, 0.0);
    let others = if keys.share_of_other > 0.0 { keys.others / keys.share_of_other } else { 0.0 };
    let known = keys.shares.iter().map(|share| (*share, 1.0));
    for (share, count) in known.chain([(keys.share_of_other, others)]) {
        let places = (rows * share).max(1.0);
        // A row's place is written as the difference to the one before, seven bits a byte: a page counts 2,048 places, and
        // the next row of the same page takes one byte.
        let heap = heap_pages.max(1.0);
        let hit = heap * -(-places / heap).exp_m1();
        let gap = 2_048.0 * heap / hit;
        let bytes = (hit * (gap.log2() / 7.0).ceil() + (places - hit).max(0.0)) * SEGMENTS;
        let key = aligned(8.0 + keys.key_bytes) + 4.0;
        if bytes > LONGEST_ENTRY {
            let leaves = (bytes / ROOM).ceil();
            trees += count * (leaves + if leaves > 1.0 { 1.0 } else { 0.0 });
            entries += count * key;
        } else {
            entries += count * (key + aligned(bytes));
        }
    }
    Size { pages: 2.0 + trees + (entries / (ROOM * ENTRY_FILL)).ceil(), height: 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trigrams_are_those_of_show_trgm() {
        let mut found: Vec<String> = trigrams("Ab 1").into_iter().collect();
        found.sort();
        assert_eq!(found, ["  1", "  a", " 1 ", " ab", "ab "]);
    }

    #[test]
    fn json_has_keys_and_values_apart_or_paths() {
        let text = r#"{"k": 1, "nested": {"x": [1, 2]}}"#;
        assert_eq!(parts_of_json(text, true).len(), 5);
        assert_eq!(parts_of_json(text, false).len(), 3);
    }
}
