//! One line that says where the time or the cost goes, and the first thing to do.

use crate::figure::{count, line, ms, percent};
use crate::findings::{Finding, Severity};
use crate::model::{Node, Plan};

/// The plan in one line. `findings` are those of [`crate::judge`], worst first.
pub fn verdict(plan: &Plan, findings: &[Finding]) -> String {
    let share = |node: &Node| plan.self_ratio(node);
    let costly = plan.nodes.iter().max_by(|a, b| share(a).total_cmp(&share(b)).then(b.id.cmp(&a.id)));
    let node = costly.unwrap_or_else(|| plan.root());
    let object = node
        .table()
        .or_else(|| node.index().map(str::to_owned))
        .map(|object| format!(" on {}", line(&object, 100)))
        .unwrap_or_default();
    let place = format!("{} in {}{object} (node {})", percent(share(node)), line(&node.kind, 60), node.id);
    let jit = plan.arithmetic().jit.map_or(0.0, |(jit, _)| jit / plan.whole_ms().unwrap_or(f64::INFINITY));
    let place =
        if jit > share(node) { format!("{} in just-in-time compilation", percent(jit)) } else { place };
    let whole = match plan.whole_ms() {
        Some(whole) => format!("{}, {place}", ms(whole)),
        None => format!("Estimated cost {}, {place}", count(plan.root().estimate.total_cost)),
    };
    match findings.first().filter(|finding| finding.severity > Severity::Info) {
        Some(first) if first.advice.starts_with(&first.object) => format!("{whole}. First: {}", first.advice),
        Some(first) => format!("{whole}. First: {}: {}", first.object, first.advice),
        None if plan.analyzed() => format!("{whole}. Nothing to mend."),
        None => format!("{whole}. Nothing stands out in the estimates."),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Facts, judge};

    fn of(json: &str) -> String {
        let plan = Plan::from_json(json).unwrap();
        verdict(&plan, &judge(&plan, &Facts::default()))
    }

    #[test]
    fn it_names_the_place_and_the_first_thing_to_do() {
        let text = of(include_str!("../fixtures/seq_scan_low_yield.json"));
        assert!(
            text.contains(
                "in Seq Scan on orders (node 0). First: orders: keeps 200 of 200k rows: create index"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_healthy_plan_is_left_alone() {
        assert!(of(include_str!("../fixtures/healthy_index_scan.json")).ends_with("Nothing to mend."));
    }

    #[test]
    fn estimates_say_so() {
        assert!(
            of(include_str!("../fixtures/function_on_column_estimated.json")).starts_with("Estimated cost")
        );
    }
}
