//! The plan as a compact text tree: one line a node, every figure with its meaning, cheap branches of long plans folded.
//!
//! ```text
//! measured: run 50 ms, planning 0.24 ms; rows actual/expected, own time
//! 0 Hash Join 188k/200k 32 ms 64 % o.customer_id = c.id
//!  1 Seq Scan orders o 188k/200k 18 ms 36 % buf 2273 filter total > 100 drop 12k
//! ! medium seq_scan_low_yield@1 orders
//! ```

use pgwright_contract::Page;
use pgwright_contract::units::{count, milliseconds, percent};

use crate::findings::Finding;
use crate::model::{Node, Plan, Role};

/// Plans up to this many nodes are shown whole.
const WHOLE: usize = 60;
/// In longer plans a node is shown from this share on.
const WORTH_SHOWING: f64 = 0.02;
const CONDITION: usize = 80;
/// Deeper levels are indented no further.
const MAX_INDENT: usize = 24;

/// The tree with its totals, and one line for each finding. Cheap branches of long plans are folded.
pub fn render(plan: &Plan, findings: &[Finding]) -> String {
    write(plan, findings, &shown(plan, findings))
}

/// The same in at most so many characters: more is folded the longer the plan is, and what is left over is cut.
pub fn render_within(plan: &Plan, findings: &[Finding], most: usize) -> String {
    let fits = |text: &String| text.chars().count() <= most;
    let usual = render(plan, findings);
    if fits(&usual) {
        return usual;
    }
    let folded = |worth: &f64| write(plan, findings, &costly(plan, findings, *worth));
    let texts = [WORTH_SHOWING, 0.05, 0.1, 0.25].iter().map(folded);
    let last = texts.fold(None, |known: Option<String>, next| known.filter(fits).or(Some(next)));
    last.map(|text| cut(text, most)).unwrap_or_default()
}

/// Whole lines of a text, of the beginning and of the findings at its end.
fn cut(text: String, most: usize) -> String {
    if text.chars().count() <= most {
        return text;
    }
    let (findings, nodes): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("! "));
    let mut left = most.saturating_sub(40);
    let mut fit = |lines: Vec<&str>, share: usize| -> Vec<String> {
        let mut room = left / share;
        let kept: Vec<String> = lines
            .into_iter()
            .take_while(|line| {
                let length = line.chars().count() + 1;
                let fits = length <= room;
                room = room.saturating_sub(length);
                fits
            })
            .map(str::to_owned)
            .collect();
        left = left.saturating_sub(kept.iter().map(|line| line.chars().count() + 1).sum());
        kept
    };
    let findings = fit(findings, 2);
    let mut lines = fit(nodes, 1);
    lines.push("(cut)".to_owned());
    lines.extend(findings);
    lines.join("\n")
}

/// The same with every node that ran.
pub fn render_whole(plan: &Plan, findings: &[Finding]) -> String {
    write(plan, findings, &unfolded(plan))
}

fn write(plan: &Plan, findings: &[Finding], shown: &[bool]) -> String {
    let mut text = totals(plan);
    let depths = depths(plan);
    let mut hidden = 0;
    for node in &plan.nodes {
        if shown[node.id] {
            text.push('\n');
            text.push_str(&" ".repeat(depths[node.id].min(MAX_INDENT)));
            text.push_str(&describe(plan, node));
            text.push_str(&idle_members(plan, node));
        } else if node.ran() || !folds(plan, node) {
            hidden += 1;
        }
    }
    if hidden > 0 {
        text.push_str(&format!("\n({hidden} cheap nodes hidden)"));
    }
    for finding in findings {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        text.push_str(&format!("\n! {severity} {}@{} {}", finding.id, finding.node, finding.object));
    }
    text
}

