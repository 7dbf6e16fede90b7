//! The compact text: one line a statement, most first, and what is in none.

use pgwright_contract::Page;
use pgwright_contract::units::{bytes, count, milliseconds, percent};
use serde_json::json;

use super::{Kind, LeftOut, OrderBy, Output, Query};

/// Characters of a statement in its line.
const LONGEST_SQL: usize = 160;
/// From here on bytes are worth their tokens.
const NOTABLE_BYTES: u64 = 1 << 20;

pub(super) fn ranking(page: &mut Page, output: &Output) {
    let window = window(output);
    let Some(first) = output.queries.first() else {
        page.line(format!("no statement of a user was counted{window}"));
        asides(page, output);
        return;
    };
    let shown: f64 = output.queries.iter().map(|query| query.share_ratio).sum();
    let all = output.queries.len() as u64 + output.omitted;
    page.line(format!(
        "{} of {} statements, {}: {} of {}{window}",
        output.queries.len(),
        all,
        output.order_by.said(),
        percent(shown.min(1.0)),
        milliseconds(output.total_ms),
    ));
    for (place, query) in output.queries.iter().enumerate() {
        page.line(row(query, place + 1));
    }
    match output.omitted {
        0 => {}
        more if output.cut => {
            page.line(format!("{more} more left out for length: another order_by shows others"))
        }
        more => page.line(format!("{more} more: raise limit (at most {})", super::MOST)),
    }
    asides(page, output);
    page.line(format!("next: explain_query {}", json!({ "handle": first.handle })));
}

/// One statement in one line.
pub(super) fn row(query: &Query, place: usize) -> String {
    #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
    let (calls, rows) = (query.calls as f64, query.rows as f64 / query.calls.max(1) as f64);
    let mut line = format!(
        "{place} {} {} {} = {} × {} (max {}), {} rows each",
        query.handle,
        percent(query.share_ratio),
        milliseconds(query.total_ms),
        count(calls),
        milliseconds(query.mean_ms),
        milliseconds(query.max_ms),
        count(rows),
    );
    let amounts = [("read", query.read_bytes), ("temp", query.temp_bytes)];
    for (what, amount) in amounts.into_iter().filter(|(_, amount)| *amount >= NOTABLE_BYTES) {
        line.push_str(&format!(", {what} {}", bytes(amount)));
    }
    line.push_str(": ");
    line.push_str(&Page::data(&query.sql, LONGEST_SQL));
    line
}

/// ` counted since 2026-05-01 (12 days)`.
fn window(output: &Output) -> String {
    match (&output.counted_since, output.age_s) {
        (Some(since), Some(age)) => {
            format!(", counted since {} ({})", since.replace('T', " ").trim_end_matches('Z'), period(age))
        }
        _ => ", counted since the counters were last reset".to_owned(),
    }
}

fn period(seconds: f64) -> String {
    match seconds {
        short if short < 120.0 => format!("{short:.0} s: too short to judge by"),
        hours if hours < 2.0 * 3_600.0 => format!("{:.0} min", hours / 60.0),
        days if days < 48.0 * 3_600.0 => format!("{:.0} h", days / 3_600.0),
        days => format!("{:.0} days", days / 86_400.0),
    }
}

fn asides(page: &mut Page, output: &Output) {
    if !output.left_out.is_empty() {
        let said: Vec<String> = output.left_out.iter().map(LeftOut::said).collect();
        page.line(format!("not shown: {}", said.join("; ")));
    }
    if output.own_only {
        page.line(
            "this role sees its own statements only; a person may grant it pg_read_all_stats (`pgwright roles` prints the SQL)",
        );
    }
    if output.evicted > 0 {
        page.line(format!(
            "{} times statements were forgotten for want of room, so rare ones may be missing (pg_stat_statements.max)",
            output.evicted
        ));
    }
}

impl LeftOut {
    fn said(&self) -> String {
        let what = match self.kind {
            Kind::OtherRoles => "of other roles",
            Kind::Utility => "utility (COPY, CALL, VACUUM, …)",
            Kind::Catalogue => "on the catalogue",
            Kind::TextLost => "whose text the server lost",
        };
        format!("{} {what}, {}", self.statements, percent(self.share_ratio))
    }
}

impl OrderBy {
    fn said(self) -> &'static str {
        match self {
            Self::TotalMs => "most time first",
            Self::MeanMs => "slowest on average first",
            Self::MaxMs => "slowest execution first",
            Self::Calls => "most calls first",
            Self::Rows => "most rows first",
            Self::ReadBytes => "most reads first",
            Self::TempBytes => "most temporary files first",
            Self::WalBytes => "most write-ahead log first",
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_line_says_what_a_statement_takes() {
        let query = Query {
            handle: "q5f3a-9c1e".to_owned(),
            sql: "select * from orders where customer_id = $1".to_owned(),
            calls: 12_000,
            total_ms: 449_000.0,
            mean_ms: 37.4,
            max_ms: 812.0,
            share_ratio: 0.61,
            rows: 1_440_000,
            read_bytes: 3 << 30,
            ..Query::default()
        };
        expect![[r#"1 q5f3a-9c1e 61 % 449 s = 12k × 37.4 ms (max 812 ms), 120 rows each, read 3 GB: select * from orders where customer_id = $1"#]]
            .assert_eq(&row(&query, 1));
    }

    #[test]
    fn nothing_counted_is_said_with_what_is_not_shown() {
        let left_out = vec![LeftOut { kind: Kind::OtherRoles, statements: 7, share_ratio: 1.0 }];
        let mut page = Page::default();
        ranking(&mut page, &Output { left_out, own_only: true, ..Output::default() });
        expect![[r#"
            no statement of a user was counted, counted since the counters were last reset
            not shown: 7 of other roles, 100 %
            this role sees its own statements only; a person may grant it pg_read_all_stats (`pgwright roles` prints the SQL)"#]]
        .assert_eq(&page.into_text());
    }
}
