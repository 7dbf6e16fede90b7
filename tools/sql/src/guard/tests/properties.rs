//! Whatever the text: no panic, no abort, and an admitted statement is admitted again as itself.

use proptest::prelude::*;

use super::read;
use crate::{analysis, guard::admit};

pub(super) const FRAGMENTS: &[&str] = &[
    "select",
    "from",
    "where",
    "t",
    "a",
    "b.c",
    "\"Q\"",
    "*",
    ",",
    "(",
    ")",
    "[",
    "]",
    "1",
    "'x'",
    "$1",
    "$$y$$",
    "E'\\''",
    ";",
    "--",
    "\n",
    "/*",
    "*/",
    "with",
    "recursive",
    "as",
    "union all",
    "join",
    "left join",
    "on",
    "using",
    "lateral",
    "values",
    "table",
    "order by",
    "group by",
    "having",
    "limit",
    "fetch first",
    "rows only",
    "exists",
    "in",
    "not",
    "and",
    "or",
    "is null",
    "between",
    "like",
    "case",
    "when",
    "then",
    "else",
    "end",
    "cast",
    "::int",
    "f(",
    "count(*)",
    "over",
    "filter",
    "window",
    "explain",
    "analyze",
    "show",
    "delete from",
    "insert into",
    "update",
    "set",
    "returning",
    "for update",
    "into",
    "only",
    "rows from",
    "with ordinality",
    "tablesample",
    "interval",
    "date",
    "array",
    "row",
    "=",
    "<",
    "->>",
    "@>",
    "+",
    "-",
    ".",
    "operator(",
    "U&'x'",
    "uescape",
    "grouping sets",
    "cycle",
    "search depth first by",
    "collate",
    "distinct",
    "all",
    "any",
    "pg_stats",
    "s(a, b)",
    "current_setting(",
    "format('%9s'",
    "lpad(",
    "normalize(",
    "is normalized",
    "xmltable(",
    "columns",
    "::s.t[]",
    "work_mem",
    "variadic",
    "=>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_order_of_words_is_survived(words in proptest::collection::vec(proptest::sample::select(FRAGMENTS), 1..40)) {
        survives(&words.join(" "))?;
        survives(&format!("select {}", words.concat()))?;
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        survives(&text)?;
        survives(&format!("select {text}"))?;
    }
}

fn survives(sql: &str) -> Result<(), TestCaseError> {
    match admit(sql) {
        Ok(admitted) => prop_assert_eq!(read(admitted.sql()), Ok(admitted), "{}", sql),
        Err(refusal) => prop_assert_ne!(refusal.rule, "not_understood", "{}", sql),
    }
    let analysed = analysis::analyse(sql, &());
    prop_assert!(!matches!(analysed, Err(analysis::AnalysisError::Failed)), "{}", sql);
    Ok(())
}

/// Within the caps, the time stays far from what a caller would wait for; the figures are only to be finite.
#[test]
fn the_worst_within_the_caps_ends() {
    let ctes: Vec<String> = (1..1_500).map(|at| format!("a{at} as (select 1 from a{})", at - 1)).collect();
    let texts = [
        format!("with a0 as (select 1), {} select 1 from a1", ctes.join(", ")),
        format!("select 1 from {}", vec!["t"; 1_000].join(",")),
        format!("select 1 where {}1{}", "a = (select b from t where ".repeat(190), ")".repeat(190)),
        format!("select {}", vec!["t.a"; 8_000].join(",")),
    ];
    for sql in texts {
        assert!(admit(&sql).is_ok(), "{:?}", admit(&sql).map_err(|refusal| refusal.to_string()));
        assert!(analysis::analyse(&sql, &()).is_ok());
    }
}
