//! What stands in place of a value: the five masks, and the parts that detection hides.

use std::sync::OnceLock;

use pgwright_sql::hexadecimal;
use rand::RngCore;
use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

use super::detect::{self, Class, Found};
use super::setting::{Mask, Period, Width};

/// Stands for a value that is not shown.
const HIDDEN: &str = "(masked)";
/// Always as many, so that the length of what is hidden does not show.
const STARS: &str = "***";

/// All smaller whole numbers are exact in f64 (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What the detectors made of a value.
#[derive(Debug, PartialEq)]
pub(super) enum Shown {
    /// Nothing was found.
    AsItIs,
    /// This is shown instead, because of these.
    Changed(Value, Vec<Class>),
}

/// A value under a mask.
pub(super) fn masked(mask: &Mask, value: Value) -> Value {
    if value.is_null() {
        return value;
    }
    match mask {
        Mask::Null => Value::Null,
        Mask::Hash => Value::String(hash(&value)),
        Mask::Constant(text) => Value::String(text.clone().unwrap_or_else(|| HIDDEN.to_owned())),
        Mask::Partial => each(value, &partial),
        Mask::Bucket(width) => each(value, &|value| bucket(value, *width)),
    }
}

/// Applies to the elements of an array, and to a value that is none. Objects are hidden whole.
fn each(value: Value, shape: &dyn Fn(&Value) -> String) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Array(elements) => elements.into_iter().map(|element| each(element, shape)).collect(),
        Value::Object(_) => HIDDEN.into(),
        scalar => Value::String(shape(&scalar)),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// 64 bits of SHA-256 behind a key that no other process has: equal values can be told equal, and not guessed.
fn hash(value: &Value) -> String {
    static KEY: OnceLock<[u8; 32]> = OnceLock::new();
    let key = KEY.get_or_init(|| {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        key
    });
    let digest = Sha256::new().chain_update(key).chain_update(text_of(value)).finalize();
    format!("h:{}", hexadecimal(&digest[..8]))
}

fn partial(value: &Value) -> String {
    if value.is_boolean() {
        return STARS.to_owned();
    }
    let text = text_of(value);
    let class = detect::is(&text, detect::Column::default());
    class.map_or_else(|| ends(&text), |class| part(class, text.trim()))
}

/// The first and the last character of what is long enough for them to say little.
fn ends(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    match characters.as_slice() {
        [first, .., last] if characters.len() >= 8 => format!("{first}{STARS}{last}"),
        _ => STARS.to_owned(),
    }
}

/// What is left of personal data, by its class.
fn part(class: Class, text: &str) -> String {
    match class {
        Class::Email => match text.rsplit_once('@') {
            Some((local, domain)) => format!("{}{STARS}@{domain}", first(local)),
            None => STARS.to_owned(),
        },
        Class::Phone => format!("{STARS}{}", last_letters(text, 2)),
        Class::Card | Class::Ssn | Class::Iban => format!("{STARS}{}", last_letters(text, 4)),
        Class::Ip => match text.split_once(['.', ':']) {
            Some((network, rest)) if !network.is_empty() => {
                let sign = if rest.contains(':') { ':' } else { '.' };
                format!("{network}{sign}{STARS}")
            }
            _ => STARS.to_owned(),
        },
        _ => STARS.to_owned(),
    }
}

fn first(text: &str) -> String {
    text.chars().next().map(String::from).unwrap_or_default()
}

fn last_letters(text: &str, count: usize) -> String {
    let letters: Vec<char> = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
    letters.iter().skip(letters.len().saturating_sub(count)).collect()
}

fn bucket(value: &Value, width: Option<Width>) -> String {
    let text = text_of(value);
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    match (width, number, moment(&text)) {
        (Some(Width::Date(period)), _, Some((year, month))) => period_of(year, month, period),
        (None, None, Some((year, month))) => period_of(year, month, Period::Year),
        (Some(Width::Number(width)), Some(number), _) => {
            // Of a number that f64 holds no more to the unit, a narrow range would be the number itself.
            let width = whole(width.get());
            range(number, if number.abs() < EXACT { width } else { width.max(suitable(number)) })
        }
        (None, Some(number), _) => range(number, suitable(number)),
        _ => HIDDEN.to_owned(),
    }
}

