//! One line that says where the time or the cost goes, and the first thing to do.

use pgwright_contract::Page;
use pgwright_contract::units::{count, milliseconds, percent};

use crate::findings::{Finding, Severity};
use crate::model::{Node, Plan};

/// The plan in one line. `findings` are those of [`crate::judge`], worst first.
pub fn verdict(plan: &Plan, findings: &[Finding]) -> String {
    let place = costliest(plan);
    let whole = match plan.whole_ms() {
        Some(whole) => format!("{}, {place}", milliseconds(whole)),
        None => format!("Estimated cost {}, {place}", count(plan.root().estimate.total_cost)),
    };
    match findings.first().filter(|finding| finding.severity > Severity::Info) {
        Some(first) if first.advice.starts_with(&first.object) => format!("{whole}. First: {}", first.advice),
        Some(first) => format!("{whole}. First: {}: {}", first.object, first.advice),
        None if plan.analyzed() => format!("{whole}. Nothing to mend."),
        None => format!("{whole}. Nothing stands out in the estimates."),
    }
}

/// The node, the trigger or the compilation that takes the largest share.
fn costliest(plan: &Plan) -> String {
    let whole_ms = plan.whole_ms().unwrap_or(f64::INFINITY);
    let nodes = plan.nodes.iter().map(|node| (plan.self_ratio(node), place(node)));
    let triggers = plan
        .triggers
        .iter()
        .map(|trigger| (trigger.total_ms / whole_ms, format!("trigger {}", Page::data(&trigger.name, 100))));
    let jit = plan.arithmetic().jit.map(|(jit, _)| (jit / whole_ms, "just-in-time compilation".to_owned()));
    let all = nodes.chain(triggers).chain(jit);
    let (share, place) =
        all.reduce(|most, next| if next.0 > most.0 { next } else { most }).unwrap_or_default();
    format!("{} in {place}", percent(share))
}

fn place(node: &Node) -> String {
    let object = node
        .table()
        .or_else(|| node.index().map(str::to_owned))
        .map(|object| format!(" on {}", Page::data(&object, 100)));
    format!("{}{} (node {})", Page::data(&node.kind, 60), object.unwrap_or_default(), node.id)
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
