//! `serialization_time`: making the result ready to send takes a good part of the statement.
//!
//! # When it fires
//!
//! Serialization takes 20 % of the execution or more, 10 ms or more. Needs a plan with the option `serialize`, from PostgreSQL 17 on.
//!
//! # What to do
//!
//! Fetch fewer columns and rows; leave out large texts and documents, which are unpacked from where they are stored aside; ask for the binary format where the driver can.
//!
//! # Traps
//!
//! The network is not in it: `serialize` makes the rows and drops them.

use pgwright_contract::units::milliseconds;

use super::finding::{Evidence, Saves, Suspicion};
use super::{Needs, Rule, origin};
use crate::facts::Facts;
use crate::model::{Node, Plan};

pub(super) const RULE: Rule = Rule {
    id: "serialization_time",
    title: "Turning rows into text takes long",
    needs: Needs::Analyze,
    silences: &[],
    check,
};

use super::finding::Severity;

fn check(node: &Node, plan: &Plan, _: &Facts) -> Option<Suspicion> {
    let run_ms = plan.run_ms().filter(|_| node.parent.is_none())?;
    let said = plan.fields.get("Serialization")?;
    let spent = said.get("Time")?.as_f64()?;
    if spent < 10.0 || spent < 0.2 * run_ms {
        return None;
    }
    let bytes =
        said.get("Output Volume").and_then(serde_json::Value::as_f64).map(|kilobytes| kilobytes * 1024.0);
    Some(Suspicion {
        saves: Saves { amount: spent, at_most: Severity::Medium },
        object: origin::tables(plan, node),
        evidence: Evidence::default().figure("serialization_ms", spent).some("output_bytes", bytes),
        advice: format!(
            "{} go into writing the result out: fetch fewer columns and rows, above all no large texts",
            milliseconds(spent)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect::{fires_in, silent_in};

    #[test]
    fn large_texts() {
        fires_in("serialization_time", super::RULE.id, "documents");
    }

    #[test]
    fn without_the_option_silent() {
        silent_in("wide_row_select", super::RULE.id);
        silent_in("no_limit_large_result", super::RULE.id);
    }
}
