//! Queries whose pages can follow each other by key: `select … from one_table [where …] [order by columns]`.
//!
//! Read from tokens: every word that could make the rows of such a query anything but rows of the one table is reserved in
//! PostgreSQL, and this refuses them all. What it does not take may still be run; it only has no pages.

use crate::guard::{Admitted, StatementKind, Token, TokenKind, lex};
use crate::names::{fold_identifier, unquote_identifier};

/// A query over the rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTableQuery {
    /// The statement without its `ORDER BY`.
    pub unordered: String,
    /// Whether it has a `WHERE`.
    pub filtered: bool,
    /// Its order; empty without one.
    pub order: Vec<OrderTerm>,
}

/// One term of an `ORDER BY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTerm {
    /// What is ordered by.
    pub by: OrderBy,
    /// `desc`
    pub descending: bool,
    /// Where nulls go, with PostgreSQL's default filled in.
    pub nulls_first: bool,
}

/// A column, as an `ORDER BY` may name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderBy {
    /// The column of the result with that number, from 1.
    Position(usize),
    /// A column of the result by that name, or of the table where there is none.
    Name(String),
    /// A column of the table: `t.name`.
    TableColumn(String),
}

/// What keeps a statement from being plainly the rows of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOneTable {
    /// It begins with `WITH`.
    With,
    /// Its rows stand for groups of rows.
    Grouped,
    /// It reads several tables.
    Join,
    /// It says itself which part of the rows it wants.
    Limit,
    /// Anything else.
    Other,
}

/// Reads a statement as a query over the rows of one table, if it plainly is one.
pub fn one_table_query(statement: &Admitted) -> Result<OneTableQuery, NotOneTable> {
    if statement.kind() != StatementKind::Query {
        return Err(NotOneTable::Other);
    }
    let sql = statement.sql();
    let tokens = lex(sql).map_err(|_| NotOneTable::Other)?.tokens;
    let words: Vec<Word<'_>> = words(sql, &tokens).ok_or(NotOneTable::Other)?;
    Reader { sql, words: &words, at: 0 }.query().ok_or_else(|| what_is_not_plain(&words))
}

/// The outermost reason: what would still stand in the way if those behind it were gone.
fn what_is_not_plain(words: &[Word<'_>]) -> NotOneTable {
    let has = |keywords: &[&str]| words.iter().any(|word| keywords.iter().any(|keyword| word.is(keyword)));
    if has(&["with"]) {
        NotOneTable::With
    } else if has(&["group", "having", "distinct"]) {
        NotOneTable::Grouped
    } else if has(&["union", "intersect", "except"]) {
        NotOneTable::Other
    } else if has(&["join"]) || lists_tables(words) {
        NotOneTable::Join
    } else if has(&["limit", "offset", "fetch"]) {
        NotOneTable::Limit
    } else {
        NotOneTable::Other
    }
}

/// Whether there is a comma between FROM and the next clause.
fn lists_tables(words: &[Word<'_>]) -> bool {
    let ends =
        |word: &Word<'_>| ["where", "order", "limit", "offset", "fetch"].iter().any(|end| word.is(end));
    let from = words.iter().skip_while(|word| !word.is("from"));
    from.take_while(|word| !ends(word)).any(|word| word.kind == TokenKind::Punctuation && word.text == ",")
}

/// A token outside of all brackets; what stands in brackets is one of it, with its opening bracket's text.
struct Word<'a> {
    kind: TokenKind,
    text: &'a str,
    start: usize,
}

impl Word<'_> {
    fn is(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word => Some(fold_identifier(self.text)),
            // A name with Unicode escapes is not worth reading here.
            TokenKind::QuotedName => unquote_identifier(self.text),
            _ => None,
        }
    }
}

fn words<'a>(sql: &'a str, tokens: &[Token]) -> Option<Vec<Word<'a>>> {
    let mut depth = 0_usize;
    let mut words = Vec::new();
    for token in tokens {
        let text = sql.get(token.range.clone())?;
        let closing = matches!(text, ")" | "]") && token.kind == TokenKind::Punctuation;
        if closing {
            depth = depth.checked_sub(1)?;
        } else if depth == 0 {
            words.push(Word { kind: token.kind, text, start: token.range.start });
        }
        if matches!(text, "(" | "[") && token.kind == TokenKind::Punctuation {
            depth += 1;
        }
    }
    Some(words)
}

/// Each makes rows that are not simply rows of the table, or ends what can be wrapped.
const NOT_PLAIN: &[&str] = &[
    "with",
    "union",
    "intersect",
    "except",
    "distinct",
    "group",
    "having",
    "window",
    "limit",
    "offset",
    "fetch",
    "for",
    "into",
    "join",
    "cross",
    "natural",
    "tablesample",
    "values",
    "only",
];

struct Reader<'a> {
    sql: &'a str,
    words: &'a [Word<'a>],
    at: usize,
}

