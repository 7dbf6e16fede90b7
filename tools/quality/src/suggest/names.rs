//! What the name and the type of a column let expect.

use pgwright_postgres::catalog::{Column, Table};
use pgwright_postgres::mask::detect::{self, Class};

/// The last word of a name, and whether it is one of these.
fn ends_with(name: &str, words: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    words
        .iter()
        .any(|word| name == *word || name.strip_suffix(word).is_some_and(|before| before.ends_with('_')))
}

fn has_word(name: &str, words: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    name.split('_').any(|part| words.contains(&part))
}

const KEYS: &[&str] =
    &["id", "key", "uuid", "guid", "no", "nr", "number", "code", "sku", "isbn", "ean", "slug", "token"];
const POINTERS: &[&str] = &["id", "key", "uuid", "no", "nr", "code"];
const LINES: &[&str] = &[
    "line",
    "position",
    "pos",
    "seq",
    "linenumber",
    "line_no",
    "line_number",
    "version",
    "date",
    "day",
    "month",
    "year",
];
const AMOUNTS: &[&str] = &[
    "price", "amount", "quantity", "qty", "total", "count", "size", "length", "width", "height", "weight",
    "age", "stock", "cost", "duration", "distance", "discount", "tax", "fee", "rate", "rating", "score",
    "salary", "bytes", "seconds", "minutes", "hours", "days", "year", "pages", "units", "points", "volume",
    "area",
];

/// Whether values that are all different are so by design.
pub(super) fn could_be_key(column: &Column, table: &Table) -> bool {
    let first = table.columns.first().is_some_and(|first| first.name == column.name);
    match (column.base_type.as_str(), column.category) {
        ("uuid", _) => true,
        ("int2" | "int4" | "int8", _) => {
            ends_with(&column.name, KEYS) && (first || !is_pointer_elsewhere(column, table))
        }
        (_, 'S') => {
            let short =
                column.statistics.as_ref().is_some_and(|statistics| statistics.average_width_bytes <= 64);
            short
                && (ends_with(&column.name, KEYS) || has_word(&column.name, &["email", "username", "login"]))
        }
        _ => false,
    }
}

/// `customer_id` in a table that is not of customers: unique today, and by chance.
fn is_pointer_elsewhere(column: &Column, table: &Table) -> bool {
    let own = table.name.name.to_ascii_lowercase();
    let name = column.name.to_ascii_lowercase();
    match name.strip_suffix("_id").or_else(|| name.strip_suffix("_no")) {
        Some(subject) => !own.starts_with(subject.trim_end_matches('s')),
        None => false,
    }
}

pub(super) fn is_key_like(name: &str) -> bool {
    ends_with(name, KEYS)
}

pub(super) fn is_amount(name: &str) -> bool {
    has_word(name, AMOUNTS)
}

/// Whether few different values are a list by design: text, or numbers that are named like one.
pub(super) fn could_be_category(column: &Column, values: usize) -> bool {
    let named = has_word(
        &column.name,
        &[
            "status", "state", "type", "kind", "level", "category", "flag", "mode", "role", "class",
            "priority", "country", "currency", "gender",
        ],
    );
    match column.category {
        'S' => named || values <= 12,
        'E' | 'B' => false,
        'N' => named && values <= 12,
        _ => false,
    }
}