fn totals(plan: &Plan) -> String {
    let planning =
        plan.planning_ms.map(|planning| format!(", planning {}", milliseconds(planning))).unwrap_or_default();
    let mut text = match plan.run_ms() {
        Some(run) => format!("measured: run {}{planning}; rows actual/expected, own time", milliseconds(run)),
        None if plan.analyzed() => {
            format!(
                "measured rows, estimated cost {}{planning}; rows actual/expected, own cost",
                count(plan.root().estimate.total_cost)
            )
        }
        None => format!(
            "estimated: cost {}{planning}; rows expected, own cost",
            count(plan.root().estimate.total_cost)
        ),
    };
    if let Some((jit, _)) = plan.arithmetic().jit {
        text.push_str(&format!("\njit {}", milliseconds(jit)));
    }
    for trigger in &plan.triggers {
        text.push_str(&format!(
            "\ntrigger {} {} x{}",
            Page::data(&trigger.name, CONDITION),
            milliseconds(trigger.total_ms),
            count(trigger.calls)
        ));
    }
    text
}

/// Which nodes are worth a line: in a short plan all that ran, in a long one those that cost or are accused.
fn shown(plan: &Plan, findings: &[Finding]) -> Vec<bool> {
    if plan.nodes.len() <= WHOLE {
        return unfolded(plan);
    }
    costly(plan, findings, WORTH_SHOWING)
}

/// Nodes that are accused or take this share, with those above them.
fn costly(plan: &Plan, findings: &[Finding], worth: f64) -> Vec<bool> {
    let mut shown = vec![false; plan.nodes.len()];
    let accused = findings.iter().map(|finding| finding.node);
    let costly = plan.nodes.iter().filter(|node| plan.self_ratio(node) >= worth).map(|node| node.id);
    let mut keep: Vec<usize> = std::iter::once(0).chain(accused).chain(costly).collect();
    while let Some(id) = keep.pop() {
        // Where a node is shown already, so are the nodes above it.
        if let Some(seen) = shown.get_mut(id).filter(|seen| !**seen) {
            *seen = true;
            keep.extend(plan.nodes[id].parent);
        }
    }
    shown
}

fn unfolded(plan: &Plan) -> Vec<bool> {
    plan.nodes.iter().map(|node| !folds(plan, node)).collect()
}

/// Part of a branch that never ran.
fn folds(plan: &Plan, node: &Node) -> bool {
    !node.ran() && plan.parent(node).is_some_and(|parent| !parent.ran() || node.role == Role::Member)
}

fn idle_members(plan: &Plan, node: &Node) -> String {
    let idle = plan.children(node).filter(|child| child.role == Role::Member && !child.ran()).count();
    if idle > 0 && node.ran() { format!(" ({idle} members never ran)") } else { String::new() }
}

fn depths(plan: &Plan) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        depths.push(node.parent.map_or(0, |parent| depths[parent] + 1));
    }
    depths
}

fn describe(plan: &Plan, node: &Node) -> String {
    let mut words = vec![node.id.to_string(), name(node)];
    if let Some(name) = node.text("Subplan Name") {
        words.insert(1, format!("[{}]", Page::data(name, 40)));
    }
    words.extend(source(node));
    words.push(rows(plan, node));
    if !node.ran() {
        words.push("never ran".into());
    } else {
        words.extend(cost(plan, node));
    }
    words.extend(conditions(plan, node));
    words.join(" ")
}

/// The type with what changes its meaning, as PostgreSQL's own text says it.
fn name(node: &Node) -> String {
    let kind = Page::data(&node.kind, 60);
    let named = match (node.kind.as_str(), node.text("Strategy")) {
        ("Aggregate", Some("Hashed")) => "HashAggregate".into(),
        ("Aggregate", Some("Sorted")) => "GroupAggregate".into(),
        _ => kind,
    };
    let partial = match node.text("Partial Mode") {
        Some("Partial") => "Partial ",
        Some("Finalize") => "Final ",
        _ => "",
    };
    let parallel = if node.flag("Parallel Aware") { "Parallel " } else { "" };
    let join = match node.text("Join Type") {
        Some("Inner") | None => String::new(),
        Some(other) => format!(" {other}"),
    };
    format!("{partial}{parallel}{named}{join}")
}

fn source(node: &Node) -> Option<String> {
    let object = node
        .table()
        .or_else(|| node.text("CTE Name").or_else(|| node.text("Function Name")).map(str::to_owned));
    let alias = node.alias().filter(|alias| node.relation().is_some_and(|relation| relation != *alias));
    let parts = [object, alias.map(str::to_owned), node.index().map(|index| format!("via {index}"))];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| Page::data(&text, CONDITION))
}

