//! Rows as compact text: CSV, in which every value is on one line and none is longer than there is room for.

use pgwright_contract::Page;
use serde_json::Value;

/// How long a value may be, widest first: the first that lets all rows in is taken.
pub(super) const WIDTHS: [usize; 4] = [usize::MAX, 1_000, 240, 80];

/// A table as text.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) text: String,
    /// Rows that found room.
    pub(super) rows: usize,
    /// Values that are not whole.
    pub(super) cut_values: usize,
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// A line of column names, then one line a row; NULL is empty, an empty string is `""`.
    Csv,
    /// One line a row as it is: the answers of EXPLAIN and SHOW.
    Lines,
}

impl Table {
    /// As many rows as `bytes` hold, at least one.
    pub(super) fn of(names: &[&str], rows: &[Vec<Value>], layout: Layout, bytes: usize) -> Self {
        let mut table = Self::default();
        for width in WIDTHS {
            table = Self::with_width(names, rows, layout, bytes, width.min(bytes));
            if table.rows == rows.len() && table.text.len() <= bytes {
                break;
            }
        }
        table.clip(bytes);
        table
    }

    /// Hundreds of columns can be too many for one row.
    fn clip(&mut self, bytes: usize) {
        if self.text.len() > bytes {
            self.text.truncate(self.text.floor_char_boundary(bytes));
            self.text += "…\n";
            self.cut_values += 1;
        }
    }

    fn with_width(names: &[&str], rows: &[Vec<Value>], layout: Layout, bytes: usize, width: usize) -> Self {
        let mut table = Self::default();
        if layout == Layout::Csv {
            let header: Vec<String> = names.iter().map(|name| quoted(Page::data(name, width))).collect();
            table.text = header.join(",") + "\n";
        }
        for row in rows {
            let mut cut_values = 0;
            let values: Vec<String> = row
                .iter()
                .map(|value| {
                    let (text, cut) = shown(value, width, layout);
                    cut_values += usize::from(cut);
                    text
                })
                .collect();
            let line = values.join(",");
            if table.rows > 0 && table.text.len() + line.len() >= bytes {
                break;
            }
            table.text += &line;
            table.text.push('\n');
            table.rows += 1;
            table.cut_values += cut_values;
        }
        table
    }
}

/// A value on one line, and whether it was cut.
fn shown(value: &Value, width: usize, layout: Layout) -> (String, bool) {
    let text = match value {
        Value::Null => return (String::new(), false),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let longer = text.chars().count().saturating_sub(width);
    let mut shown = Page::data(&text, width);
    if longer > 0 {
        shown += &format!("(+{longer})");
    }
    (if layout == Layout::Csv { quoted(shown) } else { shown }, longer > 0)
}

fn quoted(text: String) -> String {
    if text.is_empty() || text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn csv(rows: &[Vec<Value>], bytes: usize) -> Table {
        Table::of(&["id", "note"], rows, Layout::Csv, bytes)
    }

    #[test]
    fn null_is_nothing_and_an_empty_string_is_two_quotes() {
        let rows =
            [vec![json!(1), json!(null)], vec![json!(2), json!("")], vec![json!(3.5), json!("a, \"b\"")]];
        assert_eq!(csv(&rows, 1_000).text, "id,note\n1,\n2,\"\"\n3.5,\"a, \"\"b\"\"\"\n");
    }

    #[test]
    fn no_value_can_leave_its_line() {
        let rows = [vec![json!(1), json!("a\nb\u{1b}[31m\u{202e}c\u{200b}")]];
        assert_eq!(csv(&rows, 1_000).text, "id,note\n1,a\\u{a}b\\u{1b}[31m\\u{202e}c\\u{200b}\n");
    }

    #[test]
    fn long_values_give_way_before_rows_do() {
        let rows: Vec<Vec<Value>> = (0..10).map(|id| vec![json!(id), json!("x".repeat(500))]).collect();
        let all = csv(&rows, 3_000);
        assert_eq!((all.rows, all.cut_values), (10, 10));
        assert!(all.text.contains(&format!("9,{}…(+260)\n", "x".repeat(240))), "{}", all.text);
        let few = csv(&rows, 300);
        assert!(few.rows < 10 && few.text.len() < 300, "{}", few.text);
        let whole = csv(&rows[..1], 600);
        assert_eq!((whole.rows, whole.cut_values), (1, 0));
    }

    #[test]
    fn a_row_of_very_many_columns_is_clipped() {
        let names = vec!["column"; 1_000];
        let table = Table::of(&names, &[vec![json!("é".repeat(100)); 1_000]], Layout::Csv, 5_000);
        assert!(table.text.len() < 5_010 && table.cut_values > 0, "{}", table.text.len());
    }

    #[test]
    fn plans_are_shown_as_they_are() {
        let rows = [vec![json!("Sort  (cost=1, 2)")], vec![json!("  ->  Seq Scan on \"T\"")]];
        let table = Table::of(&["QUERY PLAN"], &rows, Layout::Lines, 1_000);
        assert_eq!(table.text, "Sort  (cost=1, 2)\n  ->  Seq Scan on \"T\"\n");
    }
}
