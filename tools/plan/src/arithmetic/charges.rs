//! Who pays for a node: its parent, except that a CTE is paid by its scans and an InitPlan by its first reader.

use std::collections::HashMap;

use super::Figures;
use crate::model::{Node, Plan, Role};

enum Payer {
    One(usize),
    /// CTE scans, the one that most likely computed the CTE first, and the node that owns the CTE.
    ///
    /// A CTE that writes has no owner to pay: what its scans did not ask for is done after the root has ended.
    Scans {
        scans: Vec<usize>,
        owner: Option<usize>,
    },
}

pub(super) struct Charges(Vec<Payer>);

impl Charges {
    pub(super) fn of(plan: &Plan, figures: &[Figures]) -> Self {
        let scans = cte_scans(plan, figures);
        let payers = plan.nodes.iter().map(|node| match (node.role, plan.parent(node)) {
            (Role::InitPlan, Some(owner)) => match scans.get(&node.id) {
                None if !writes(node) => Payer::One(first_reader(plan, node, owner).unwrap_or(owner.id)),
                scans => Payer::Scans {
                    scans: scans.cloned().unwrap_or_default(),
                    owner: Some(owner.id).filter(|_| !writes(node)),
                },
            },
            (_, parent) => Payer::One(parent.map_or(0, |parent| parent.id)),
        });
        Self(payers.collect())
    }

    /// What is left of each node's total when all that is charged to it is taken off, and what was done after the
    /// root had ended; the sum of the former is the root's total and the latter.
    ///
    /// A CTE is computed bit by bit while its scans ask for rows, so each pays up to what it has, after all else that
    /// is charged to it. What is left over was spent outside of them (workers are shut down under the owner).
    pub(super) fn own(&self, totals: &[f64]) -> (Vec<f64>, f64) {
        let mut own = totals.to_vec();
        let mut afterwards = 0.0;
        for (node, payer) in self.0.iter().enumerate().skip(1) {
            if let Payer::One(payer) = payer {
                own[*payer] -= totals[node];
            }
        }
        for (node, payer) in self.0.iter().enumerate() {
            if let Payer::Scans { scans, owner } = payer {
                let mut rest = totals[node];
                for &scan in scans {
                    let part = own[scan].clamp(0.0, rest);
                    own[scan] -= part;
                    rest -= part;
                }
                match owner {
                    Some(owner) => own[*owner] -= rest,
                    None => afterwards += rest,
                }
            }
        }
        (own, afterwards)
    }

    /// All nodes that may pay for a node.
    pub(super) fn payers(&self, node: usize) -> Vec<usize> {
        match &self.0[node] {
            Payer::One(payer) => vec![*payer],
            Payer::Scans { scans, owner } => scans.iter().copied().chain(*owner).collect(),
        }
    }
}

fn writes(cte: &Node) -> bool {
    cte.kind == "ModifyTable"
}

fn cte_name(node: &Node) -> Option<&str> {
    node.text("Subplan Name")?.strip_prefix("CTE ")
}

/// The executed scans of each CTE, the likely payer first.
fn cte_scans(plan: &Plan, figures: &[Figures]) -> HashMap<usize, Vec<usize>> {
    let mut by_owner: HashMap<(usize, &str), usize> = HashMap::new();
    for node in plan.nodes.iter().filter(|node| node.role == Role::InitPlan) {
        if let (Some(owner), Some(name)) = (node.parent, cte_name(node)) {
            by_owner.insert((owner, name), node.id);
        }
    }
    let mut scans: HashMap<usize, Vec<usize>> = HashMap::new();
    if by_owner.is_empty() {
        return scans;
    }
    for scan in plan.nodes.iter().filter(|node| node.ran()) {
        let Some(name) = scan.text("CTE Name").filter(|_| scan.kind == "CTE Scan") else { continue };
        let mut below = scan.id;
        for owner in plan.ancestors(scan) {
            // A CTE of the same name that is being defined here is not in its own scope.
            if let Some(&cte) = by_owner.get(&(owner.id, name)).filter(|cte| **cte != below) {
                scans.entry(cte).or_default().push(scan.id);
                break;
            }
            below = owner.id;
        }
    }
    for list in scans.values_mut() {
        list.sort_by(|&a, &b| {
            let weight =
                |id: usize| (plan.nodes[id].buffers.temp_written(), plan.nodes[id].buffers.looked_at());
            let time = |id: usize| figures[id].total_ms.unwrap_or(0.0);
            weight(b).cmp(&weight(a)).then(time(b).total_cmp(&time(a))).then(a.cmp(&b))
        });
    }
    scans
}

/// The first executed node in plan order that reads the value of an InitPlan.
fn first_reader(plan: &Plan, init: &Node, owner: &Node) -> Option<usize> {
    let marks = marks(init.text("Subplan Name")?);
    let end = init.id + plan.subtree(init).count();
    let reader = plan.subtree(owner).find(|node| {
        // Index conditions are evaluated before the recheck of the same condition above them.
        (node.id < init.id || node.id >= end)
            && node.ran()
            && node
                .expressions()
                .any(|(key, text)| key != "Recheck Cond" && marks.iter().any(|mark| mentions(text, mark)))
    })?;
    let mut payer = reader.id;
    let mut below = reader;
    for above in plan.ancestors(reader).take_while(|above| above.id != owner.id) {
        if above.gathers() {
            payer = above.id;
        }
        let pruned = || plan.children(above).any(|member| !member.ran());
        if above.is(&["Append", "Merge Append"])
            && below.role == Role::Member
            && payer == reader.id
            && pruned()
        {
            payer = above.id;
        }
        below = above;
    }
    // The owner itself may be the Append.
    if payer == reader.id
        && owner.is(&["Append", "Merge Append"])
        && reader.id != owner.id
        && plan.children(owner).any(|member| !member.ran())
    {
        payer = owner.id;
    }
    Some(payer)
}

/// How a plan refers to the InitPlan: `$n` up to PostgreSQL 16, `(InitPlan n).colk` from 17 on.
fn marks(name: &str) -> Vec<String> {
    let mut words = name.split(|letter: char| letter.is_whitespace() || "(),".contains(letter));
    let mut marks: Vec<String> =
        words.clone().filter(|word| word.starts_with('$')).map(str::to_owned).collect();
    if words.next() == Some("InitPlan") {
        marks.extend(words.next().map(|number| format!("(InitPlan {number}).col")));
    }
    marks
}

fn mentions(text: &str, mark: &str) -> bool {
    text.match_indices(mark).any(|(at, _)| {
        let after = text[at + mark.len()..].chars().next();
        !mark.starts_with('$') || !after.is_some_and(|letter| letter.is_ascii_digit())
    })
}
