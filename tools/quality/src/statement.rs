//! Pieces of SQL that several checks write, and of text that several say. A row of the table is `t`.

use pgwright_contract::Page;
use pgwright_postgres::catalog::Column;
use pgwright_postgres::types::quote_literal;
use pgwright_sql::{guard, quote_identifier};

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
        && column.base_type != "money"
        && value.form == Form::Text
        && !is_number_word(&value.text)
        && !is_decimal(&value.text)
    {
        return Err(Fault::wrong_type(check, column, format!("{} is no number", shown(&value.text))));
    }
    Ok(quote_literal(&value.text))
}

/// A list of a caller's values as constants to compare with the column.
pub(crate) fn constants(check: &'static str, column: &Column, values: &[Scalar]) -> Result<String, Fault> {
    if column.category != 'B' && values.iter().any(|value| value.form == Form::Truth) {
        let needs =
            "true and false fit a boolean column only; in YAML write \"NO\" in quotes where text is meant";
        return Err(Fault::wrong_type(check, column, needs));
    }
    let list: Vec<String> =
        values.iter().map(|value| constant(check, column, value)).collect::<Result<_, _>>()?;
    Ok(list.join(", "))
}

/// A condition in SQL in brackets, on lines of its own, so that a comment at its end comments out nothing else. One that
/// closes the brackets and opens others is refused: it would say something else than it seems to.
pub(crate) fn condition(written: &str) -> Result<String, Fault> {
    match guard::admit(&format!("select {written}")) {
        Err(refusal) if matches!(refusal.rule, "syntax_error" | "several_statements") => {
            Err(Fault::Unfit(format!("the condition is not one expression: {}", refusal.message)))
        }
        // Whatever else is wrong with it is said of the statement that holds it.
        _ => Ok(format!("(\n{written}\n)")),
    }
}

/// What counts as blank at the ends of a text, as a constant.
pub(crate) const BLANKS: &str = r"E' \t\n\r\f'";

/// The column as text that string functions and patterns read; `None` where it is none.
pub(crate) fn text(known: &Column) -> Option<String> {
    let value = column(&known.name);
    match (known.category, known.base_type.as_str()) {
        // char(n) would be matched with its padding, and an enum has no match operator.
        (_, "bpchar") | ('E', _) => Some(format!("{value}::text")),
        ('S', _) | (_, "citext") => Some(value),
        _ => None,
    }
}

/// Now, or the moment that counts as now, to compare with a date or timestamp column; plain ones are read in that zone.
pub(crate) fn now(column: &Column, as_of: Option<&str>, zone: &str) -> Option<String> {
    let moment =
        as_of.map_or_else(|| "now()".to_owned(), |moment| format!("{}::timestamptz", quote_literal(moment)));
    match column.base_type.as_str() {
        "timestamptz" => Some(moment),
        "timestamp" | "date" => Some(format!("({moment} at time zone {})", quote_literal(zone))),
        _ => None,
    }
}

/// Whether the type has NaN and infinities.
pub(crate) fn has_nan(column: &Column) -> bool {
    matches!(column.base_type.as_str(), "float4" | "float8" | "numeric")
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