impl Reader<'_> {
    fn query(mut self) -> Option<OneTableQuery> {
        if self.words.iter().any(|word| NOT_PLAIN.iter().any(|keyword| word.is(keyword))) {
            return None;
        }
        self.keyword("select")?;
        self.skip_to("from")?;
        self.table()?;
        let filtered = self.keyword("where").is_some();
        let Some(start) = self.skip_to("order") else {
            return Some(OneTableQuery { unordered: self.sql.to_owned(), filtered, order: Vec::new() });
        };
        self.keyword("by")?;
        let mut order = vec![self.term()?];
        while self.at < self.words.len() {
            self.punctuation(",")?;
            order.push(self.term()?);
        }
        Some(OneTableQuery { unordered: self.sql.get(..start)?.to_owned(), filtered, order })
    }

    /// `name`, `schema.name`, with `as alias`. What stands behind it must be the next clause.
    fn table(&mut self) -> Option<()> {
        self.next_name()?;
        while self.punctuation(".").is_some() {
            self.next_name()?;
        }
        let next_clause =
            |word: Option<&Word<'_>>| word.is_none_or(|word| word.is("where") || word.is("order"));
        if !next_clause(self.words.get(self.at)) {
            self.keyword("as");
            self.next_name()?;
        }
        next_clause(self.words.get(self.at)).then_some(())
    }

    fn term(&mut self) -> Option<OrderTerm> {
        let word = self.words.get(self.at)?;
        let by = if word.kind == TokenKind::Number {
            self.at += 1;
            OrderBy::Position(word.text.parse().ok()?)
        } else {
            let mut name = OrderBy::Name(self.next_name()?);
            while self.punctuation(".").is_some() {
                name = OrderBy::TableColumn(self.next_name()?);
            }
            name
        };
        let descending = self.keyword("asc").is_none() && self.keyword("desc").is_some();
        let nulls_first = match self.keyword("nulls") {
            None => descending,
            Some(()) if self.keyword("first").is_some() => true,
            Some(()) => {
                self.keyword("last")?;
                false
            }
        };
        Some(OrderTerm { by, descending, nulls_first })
    }

    fn next_name(&mut self) -> Option<String> {
        let name = self.words.get(self.at)?.name()?;
        self.at += 1;
        Some(name)
    }

    fn keyword(&mut self, keyword: &str) -> Option<()> {
        self.words.get(self.at)?.is(keyword).then(|| self.at += 1)
    }

    fn punctuation(&mut self, mark: &str) -> Option<()> {
        let word = self.words.get(self.at)?;
        (word.kind != TokenKind::Text && word.text == mark).then(|| self.at += 1)
    }

    /// Steps behind the next such keyword and says where it stands; stays where there is none.
    fn skip_to(&mut self, keyword: &str) -> Option<usize> {
        let found = self.words.iter().skip(self.at).position(|word| word.is(keyword))? + self.at;
        self.at = found + 1;
        self.words.get(found).map(|word| word.start)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::guard::admit;

    fn read(sql: &str) -> Option<OneTableQuery> {
        one_table_query(&admit(sql).unwrap()).ok()
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        for (sql, reason) in [
            ("with x as (select 1) select * from t", NotOneTable::With),
            ("select a from t group by a", NotOneTable::Grouped),
            ("select a from t union select b from u", NotOneTable::Other),
            ("select * from a x, b where x.id = 1 limit 3", NotOneTable::Join),
            ("select a, b from t order by a, b limit 5", NotOneTable::Limit),
            ("select 1", NotOneTable::Other),
        ] {
            assert_eq!(one_table_query(&admit(sql).unwrap()), Err(reason), "{sql}");
        }
    }

    fn term(by: OrderBy, descending: bool, nulls_first: bool) -> OrderTerm {
        OrderTerm { by, descending, nulls_first }
    }

    #[test]
    fn the_order_is_taken_off_and_read() {
        let query = read(
            "select o.id, lower(note) from sales.orders as o where total > (select 1 from t limit 1) \
             order by \"Created At\" desc, o.id, 2 asc nulls first",
        );
        let query = query.unwrap();
        assert!(query.filtered && query.unordered.ends_with("from t limit 1) "), "{}", query.unordered);
        assert_eq!(
            query.order,
            [
                term(OrderBy::Name("Created At".to_owned()), true, true),
                term(OrderBy::TableColumn("id".to_owned()), false, false),
                term(OrderBy::Position(2), false, true),
            ]
        );
    }

    #[test]
    fn plain_reads_of_a_table_have_no_order() {
        for sql in
            ["select * from t", "select * from s.t x", "select extract(year from day), id from \"T\" as x"]
        {
            assert_eq!(
                read(sql).map(|query| (query.filtered, query.order)),
                Some((false, Vec::new())),
                "{sql}"
            );
        }
        assert!(read("select id from t where a = 1").unwrap().filtered);
    }

    #[test]
    fn what_is_not_plainly_rows_of_one_table_has_no_pages() {
        for sql in [
            "select * from a, b",
            "select * from a join b using (id)",
            "select * from (select * from a) x",
            "select * from generate_series(1, 9) g",
            "select * from t, generate_series(1, 2)",
            "select * from t x(a, b)",
            "select distinct id from t",
            "select id from t group by id",
            "select * from t limit 5",
            "select * from t order by id fetch first 5 rows only",
            "select * from t union all select * from t",
            "with x as (select 1) select * from t",
            "select * from t tablesample system (5)",
            "select * from t order by lower(name)",
            "select * from t order by name collate \"C\"",
            "select * from t order by a + b",
            "select * from t order by id using >",
            "values (1), (2)",
            "show work_mem",
            "explain select * from t",
            "select 1",
        ] {
            assert_eq!(read(sql), None, "{sql}");
        }
    }
}