fn rows(plan: &Plan, node: &Node) -> String {
    let expected = count(node.estimate.rows);
    match &node.actual {
        Some(actual) if actual.loops > 0.0 => {
            // A process of a partial node sees its share, as the estimate does.
            let loops = actual.loops / plan.figures(node).participants;
            let times = if loops >= 1.5 { format!(" x{}", count(loops)) } else { String::new() };
            let by = if plan.figures(node).participants > 1.0 {
                format!(" by {}", actual.loops.min(plan.figures(node).participants))
            } else {
                String::new()
            };
            format!("{}/{expected}{times}{by}", count(actual.rows))
        }
        Some(_) => format!("-/{expected}"),
        None => expected,
    }
}

fn cost(plan: &Plan, node: &Node) -> Vec<String> {
    let figures = plan.figures(node);
    let mut words = vec![match figures.self_ms {
        Some(own) => format!(
            "{}{} {}",
            if figures.is_rough() { "~" } else { "" },
            milliseconds(own),
            percent(plan.self_ratio(node))
        ),
        None => format!("cost {} {}", count(figures.self_cost), percent(plan.self_ratio(node))),
    }];
    let (pages, read, temp) =
        (figures.self_buffers.looked_at(), figures.self_buffers.read(), figures.self_buffers.temp_written());
    if pages > 0 {
        let read = if read > 0 { format!("({} read)", count(read as f64)) } else { String::new() };
        words.push(format!("buf {}{read}", count(pages as f64)));
    }
    if temp > 0 {
        words.push(format!("temp {}", count(temp as f64)));
    }
    let (planned, launched) = (node.number("Workers Planned"), node.number("Workers Launched"));
    if let Some(planned) = planned {
        words.push(format!(
            "workers {}",
            launched.map_or(format!("{planned}"), |launched| format!("{launched}/{planned}"))
        ));
    }
    words
}

fn conditions(plan: &Plan, node: &Node) -> Vec<String> {
    let cut = |text: &str| Page::data(&plain(text), CONDITION);
    let mut words: Vec<String> = Vec::new();
    let lossy = node.rows_removed("Index Recheck") > 0.0;
    for key in ["Index Cond", "Hash Cond", "Merge Cond", "TID Cond", "Recheck Cond", "Cache Key"] {
        words.extend(node.text(key).filter(|_| key != "Recheck Cond" || lossy).map(cut));
    }
    for key in ["Sort Key", "Group Key"] {
        let list = node.list(key);
        words.extend((!list.is_empty()).then(|| format!("by {}", cut(&list.join(", ")))));
    }
    for key in ["Filter", "Join Filter", "One-Time Filter"] {
        words.extend(node.text(key).map(|text| format!("filter {}", cut(text))));
    }
    let dropped = node.rows_removed("Filter") + node.rows_removed("Join Filter");
    if dropped > 0.0 && plan.analyzed() {
        words.push(format!("drop {}", count(dropped)));
    }
    words
}

/// Casts of literals and outer parentheses say nothing to a reader.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("::") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let after = rest[2..]
            .find(|letter: char| !(letter.is_alphanumeric() || "_.[]\"".contains(letter)))
            .map_or(rest.len(), |end| end + 2);
        let words = [" without time zone", " with time zone", " varying", " precision"];
        let after = words
            .iter()
            .find(|word| rest[after..].starts_with(*word))
            .map_or(after, |word| after + word.len());
        if !out.ends_with('\'') {
            out.push_str(&rest[..after]);
        }
        rest = &rest[after..];
    }
    out.push_str(rest);
    unwrap(&out).to_owned()
}

