//! What plans told so far. The best plan of many indexes is the best of any fewer that still hold what it uses, so most
//! questions have been answered before they are asked.

use std::collections::BTreeSet;

use pgwright_contract::ToolError;
use pgwright_sql::analysis::Subject;

use crate::candidates::Candidate;
use crate::evaluate::{Changed, Evaluator, Planned};
use crate::workload::{Statement, Workload};

/// The plans of a workload's statements.
pub(super) struct Known<'w> {
    statements: Vec<One<'w>>,
    candidates: usize,
}

struct One<'w> {
    statement: &'w Statement,
    /// The candidates that could serve it.
    relevant: BTreeSet<usize>,
    /// The existing indexes of its tables.
    existing: BTreeSet<u32>,
    plans: Vec<(Changed, Planned)>,
}

impl<'w> Known<'w> {
    pub(super) fn of(workload: &'w Workload) -> Self {
        let one = |statement: &'w Statement| {
            let tables = statement.relations.iter().flatten().filter_map(|oid| workload.tables.get(oid));
            let existing = tables.flat_map(|table| &table.indexes).map(|index| index.oid).collect();
            let today = statement.today(workload);
            One { statement, relevant: BTreeSet::new(), existing, plans: vec![(Changed::default(), today)] }
        };
        Self { statements: workload.statements.iter().map(one).collect(), candidates: 0 }
    }

    /// Notes the next candidate, whether it is in question or not.
    pub(super) fn add(&mut self, candidate: &Candidate, is_in_question: bool) {
        for one in &mut self.statements {
            if is_in_question && could_serve(candidate, one.statement) {
                one.relevant.insert(self.candidates);
            }
        }
        self.candidates += 1;
    }

    pub(super) fn relevant(&self, place: usize) -> &BTreeSet<usize> {
        static NONE: BTreeSet<usize> = BTreeSet::new();
        self.statements.get(place).map_or(&NONE, |one| &one.relevant)
    }

    pub(super) fn today(&self, place: usize) -> f64 {
        self.statements.get(place).map_or(0.0, |one| one.statement.cost())
    }

    /// The least that a statement can cost: with everything that could serve it. Nothing if that was not asked.
    pub(super) fn least(&self, place: usize) -> Option<f64> {
        let one = self.statements.get(place)?;
        let all = one.plans.iter().find(|(changed, _)| changed.with.is_superset(&one.relevant))?;
        Some(all.1.cost + all.1.risk)
    }

    pub(super) async fn plan<E: Evaluator>(
        &mut self,
        evaluator: &mut E,
        workload: &Workload,
        place: usize,
        changed: &Changed,
    ) -> Result<Planned, ToolError> {
        let Some(one) = self.statements.get_mut(place) else { return Ok(Planned::default()) };
        let asked = Changed {
            with: changed.with.intersection(&one.relevant).copied().collect(),
            without: changed.without.intersection(&one.existing).copied().collect(),
        };
        if let Some((_, planned)) = one.plans.iter().find(|(known, planned)| answers(known, planned, &asked))
        {
            return Ok(planned.clone());
        }
        let planned = evaluator.plan(workload, place, &asked).await?;
        one.plans.push((asked, planned.clone()));
        Ok(planned)
    }
}

/// Whether the plan that was found among more indexes is still the best among those that are asked about.
fn answers(known: &Changed, planned: &Planned, asked: &Changed) -> bool {
    planned.used.is_subset(&asked.with)
        && asked.with.is_subset(&known.with)
        && known.without.is_subset(&asked.without)
        && planned.existing.is_disjoint(&asked.without)
}

/// Whether a statement asks something of the candidate's table that its first part, or its rows, could serve.
fn could_serve(candidate: &Candidate, statement: &Statement) -> bool {
    let Some(leading) = candidate.keys.first() else { return false };
    statement.lookups.iter().flatten().filter(|lookup| lookup.table == candidate.table).any(|lookup| {
        let only = candidate.only.iter().flat_map(|only| &only.conditions);
        let mut only = only.peekable();
        let is_partial = only.peek().is_some();
        if !only.all(|wanted| lookup.clauses.contains(wanted)) {
            return false;
        }
        let compared = lookup.conditions.iter().any(|condition| condition.subject == leading.part);
        let sorted = lookup.order_by.first().is_some_and(|sort| sort.subject == leading.part);
        let named = |column: &String| leading.part == Subject::Column(column.clone());
        let covers = !candidate.included.is_empty()
            && lookup
                .read
                .as_ref()
                .is_some_and(|read| read.iter().all(|column| candidate.columns().contains(&column.as_str())));
        is_partial
            || compared
            || sorted
            || covers
            || lookup.group_by.first().is_some_and(named)
            || lookup.extremes.iter().any(named)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(places: &[usize]) -> Changed {
        Changed { with: places.iter().copied().collect(), without: BTreeSet::new() }
    }

    #[test]
    fn a_plan_among_more_indexes_answers_for_fewer_that_hold_what_it_uses() {
        let planned =
            Planned { used: BTreeSet::from([1]), existing: BTreeSet::from([77]), ..Planned::default() };
        assert!(answers(&with(&[1, 2, 3]), &planned, &with(&[1, 3])));
        assert!(!answers(&with(&[1, 2, 3]), &planned, &with(&[2, 3])), "it uses 1");
        assert!(!answers(&with(&[1, 2]), &planned, &with(&[1, 3])), "3 was not there");
        let away = Changed { without: BTreeSet::from([77]), ..with(&[1]) };
        assert!(!answers(&with(&[1, 2]), &planned, &away), "it uses the one that is away");
    }
}
