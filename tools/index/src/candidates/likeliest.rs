//! Which candidates to try where there are too many: those that promise to save most, by statistics alone.

use super::{Candidate, Method};
use crate::lookup::{Condition, Lookups, matched};
use crate::workload::{Statement, Workload};

/// What giving an order or a group is worth beside what leaving rows out is, at most 1.
const OF_ORDER: f64 = 0.5;

/// At most so many of the candidates.
pub(crate) fn likeliest(candidates: Vec<Candidate>, workload: &Workload, most: usize) -> Vec<Candidate> {
    if candidates.len() <= most {
        return candidates;
    }
    let mut ranked: Vec<(f64, Candidate)> =
        candidates.into_iter().map(|candidate| (promise(&candidate, workload), candidate)).collect();
    // Of two that promise the same the shorter key takes less.
    ranked.sort_by(|(a, first), (b, second)| {
        b.total_cmp(a).then_with(|| first.keys.len().cmp(&second.keys.len()))
    });
    ranked.truncate(most);
    ranked.into_iter().map(|(_, candidate)| candidate).collect()
}

/// The weighted cost that it may save, at most.
fn promise(candidate: &Candidate, workload: &Workload) -> f64 {
    let Some(table) = workload.tables.get(&candidate.table) else { return 0.0 };
    let of_statement = |statement: &Statement| {
        let lookups = statement.lookups.iter().flatten().filter(|lookup| lookup.table == candidate.table);
        let saved = |lookup: &Lookups| {
            let conditions: Vec<&Condition> = lookup.conditions.iter().collect();
            let shares: Vec<f64> =
                conditions.iter().map(|condition| condition.share.unwrap_or(0.0)).collect();
            let matched = matched(&candidate.keys, table, &conditions, &shares);
            let narrows = if matched.served.is_empty() { 0.0 } else { 1.0 - matched.share };
            if candidate
                .only
                .iter()
                .flat_map(|only| &only.conditions)
                .any(|only| !lookup.clauses.contains(only))
            {
                return 0.0;
            }
            // What no B-tree serves, these alone do; and a partial index leaves rows out by itself.
            let narrows = match candidate.method {
                Method::Btree => f64::max(narrows, 1.0 - candidate.share()),
                Method::Gin | Method::Brin => 1.0,
            };
            let next = candidate.keys.get(matched.fixed).map(|key| &key.part);
            let orders = next.is_some_and(|next| {
                let sorted = lookup.order_by.first().map(|sort| &sort.subject);
                let extreme = lookup.extremes.iter().chain(&lookup.group_by);
                sorted == Some(next) || extreme.into_iter().any(|column| next.column() == Some(column))
            });
            if orders { f64::max(narrows, OF_ORDER) } else { narrows }
        };
        statement.weight * statement.cost() * lookups.map(saved).fold(0.0, f64::max)
    };
    workload.statements.iter().map(of_statement).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates;
    use crate::candidates::examples::{shop, workload};

    #[test]
    fn the_least_selective_go_first() {
        let sql = "select * from orders where customer_id = 7 and status = 'open' and code = 'x' order by created_at";
        let workload = workload(&[sql], shop());
        let all = candidates::of(&workload);
        assert_eq!(likeliest(all.clone(), &workload, all.len()), all, "in their order where all are kept");
        let kept = likeliest(all.clone(), &workload, all.len() - 1);
        let lost: Vec<_> = all.iter().filter(|one| !kept.contains(one)).map(Candidate::columns).collect();
        assert_eq!(lost, [["customer_id"]]);
        assert_eq!(
            kept[0].columns(),
            ["code", "customer_id", "status"],
            "the shorter of two that promise the same"
        );
    }
}