fn unwrap(text: &str) -> &str {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let Some(inner) = inner else { return text };
    let mut open = 0_i32;
    let balanced = inner.chars().all(|letter| {
        open += i32::from(letter == '(') - i32::from(letter == ')');
        open >= 0
    });
    if balanced { inner } else { text }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use expect_test::expect;

    use super::*;
    use crate::{Facts, judge};

    /// Snapshots are of plans in `fixtures/shown`, which are kept when the others are made anew: they hold times.
    fn tree(json: &str) -> String {
        let plan = Plan::from_json(json).unwrap();
        render(&plan, &judge(&plan, &Facts::default()))
    }

    #[test]
    fn conditions_lose_what_says_nothing() {
        assert_eq!(plain("((status)::text = 'open'::text)"), "(status)::text = 'open'");
        assert_eq!(
            plain("(at >= '2024-01-01 00:00:00'::timestamp without time zone)"),
            "at >= '2024-01-01 00:00:00'"
        );
        assert_eq!(plain("((a = 1) AND (b = 2))"), "(a = 1) AND (b = 2)");
    }

    #[test]
    fn a_measured_join() {
        expect![[r#"
            measured: run 50 ms, planning 0.24 ms; rows actual/expected, own time
            0 HashAggregate 20/20 16.8 ms 33 % by c.region
             1 Hash Join 200k/200k 24.4 ms 49 % o.customer_id = c.id
              2 Seq Scan orders o 200k/200k 8.7 ms 17 % buf 2273
              3 Hash 1000/1000 0.073 ms <1 %
               4 Seq Scan customers c 1000/1000 0.052 ms <1 % buf 7"#]]
        .assert_eq(&tree(include_str!("../fixtures/shown/healthy_hash_join.json")));
    }

    #[test]
    fn an_estimated_scan() {
        expect![[r#"
            estimated: cost 5273; rows expected, own cost
            0 Seq Scan orders 1000 cost 5273 100 % filter (id + 1) = 4711
            ! medium function_on_column@0 orders.id"#]]
        .assert_eq(&tree(include_str!("../fixtures/shown/function_on_column_estimated.json")));
    }

    #[test]
    fn members_that_never_ran_are_folded() {
        expect![[r#"
            measured: run 0.21 ms, planning 0.26 ms; rows actual/expected, own time
            0 Aggregate 1/1 0.036 ms 8 %
             1 [InitPlan 1 (returns $0)] Result 1/1 0.001 ms <1 %
             2 Append 1000/10k 0.053 ms 11 % (9 members never ran)
              7 Index Only Scan events_4 events_5 via events_4_day_idx 1000/1000 0.074 ms 16 % buf 4(3 read) day = $0"#]].assert_eq(&tree(include_str!("../fixtures/shown/healthy_pruned_partitions.json")));
    }

    #[test]
    fn processes_are_told_from_loops() {
        expect![[r#"
            measured: run 17.7 ms, planning 0.11 ms; rows actual/expected, own time
            0 Gather 400/398 6.71 ms 38 % workers 2/2
             1 Parallel Seq Scan orders 133/166 by 3 11 ms 61 % buf 3739(1659 read) filter customer_id = 7 drop 400k
            ! medium seq_scan_low_yield@1 orders"#]].assert_eq(&tree(include_str!("../fixtures/shown/seq_scan_parallel.json")));
    }

    #[test]
    fn a_long_plan_shows_what_costs() {
        let member = |ms: f64| serde_json::json!({"Node Type": "Seq Scan", "Parent Relationship": "Member", "Relation Name": "t", "Total Cost": 1, "Actual Total Time": ms, "Actual Rows": 1, "Actual Loops": 1});
        let members: Vec<_> = (0..100).map(|id| member(if id == 50 { 100.0 } else { 0.1 })).collect();
        let plan = serde_json::json!({"Plan": {"Node Type": "Append", "Total Cost": 100, "Actual Total Time": 110.0, "Actual Rows": 100, "Actual Loops": 1, "Plans": members}});
        let text = render(&Plan::from_value(&plan).unwrap(), &[]);
        assert!(text.contains("51 Seq Scan t") && text.ends_with("(99 cheap nodes hidden)"), "{text}");
    }

    #[test]
    fn a_tree_is_never_longer_than_it_may_be() {
        for json in [
            include_str!("../fixtures/shown/healthy_hash_join.json"),
            include_str!("../fixtures/shown/seq_scan_parallel.json"),
        ] {
            let plan = Plan::from_json(json).unwrap();
            let findings = judge(&plan, &Facts::default());
            let whole = render(&plan, &findings);
            assert_eq!(render_within(&plan, &findings, whole.len()), whole);
            for most in [100, 200, 300] {
                let text = render_within(&plan, &findings, most);
                assert!(text.chars().count() <= most && !text.is_empty(), "{most}: {text}");
            }
        }
    }
}
