//! `planner_setting_disabled`: a kind of plan is switched off for this session.
//!
//! # When it fires
//!
//! The plan lists an `enable_…` setting that is off (option SETTINGS).
//!
//! # What to do
//!
//! Nothing, if it was meant; otherwise find where it is set: `select source, sourcefile from pg_settings where name = …`, `alter role … reset …`, `alter database … reset …`.
//!
//! # Traps
//!
//! Only worth knowing: other findings may have their cause here. Switching a kind of plan off hides a wrong estimate and comes back with the next
//! one.

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "planner_setting_disabled",
    title: "A planner setting is off",
    needs: Needs::Estimates,
    silences: &[],
    check,
};

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let off: Vec<&str> = plan
        .settings
        .iter()
        .filter(|(name, value)| name.starts_with("enable_") && value.as_str() == "off")
        .map(|(name, _)| name.as_str())
        .collect();
    if node.id != 0 || off.is_empty() {
        return None;
    }
    let names = off.join(", ");
    Some(Suspicion {
        saves: Saves { amount: 0.0, ..Saves::own(node, plan) },
        evidence: Evidence::default().text("off", &names),
        advice: format!("{names} off: the planner cannot choose freely; reset it unless that is meant"),
        object: names,
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires, silent};

    #[test]
    fn joins_switched_off() {
        let found = fires(
            include_str!("../../fixtures/shape_merge_join.json"),
            super::RULE.id,
            "enable_hashjoin, enable_nestloop",
        );
        assert_eq!(found.severity, crate::Severity::Info);
    }

    #[test]
    fn settings_as_they_were_are_silent() {
        silent(include_str!("../../fixtures/healthy_hash_join.json"), super::RULE.id);
    }
}