#[allow(clippy::cast_precision_loss, reason = "a width past 2^53 is as good rounded")]
fn whole(width: u64) -> f64 {
    width as f64
}

/// A power of ten of the number's own size.
fn suitable(number: f64) -> f64 {
    let digits = number.abs().max(1.0).log10().floor();
    10_f64.powf(digits.max(1.0))
}

/// In PostgreSQL's notation of ranges.
fn range(number: f64, width: f64) -> String {
    let low = (number / width).floor() * width;
    let shown = |bound: f64| if bound.abs() < EXACT { bound.to_string() } else { format!("{bound:e}") };
    format!("[{},{})", shown(low), shown(low + width))
}

fn period_of(year: i32, month: &str, period: Period) -> String {
    match period {
        Period::Month => format!("{year:04}-{month}"),
        Period::Year => format!("{year:04}"),
        Period::Decade => format!("{}s", year.div_euclid(10) * 10),
    }
}

/// Year and month of a date or time in ISO 8601.
fn moment(text: &str) -> Option<(i32, &str)> {
    let (year, rest) = text.split_once('-')?;
    let (month, _) = rest.split_once('-')?;
    let is_month = month.len() == 2 && month.bytes().all(|byte| byte.is_ascii_digit());
    (year.len() >= 4 && is_month).then_some((year.parse().ok()?, month))
}

/// Hides what looks like personal data in the texts of a value, and in a number where the column's name says what it is.
pub(super) fn detected(value: &Value, name: detect::Column) -> Shown {
    let mut classes = Vec::new();
    let shown = search(value, name, &mut classes);
    classes.sort_unstable();
    classes.dedup();
    match shown {
        Some(shown) => Shown::Changed(shown, classes),
        None => Shown::AsItIs,
    }
}

/// The value with what was found hidden; `None` where nothing was.
fn search(value: &Value, name: detect::Column, classes: &mut Vec<Class>) -> Option<Value> {
    match value {
        Value::String(text) => hidden(text, name, classes).map(Value::String),
        Value::Number(number) => number_of_class(number, name, classes),
        Value::Array(elements) => {
            let searched: Vec<Option<Value>> =
                elements.iter().map(|element| search(element, name, classes)).collect();
            searched.iter().any(Option::is_some).then(|| {
                let pairs = searched.into_iter().zip(elements);
                pairs.map(|(shown, element)| shown.unwrap_or_else(|| element.clone())).collect()
            })
        }
        Value::Object(fields) => {
            let mut shown = Map::with_capacity(fields.len());
            let mut is_changed = false;
            for (field, inner) in fields {
                let name = hidden(field, detect::Column::default(), classes);
                let changed = search(inner, detect::Column::new(field), classes);
                is_changed |= name.is_some() || changed.is_some();
                let mut name = name.unwrap_or_else(|| field.clone());
                // Two names that differ in what is hidden stay two.
                while shown.contains_key(&name) {
                    name.push('*');
                }
                shown.insert(name, changed.unwrap_or_else(|| inner.clone()));
            }
            is_changed.then_some(Value::Object(shown))
        }
        Value::Null | Value::Bool(_) => None,
    }
}