/// The form that nearly all of the values have, with the share in words.
pub(super) fn format_of<'a>(
    column: &Column,
    values: impl Iterator<Item = &'a String>,
) -> Option<(&'static str, String)> {
    if column.category != 'S' {
        return None;
    }
    let hint = detect::Column::new(&column.name);
    let mut seen = 0_usize;
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for value in values {
        seen += 1;
        let format = match detect::is(value, hint) {
            Some(Class::Email) => "email",
            Some(Class::Iban) => "iban",
            Some(Class::Ip) => "ip",
            Some(Class::Card) => "card",
            _ if is_uuid(value) => "uuid",
            _ if value.starts_with("http://") || value.starts_with("https://") => "url",
            _ if is_date(value) => "date",
            _ => continue,
        };
        match counts.iter_mut().find(|(known, _)| *known == format) {
            Some((_, count)) => *count += 1,
            None => counts.push((format, 1)),
        }
    }
    let (format, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (seen >= 5 && count * 100 >= seen * 95).then(|| (format, format!("{count} of {seen}")))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .char_indices()
            .all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.char_indices().all(|(at, c)| if matches!(at, 4 | 7) { c == '-' } else { c.is_ascii_digit() })
}

/// Words that come in an order.
const ORDERS: &[(&[&str], &[&str])] = &[
    (
        &["created", "ordered", "placed", "order"],
        &[
            "updated",
            "modified",
            "changed",
            "shipped",
            "delivered",
            "paid",
            "closed",
            "ship",
            "completed",
            "resolved",
        ],
    ),
    (&["shipped", "ship"], &["delivered", "received", "receipt"]),
    (
        &["start", "started", "begin", "from", "since", "opened"],
        &["end", "ended", "finish", "finished", "to", "until", "closed"],
    ),
    (&["birth", "born", "hire", "hired"], &["death", "died", "termination", "left"]),
    (&["min", "low", "lowest"], &["max", "high", "highest"]),
];

/// Columns of one type that should stand in an order, by their names; `created_at` and `shipped_at`.
pub(super) fn ordered_pairs(table: &Table) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for earlier in &table.columns {
        for later in &table.columns {
            let comparable = earlier.name != later.name
                && earlier.base_type == later.base_type
                && matches!(earlier.category, 'D' | 'N' | 'T');
            let ordered = ORDERS.iter().any(|(before, after)| {
                let (left, right) = (earlier.name.to_ascii_lowercase(), later.name.to_ascii_lowercase());
                let of = |name: &str, words: &[&str]| {
                    name.split('_').find(|part| words.contains(part)).map(|word| name.replacen(word, "", 1))
                };
                match (of(&left, before), of(&right, after)) {
                    // What is left of the names must agree for bounds, and need not for events.
                    (Some(left), Some(right)) => earlier.category == 'D' || left == right,
                    _ => false,
                }
            });
            if comparable && ordered {
                pairs.push((earlier.name.clone(), later.name.clone()));
            }
        }
    }
    pairs
}

/// Pairs of columns that could be a key together: those that point elsewhere, and those with a number of a line.
pub(super) fn key_pairs(table: &Table) -> Vec<(String, String)> {
    let points = |column: &&Column| ends_with(&column.name, POINTERS);
    let counts = |column: &&Column| has_word(&column.name, LINES) || ends_with(&column.name, LINES);
    let pointers: Vec<&Column> = table.columns.iter().filter(points).collect();
    let lines: Vec<&Column> = table.columns.iter().filter(counts).filter(|column| !points(column)).collect();
    let mut pairs = Vec::new();
    if let Some(first) = pointers.first() {
        for line in &lines {
            pairs.push((first.name.clone(), line.name.clone()));
        }
    }
    for (at, left) in pointers.iter().enumerate() {
        for right in pointers.iter().skip(at + 1) {
            pairs.push((left.name.clone(), right.name.clone()));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_says_what_it_is() {
        assert!(ends_with("customer_id", KEYS) && ends_with("id", KEYS) && ends_with("order_no", KEYS));
        assert!(!ends_with("paid", KEYS) && !ends_with("note", KEYS));
        assert!(is_amount("unit_price") && !is_amount("latitude"));
    }

    #[test]
    fn forms_are_told_by_nearly_all_values() {
        assert!(
            is_uuid("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11") && !is_uuid("a0eebc999c0b4ef8bb6d6bb9bd380a11")
        );
        assert!(is_date("2024-01-31") && !is_date("2024-01-3"));
    }
}
