//! A check on one line: `<type>[(<columns>)] [<operator> <value> | between <value> and <value>]`.

use super::scalar::{Form, is_decimal};
use super::{InlineCheck, Mistake};
use crate::checks::check_type;

/// What is wrong with a line, and at which character of it.
#[derive(Debug, PartialEq)]
pub(super) struct LineMistake {
    pub(super) at: usize,
    pub(super) mistake: Mistake,
}

/// Reads a line into the options it stands for. Whether they fit the type is told by [`InlineCheck::spec`].
pub(super) fn parse(line: &str) -> Result<InlineCheck, LineMistake> {
    let wrong = |at: &str, mistake| LineMistake { at: characters_before(line, at), mistake };
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(line.len());
    let (kind, rest) = line.split_at(end);
    let mut check = InlineCheck::of_type(kind);
    let mut condition = rest.trim_start();
    if let Some(inside) = condition.strip_prefix('(') {
        let close =
            closing(inside).ok_or_else(|| wrong(condition, Mistake::new("this bracket is never closed")))?;
        let (list, after) = inside.split_at(close);
        let mut columns = column_list(list).map_err(|reason| wrong(inside, Mistake::new(reason)))?;
        // percentile(amount, 0.95)
        if check_type(kind).is_some_and(|(known, _)| known.takes("quantile"))
            && let Some(quantile) = columns.pop_if(|last| is_decimal(last))
        {
            check.set_one("quantile", Form::Number, quantile);
        }
        check.set_texts("columns", columns);
        condition = after.get(1..).unwrap_or_default().trim_start();
    }
    apply(&mut check, condition.trim_end()).map_err(|mistake| wrong(condition, mistake))?;
    Ok(check)
}

/// The line ends before every bracket is closed.
pub(super) fn is_open(line: &str) -> bool {
    let (mut quoted, mut depth) = (false, 0_i32);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    quoted || depth > 0
}

fn characters_before(line: &str, rest: &str) -> usize {
    line.chars().count().saturating_sub(rest.chars().count())
}

/// The byte of the bracket that closes the list.
fn closing(list: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, character) in list.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ')' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Column names between commas, exactly as in the catalogue; double quotes around those that hold a comma or a bracket.
pub(crate) fn column_list(list: &str) -> Result<Vec<String>, &'static str> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    let mut characters = list.chars().peekable();
    while let Some(character) = characters.next() {
        let name = match names.last_mut() {
            Some(name) => name,
            None => return Err("a column name is missing"),
        };
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => name.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(String::new()),
            blank if !quoted && blank.is_whitespace() && name.is_empty() => {}
            other => name.push(other),
        }
    }
    if quoted {
        return Err("a quoted column name is never closed");
    }
    let names: Vec<String> = names.into_iter().map(|name| name.trim_end().to_owned()).collect();
    if names.iter().any(String::is_empty) { Err("a column name is missing") } else { Ok(names) }
}

const OPERATORS: &[&str] = &["<=", ">=", "!=", "<", ">", "="];

fn apply(check: &mut InlineCheck, condition: &str) -> Result<(), Mistake> {
    if condition.is_empty() {
        return Ok(());
    }
    if check_type(&check.r#type).is_some_and(|(known, _)| known.measures) {
        check.set_one("expect", Form::Text, condition);
        return Ok(());
    }
    if let Some(bounds) = condition.strip_prefix("between ") {
        let (min, max) = bounds.split_once(" and ").ok_or_else(|| Mistake::new("write between A and B"))?;
        check.set_one("min", Form::Number, min.trim());
        check.set_one("max", Form::Number, max.trim());
        return Ok(());
    }
    let Some((operator, value)) = OPERATORS
        .iter()
        .find_map(|operator| condition.strip_prefix(operator).map(|value| (*operator, value.trim())))
    else {
        return Err(Mistake::new(format!("{condition} is not understood"))
            .hint("after the columns comes an operator and a value (< 1%), or between A and B"));
    };
    if value.is_empty() {
        return Err(Mistake::new(format!("a value is missing after {operator}")));
    }
    let bounded = matches!(check.r#type.as_str(), "row_count" | "length" | "row_count_by");
    let whole = |value: &str| {
        value.parse::<u64>().map_err(|_| Mistake::new(format!("{value} is no whole number from 0")))
    };
    match (check.r#type.as_str(), operator) {
        (_, "=") if bounded => {
            check.set_one("min", Form::Number, value);
            check.set_one("max", Form::Number, value);
        }
        (_, "<=") if bounded => check.set_one("max", Form::Number, value),
        (_, ">=") if bounded => check.set_one("min", Form::Number, value),
        (_, "<") if bounded => {
            let below = whole(value)?.checked_sub(1).ok_or_else(|| Mistake::new("nothing is below 0"))?;
            check.set_one("max", Form::Number, below.to_string());
        }
        (_, ">") if bounded => {
            check.set_one("min", Form::Number, whole(value)?.saturating_add(1).to_string());
        }
        ("freshness", "<" | "<=") => check.set_one("max_age", Form::Text, value),
        ("freshness", _) => {
            return Err(Mistake::new("freshness takes < and an age").hint("freshness(created_at) < 1d"));
        }
        (_, "<" | "<=") => {
            check.set_one("max_failed", Form::Text, value);
            check.below = operator == "<";
        }
        (_, "=") if value == "0" => {}
        (kind, _) => {
            return Err(Mistake::new(format!(
                "{kind} counts failing rows, so {operator} {value} is no limit"
            ))
            .hint(format!("write {kind}(…) < 1%, <= 10 or = 0")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_line_is_its_options() {
        let check = parse("missing(email) < 1%").unwrap();
        assert_eq!(
            (check.r#type.as_str(), check.texts("columns").unwrap().as_slice()),
            ("missing", &["email".to_owned()][..])
        );
        assert_eq!((check.text("max_failed").unwrap(), check.below), ("1%", true));

        let check = parse("row_count between 1000 and 10000000").unwrap();
        assert_eq!((check.text("min").unwrap(), check.text("max").unwrap()), ("1000", "10000000"));
        assert_eq!(parse("row_count > 0").unwrap().text("min").unwrap(), "1");
        assert_eq!(parse("freshness(at) < 1d").unwrap().text("max_age"), Some("1d"));
        assert!(!parse("unique(a) <= 3").unwrap().below);
        let check = parse("percentile(amount, 0.95) between 10 and 20").unwrap();
        assert_eq!(check.texts("columns").unwrap(), ["amount"]);
        assert_eq!((check.text("quantile"), check.text("expect")), (Some("0.95"), Some("between 10 and 20")));
        assert_eq!(parse("avg(price) > 3").unwrap().text("expect"), Some("> 3"));
    }

    #[test]
    fn odd_names_stand_in_quotes() {
        let check = parse(r#"unique("Odd, (name)", "say ""hi""", plain)"#).unwrap();
        assert_eq!(check.texts("columns").unwrap(), ["Odd, (name)", "say \"hi\"", "plain"]);
    }

    #[test]
    fn a_mistake_has_its_place() {
        let place = |line| parse(line).map(|_| ()).unwrap_err().at;
        assert_eq!(place("missing(email"), 7);
        assert_eq!(place("missing(email) about 1%"), 15);
        assert_eq!(place("unique(a,,b)"), 7);
        assert_eq!(place("missing(é) > 1"), 11);
        assert!(parse("row_count < 0").is_err());
    }
}