fn hidden(text: &str, name: detect::Column, classes: &mut Vec<Class>) -> Option<String> {
    let found = detect::find(text, name);
    if found.is_empty() {
        return None;
    }
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for Found { class, range } in found {
        shown.push_str(text.get(at..range.start).unwrap_or_default());
        shown.push_str(&part(class, text.get(range.clone()).unwrap_or_default()));
        at = range.end;
        classes.push(class);
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    Some(shown)
}

fn number_of_class(number: &Number, name: detect::Column, classes: &mut Vec<Class>) -> Option<Value> {
    name.class()?;
    let text = number.to_string();
    let class = detect::is(&text, name)?;
    classes.push(class);
    Some(Value::String(part(class, &text)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;
    use std::num::NonZeroU64;

    #[test]
    fn hashes_keep_equal_values_equal() {
        let of = |text: &str| masked(&Mask::Hash, json!(text));
        assert_eq!(of("a@b.example"), of("a@b.example"));
        assert_ne!(of("a@b.example"), of("b@b.example"));
        assert_eq!(masked(&Mask::Hash, Value::Null), Value::Null);
    }

    #[test]
    fn parts_are_kept_by_kind() {
        let of = |value| masked(&Mask::Partial, value);
        assert_eq!(of(json!("jane.doe@example.com")), json!("j***@example.com"));
        assert_eq!(of(json!("4111 1111 1111 1111")), json!("***1111"));
        assert_eq!(of(json!("Alexandra")), json!("A***a"));
        assert_eq!(of(json!("Alex")), json!("***"));
        assert_eq!(of(json!("Al")), json!("***"));
        assert_eq!(of(json!(1234567)), json!("***"));
        assert_eq!(of(json!(12345678)), json!("1***8"));
        assert_eq!(of(json!(true)), json!("***"));
        assert_eq!(of(json!(false)), json!("***"));
        assert_eq!(of(json!("192.0.2.7")), json!("192.***"));
        assert_eq!(of(json!("2001:db8::8a2e:370:7334")), json!("2001:***"));
        assert_eq!(of(json!("::ffff:192.0.2.128")), json!("***"));
        assert_eq!(of(json!(["Alexandra", null])), json!(["A***a", null]));
        assert_eq!(of(json!({"a": 1})), json!("(masked)"));
    }

    #[test]
    fn buckets_hold_what_falls_into_them() {
        let of = |width, value| masked(&Mask::Bucket(width), value);
        let thousand = Some(Width::Number(NonZeroU64::new(1000).unwrap()));
        assert_eq!(of(thousand, json!(1999.5)), json!("[1000,2000)"));
        assert_eq!(of(thousand, json!(-1)), json!("[-1000,0)"));
        assert_eq!(of(None, json!(54321)), json!("[50000,60000)"));
        assert_eq!(of(None, json!(7)), json!("[0,10)"));
        assert_eq!(of(None, json!("1984-05-06")), json!("1984"));
        assert_eq!(of(Some(Width::Date(Period::Month)), json!("1984-05-06 10:00:00+00")), json!("1984-05"));
        assert_eq!(of(Some(Width::Date(Period::Decade)), json!("1984-05-06")), json!("1980s"));
        assert_eq!(of(thousand, json!("secret")), json!("(masked)"));
        assert_eq!(of(thousand, json!("NaN")), json!("(masked)"));
        assert_eq!(of(thousand, json!("123456789012345678901234567890")), json!("[1e29,2e29)"));
        assert_eq!(of(None, json!("-123456789012345678901234567890")), json!("[-2e29,-1e29)"));
        assert_eq!(of(thousand, json!(1_234_567_890_123_i64)), json!("[1234567890000,1234567891000)"));
        assert_eq!(of(Some(Width::Date(Period::Year)), json!(5)), json!("(masked)"));
    }

    #[test]
    fn only_what_was_found_is_hidden() {
        let plain = detect::Column::new("note");
        assert_eq!(
            detected(&json!("write to jane@example.com, please"), plain),
            Shown::Changed(json!("write to j***@example.com, please"), vec![Class::Email])
        );
        assert_eq!(
            detected(&json!({"id": 5, "to": ["jane@example.com"]}), plain),
            Shown::Changed(json!({"id": 5, "to": ["j***@example.com"]}), vec![Class::Email])
        );
        assert_eq!(
            detected(&json!({"jane@example.com": 1, "jack@example.com": {"id": 2}}), plain),
            Shown::Changed(
                json!({"j***@example.com": 1, "j***@example.com*": {"id": 2}}),
                vec![Class::Email]
            )
        );
        assert_eq!(detected(&json!("nothing in here"), plain), Shown::AsItIs);
        assert_eq!(detected(&json!(4111111111111111_i64), detect::Column::new("id")), Shown::AsItIs);
    }
}
