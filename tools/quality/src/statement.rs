//! Pieces of SQL that several checks write, and of text that several say. A row of the table is `t`.

use pgwright_contract::Page;
use pgwright_postgres::catalog::Column;
use pgwright_postgres::types::quote_literal;
use pgwright_sql::quote_identifier;

use crate::checks::Fault;
use crate::document::{Form, Scalar, is_decimal};

/// A column of the table.
pub(crate) fn column(name: &str) -> String {
    format!("t.{}", quote_identifier(name))
}

/// A caller's value as a constant to compare with the column: a literal that takes the column's type, except that integers
/// are compared with decimals as numbers.
pub(crate) fn constant(check: &'static str, column: &Column, value: &Scalar) -> Result<String, Fault> {
    let integer = matches!(column.base_type.as_str(), "int2" | "int4" | "int8");
    if value.text.contains('\0') {
        return Err(Fault::wrong_type(
            check,
            column,
            "a value holds a NUL character, which text in PostgreSQL cannot",
        ));
    }
    if integer && is_decimal(&value.text) {
        return Ok(format!("({})", value.text));
    }
    if column.category == 'N'
        && value.form == Form::Text
        && !is_number_word(&value.text)
        && !is_decimal(&value.text)
    {
        return Err(Fault::wrong_type(check, column, format!("{} is no number", shown(&value.text))));
    }
    Ok(quote_literal(&value.text))
}

fn is_number_word(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().trim_start_matches(['+', '-']), "nan" | "infinity" | "inf")
}

/// Whether `min` and `max` exist for the column's type in every version.
pub(crate) fn has_extremes(column: &Column) -> bool {
    matches!(column.category, 'N' | 'D' | 'S' | 'T' | 'E')
}

/// Database text, short and harmless.
pub(crate) fn shown(text: &str) -> String {
    Page::data(text, SHOWN_CHARACTERS)
}

/// How much of a value is shown.
pub(crate) const SHOWN_CHARACTERS: usize = 80;

/// `1 row`, `10,000 rows`.
pub(crate) fn rows(rows: u64) -> String {
    format!("{} {}", grouped(rows), if rows == 1 { "row" } else { "rows" })
}

/// `10,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1_000, 10_000_000].map(grouped), ["0", "999", "1,000", "10,000,000"]);
        assert_eq!((rows(1), rows(1_234)), ("1 row".to_owned(), "1,234 rows".to_owned()));
    }
}
