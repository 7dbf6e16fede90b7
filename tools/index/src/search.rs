//! Chooses indexes for a whole workload: again and again what saves most for its bytes, then swaps, merges and drops while
//! that makes it better. What can be derived from plans that were asked for is never asked again.

mod known;
mod worth;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use pgwright_contract::ToolError;
use pgwright_postgres::DatabaseError;
use tokio_util::sync::CancellationToken;

use self::known::Known;
pub(crate) use self::worth::pays;
use self::worth::{Upkeep, Worth, upkeep};
use crate::candidates::{Candidate, merging};
use crate::evaluate::{Changed, Evaluator};
use crate::served::begins_with;
use crate::workload::Workload;

/// More indexes at once are not for a person to judge.
const MOST: usize = 60;
/// How often the indexes that a statement would use are taken away, to see what it would use next.
const ROUNDS: usize = 3;
/// A statement that all candidates together leave at this share of its cost needs none of them.
const UNMOVED: f64 = 0.95;
/// The most candidates that a chosen one is swapped for.
const SWAPS: usize = 12;

/// More candidates than this are not tried; see [`likeliest`](crate::candidates::likeliest).
pub(crate) const MOST_CANDIDATES: usize = 400;
/// How long a search may go on unless told otherwise.
pub(crate) const LONGEST: Duration = Duration::from_secs(10);

/// What ends a search early.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// The caller gave up: nothing is found.
    pub(crate) cancel: CancellationToken,
    /// Time is up: what was found by then is the answer.
    pub(crate) until: Instant,
}

/// What was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The indexes, in the order of their worth.
    pub(crate) choices: Vec<Choice>,
    /// The cost of each statement of the workload as things are.
    pub(crate) before: Vec<f64>,
    /// The cost of each with all choices built.
    pub(crate) after: Vec<f64>,
    /// The existing indexes that the plans after it use.
    pub(crate) still_used: BTreeSet<u32>,
    /// Candidates that could not be judged, and why.
    pub(crate) unjudged: Vec<(Candidate, String)>,
    /// Whether time was up before everything was tried.
    pub(crate) cut_short: bool,
}

/// One index that pays.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// What to build.
    pub(crate) candidate: Candidate,
    /// What it will take.
    pub(crate) size_bytes: u64,
    /// The statements that need it, by their place in the workload.
    pub(crate) affected: Vec<usize>,
}

/// Chooses among `candidates`, within `budget_bytes` if there is one. Lets other tasks run between plans.
pub(crate) async fn best<E: Evaluator>(
    workload: &Workload,
    candidates: &[Candidate],
    budget_bytes: Option<u64>,
    bounds: &Bounds,
    evaluator: &mut E,
) -> Result<Found, ToolError> {
    let mut search = Search::new(workload, budget_bytes, bounds, evaluator);
    search.prepare(candidates).await?;
    search.peel().await?;
    let mut chosen = search.greedy(BTreeSet::new()).await?;
    chosen = search.prune(chosen).await?;
    chosen = search.merge(chosen).await?;
    chosen = search.swap(chosen).await?;
    chosen = search.greedy(chosen).await?;
    chosen = search.prune(chosen).await?;
    search.found(&chosen).await
}

struct Search<'w, E> {
    workload: &'w Workload,
    evaluator: &'w mut E,
    bounds: &'w Bounds,
    budget_bytes: Option<u64>,
    worth: Worth,
    known: Known<'w>,
    /// Such as can be judged, with their sizes and what their upkeep takes.
    candidates: Vec<Candidate>,
    sizes: Vec<u64>,
    upkeep: Vec<Upkeep>,
    /// The places that are worth trying.
    pool: BTreeSet<usize>,
    /// Sets that one plan used together.
    together: BTreeSet<BTreeSet<usize>>,
    unjudged: Vec<(Candidate, String)>,
    cut_short: bool,
}

impl<'w, E: Evaluator> Search<'w, E> {
    fn new(
        workload: &'w Workload,
        budget_bytes: Option<u64>,
        bounds: &'w Bounds,
        evaluator: &'w mut E,
    ) -> Self {
        Self {
            workload,
            evaluator,
            bounds,
            budget_bytes,
            worth: Worth::of(workload),
            known: Known::of(workload),
            candidates: Vec::new(),
            sizes: Vec::new(),
            upkeep: Vec::new(),
            pool: BTreeSet::new(),
            together: BTreeSet::new(),
            unjudged: Vec::new(),
            cut_short: false,
        }
    }

    /// Adds candidates; gives the place of each that can be judged and fits.
    async fn prepare(&mut self, candidates: &[Candidate]) -> Result<Vec<Option<usize>>, ToolError> {
        self.breathe().await?;
        let prepared = self.evaluator.prepare(self.workload, candidates).await?;
        let mut places = Vec::with_capacity(candidates.len());
        for (candidate, prepared) in candidates.iter().zip(prepared) {
            let place = self.candidates.len();
            let fits =
                prepared.as_ref().is_ok_and(|size| self.budget_bytes.is_none_or(|budget| *size <= budget));
            places.push(fits.then_some(place));
            self.sizes.push(*prepared.as_ref().unwrap_or(&u64::MAX));
            self.upkeep.push(upkeep(candidate, self.workload));
            self.known.add(candidate, fits);
            self.candidates.push(candidate.clone());
            if let Err(reason) = prepared {
                self.unjudged.push((candidate.clone(), reason));
            }
        }
        Ok(places)
    }

    /// Lets other tasks run, and ends the search when nobody waits for it any more.
    async fn breathe(&mut self) -> Result<bool, ToolError> {
        tokio::task::yield_now().await;
        if self.bounds.cancel.is_cancelled() {
            return Err(DatabaseError::Cancelled.into());
        }
        self.cut_short |= Instant::now() >= self.bounds.until;
        Ok(!self.cut_short)
    }

    /// What each statement would use if it had all, then all but that, and so on: nothing else is worth trying.
    async fn peel(&mut self) -> Result<(), ToolError> {
        for place in 0..self.workload.statements.len() {
            let today = self.known.today(place);
            let mut left = self.known.relevant(place).clone();
            for _ in 0..ROUNDS {
                if left.is_empty() || !self.breathe().await? {
                    break;
                }
                let changed = Changed { with: left.clone(), without: BTreeSet::new() };
                let planned = self.known.plan(self.evaluator, self.workload, place, &changed).await?;
                if planned.cost >= today * UNMOVED || planned.used.is_empty() {
                    break;
                }
                let tells_apart = planned.used != left;
                self.pool.extend(planned.used.iter().copied());
                if tells_apart && planned.used.len() > 1 {
                    self.together.insert(planned.used.clone());
                }
                left.retain(|at| !planned.used.contains(at));
            }
        }
        Ok(())
    }

    /// Adds, again and again, what saves most for its bytes. What a move saved before bounds what it saves now.
    async fn greedy(&mut self, mut chosen: BTreeSet<usize>) -> Result<BTreeSet<usize>, ToolError> {
        let mut costs = self.costs(&chosen).await?;
        let singles = self.pool.iter().map(|at| BTreeSet::from([*at]));
        let mut moves: Vec<(f64, BTreeSet<usize>)> =
            singles.chain(self.together.iter().cloned()).map(|added| (f64::INFINITY, added)).collect();
        while chosen.len() < MOST {
            moves.retain(|(bound, added)| *bound > 0.0 && !added.is_subset(&chosen));
            moves.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            let mut best: Option<(f64, BTreeSet<usize>, Vec<f64>)> = None;
            for (bound, added) in &mut moves {
                if best.as_ref().is_some_and(|(most, ..)| most >= bound) {
                    break;
                }
                if !self.breathe().await? {
                    return Ok(chosen);
                }
                let next = self.with(&chosen, added);
                if !self.fits(&next) {
                    // Others may make room later.
                    continue;
                }
                let after = self.costs_of_change(&chosen, &costs, &next).await?;
                let gain = self.gain(&costs, &after, &chosen, &next);
                let bytes = self.total_size(&next).saturating_sub(self.total_size(&chosen));
                // A page at least: a longer key in place of a shorter one may even be smaller.
                *bound = gain / float(bytes.max(8_192));
                if gain > 0.0 && best.as_ref().is_none_or(|(most, ..)| *bound > *most) {
                    best = Some((*bound, next, after));
                }
            }
            let Some((_, next, after)) = best else { break };
            (chosen, costs) = (next, after);
        }
        Ok(chosen)
    }

    /// Tries one index in place of two.
    async fn merge(&mut self, mut chosen: BTreeSet<usize>) -> Result<BTreeSet<usize>, ToolError> {
        let pairs: Vec<(usize, usize)> = chosen
            .iter()
            .flat_map(|a| chosen.iter().map(move |b| (*a, *b)))
            .filter(|(a, b)| a != b)
            .collect();
        let mut merged = Vec::new();
        for (a, b) in pairs {
            let (Some(first), Some(second)) = (self.candidates.get(a), self.candidates.get(b)) else {
                continue;
            };
            if let Some(candidate) = merging::of(first, second) {
                merged.push((a, b, candidate));
            }
        }
        let made: Vec<Candidate> = merged.iter().map(|(.., candidate)| candidate.clone()).collect();
        if made.is_empty() || !self.breathe().await? {
            return Ok(chosen);
        }
        let places = self.prepare(&made).await?;
        for ((a, b, _), place) in merged.into_iter().zip(places) {
            let Some(place) = place.filter(|_| chosen.contains(&a) && chosen.contains(&b)) else { continue };
            self.pool.insert(place);
            let mut next: BTreeSet<usize> =
                chosen.iter().copied().filter(|at| *at != a && *at != b).collect();
            next.insert(place);
            if self.is_better(&chosen, &next).await? {
                chosen = next;
            }
        }
        Ok(chosen)
    }

    /// Tries another index, or none, in place of each.
    async fn swap(&mut self, mut chosen: BTreeSet<usize>) -> Result<BTreeSet<usize>, ToolError> {
        for at in chosen.clone() {
            let Some(table) = self.candidates.get(at).map(|candidate| candidate.table) else { continue };
            let same_table =
                |other: &usize| self.candidates.get(*other).is_some_and(|candidate| candidate.table == table);
            let others: Vec<usize> = self
                .pool
                .iter()
                .copied()
                .filter(|other| !chosen.contains(other) && same_table(other))
                .take(SWAPS)
                .collect();
            for other in others {
                if !self.breathe().await? {
                    return Ok(chosen);
                }
                let mut next = chosen.clone();
                next.remove(&at);
                next.insert(other);
                if chosen.contains(&at) && self.fits(&next) && self.is_better(&chosen, &next).await? {
                    chosen = next;
                }
            }
        }
        Ok(chosen)
    }

    /// Takes away what the others have made superfluous, the largest first.
    async fn prune(&mut self, mut chosen: BTreeSet<usize>) -> Result<BTreeSet<usize>, ToolError> {
        let mut largest: Vec<usize> = chosen.iter().copied().collect();
        largest.sort_by_key(|at| std::cmp::Reverse(self.size(*at)));
        let mut costs = self.costs(&chosen).await?;
        for at in largest {
            self.breathe().await?;
            let fewer: BTreeSet<usize> = chosen.iter().copied().filter(|other| *other != at).collect();
            let without = self.costs_of_change(&chosen, &costs, &fewer).await?;
            let is_needed = without.iter().zip(&costs).any(|(without, with)| pays(*without, *with));
            if !is_needed {
                (chosen, costs) = (fewer, without);
            }
        }
        Ok(chosen)
    }

    async fn is_better(
        &mut self,
        chosen: &BTreeSet<usize>,
        next: &BTreeSet<usize>,
    ) -> Result<bool, ToolError> {
        let costs = self.costs(chosen).await?;
        let after = self.costs_of_change(chosen, &costs, next).await?;
        let gain = self.gain(&costs, &after, chosen, next);
        let saved = float(self.total_size(chosen)) - float(self.total_size(next));
        // Without a budget a byte still counts for something: of two that do the same, the smaller.
        Ok(gain + self.worth.of_bytes(saved) > 1e-9)
    }

    async fn found(mut self, chosen: &BTreeSet<usize>) -> Result<Found, ToolError> {
        let places = 0..self.workload.statements.len();
        let before: Vec<f64> = places.clone().map(|place| self.known.today(place)).collect();
        let with = Changed { with: chosen.clone(), without: BTreeSet::new() };
        let mut after = Vec::with_capacity(before.len());
        let mut still_used = BTreeSet::new();
        for place in places {
            let planned = self.known.plan(self.evaluator, self.workload, place, &with).await?;
            after.push(planned.cost);
            still_used.extend(planned.existing);
        }
        let costs = self.costs(chosen).await?;
        let mut choices = Vec::new();
        for at in chosen {
            self.breathe().await?;
            let fewer: BTreeSet<usize> = chosen.iter().copied().filter(|other| other != at).collect();
            let without = self.costs_of_change(chosen, &costs, &fewer).await?;
            let gain = self.gain(&without, &costs, &fewer, chosen);
            let pairs = without.iter().zip(&costs).enumerate();
            let affected = pairs
                .filter(|(_, (without, with))| pays(**without, **with))
                .map(|(place, _)| place)
                .collect();
            let Some(candidate) = self.candidates.get(*at) else { continue };
            choices
                .push((gain, Choice { candidate: candidate.clone(), size_bytes: self.size(*at), affected }));
        }
        choices.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        Ok(Found {
            choices: choices.into_iter().map(|(_, choice)| choice).collect(),
            before,
            after,
            still_used,
            unjudged: self.unjudged,
            cut_short: self.cut_short,
        })
    }

    /// The costs with the risks of each plan.
    async fn costs(&mut self, chosen: &BTreeSet<usize>) -> Result<Vec<f64>, ToolError> {
        let with = Changed { with: chosen.clone(), without: BTreeSet::new() };
        let mut costs = Vec::with_capacity(self.workload.statements.len());
        for place in 0..self.workload.statements.len() {
            let planned = self.known.plan(self.evaluator, self.workload, place, &with).await?;
            costs.push(planned.cost + planned.risk);
        }
        Ok(costs)
    }

    /// The costs after a change, asking only about statements that it concerns.
    async fn costs_of_change(
        &mut self,
        chosen: &BTreeSet<usize>,
        costs: &[f64],
        next: &BTreeSet<usize>,
    ) -> Result<Vec<f64>, ToolError> {
        let with = Changed { with: next.clone(), without: BTreeSet::new() };
        let differing: BTreeSet<usize> = chosen.symmetric_difference(next).copied().collect();
        let mut after = Vec::with_capacity(costs.len());
        for (place, now) in costs.iter().enumerate() {
            let concerned = !self.known.relevant(place).is_disjoint(&differing);
            let only_adds = chosen.is_subset(next);
            let is_least = self.known.least(place).is_some_and(|least| only_adds && *now <= least * 1.01);
            if !concerned || is_least {
                after.push(*now);
                continue;
            }
            let planned = self.known.plan(self.evaluator, self.workload, place, &with).await?;
            after.push(planned.cost + planned.risk);
        }
        Ok(after)
    }

    /// `chosen` with more; a longer key takes the place of a shorter one that it begins with.
    fn with(&self, chosen: &BTreeSet<usize>, added: &BTreeSet<usize>) -> BTreeSet<usize> {
        let is_replaced = |old: &usize| {
            let old = self.candidates.get(*old);
            added.iter().filter_map(|at| self.candidates.get(*at)).any(|new| {
                old.is_some_and(|old| {
                    old.table == new.table
                        && old.is_plain()
                        && new.is_plain()
                        && begins_with(&new.keys, &old.keys)
                })
            })
        };
        let kept = chosen.iter().copied().filter(|old| added.contains(old) || !is_replaced(old));
        kept.chain(added.iter().copied()).collect()
    }

    /// What a change is worth, upkeep taken off; nothing if a statement gets worse by it.
    fn gain(&self, before: &[f64], after: &[f64], chosen: &BTreeSet<usize>, next: &BTreeSet<usize>) -> f64 {
        let upkeep = |set: &BTreeSet<usize>| {
            self.worth.of_upkeep(set.iter().filter_map(|at| self.upkeep.get(*at)).copied().sum())
        };
        self.worth.gain(before, after) - (upkeep(next) - upkeep(chosen))
    }

    fn fits(&self, chosen: &BTreeSet<usize>) -> bool {
        self.budget_bytes.is_none_or(|budget| self.total_size(chosen) <= budget)
    }

    fn size(&self, at: usize) -> u64 {
        self.sizes.get(at).copied().unwrap_or_default()
    }

    fn total_size(&self, chosen: &BTreeSet<usize>) -> u64 {
        chosen.iter().fold(0, |sum: u64, at| sum.saturating_add(self.size(*at)))
    }
}

#[allow(clippy::cast_precision_loss, reason = "sizes of indexes")]
fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::candidates::examples::{planned, shop};
    use crate::evaluate::Modelled;

    const ORDERS_SCAN: &str = r#"[{"Plan": {"Node Type": "Seq Scan", "Relation Name": "orders", "Schema": "public",
        "Alias": "orders", "Startup Cost": 0, "Total Cost": 22500, "Plan Rows": ROWS, "Filter": "(FILTER)"}}]"#;

    fn orders_scan(rows: &str, filter: &str) -> String {
        ORDERS_SCAN.replace("ROWS", rows).replace("FILTER", filter)
    }

    fn unbounded() -> Bounds {
        Bounds { cancel: CancellationToken::new(), until: Instant::now() + Duration::from_secs(3_600) }
    }

    fn within(workload: &Workload, budget_bytes: Option<u64>, bounds: &Bounds) -> Result<Found, ToolError> {
        let candidates = crate::candidates::of(workload);
        let mut evaluator = Modelled::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(best(workload, &candidates, budget_bytes, bounds, &mut evaluator))
    }

    fn found(workload: &Workload, budget_bytes: Option<u64>) -> Found {
        within(workload, budget_bytes, &unbounded()).unwrap()
    }

    fn columns(found: &Found) -> Vec<Vec<&str>> {
        found.choices.iter().map(|choice| choice.candidate.columns()).collect()
    }

    #[test]
    fn a_selective_filter_gets_its_index() {
        let plan = orders_scan("20", "orders.customer_id = 7");
        let found = found(&planned(&[("select * from orders where customer_id = 7", &plan)], shop()), None);
        assert_eq!(columns(&found), [["customer_id"]]);
        assert_eq!(found.choices[0].affected, [0]);
        assert!(found.after[0] < 200.0, "{}", found.after[0]);
    }

    #[test]
    fn a_search_ends_when_its_time_is_up_and_says_so() {
        let plan = orders_scan("20", "orders.customer_id = 7");
        let workload = planned(&[("select * from orders where customer_id = 7", &plan)], shop());
        let found = within(&workload, None, &Bounds { until: Instant::now(), ..unbounded() }).unwrap();
        assert!(found.cut_short && found.choices.is_empty());
        assert!(!within(&workload, None, &unbounded()).unwrap().cut_short);
    }

    #[test]
    fn a_search_ends_when_the_caller_gives_up() {
        let plan = orders_scan("20", "orders.customer_id = 7");
        let workload = planned(&[("select * from orders where customer_id = 7", &plan)], shop());
        let bounds = unbounded();
        bounds.cancel.cancel();
        assert_eq!(within(&workload, None, &bounds).unwrap_err().code, "57014");
    }

    #[test]
    fn a_filter_that_most_rows_pass_gets_none() {
        let plan = orders_scan("250000", "orders.status = 'open'::text");
        let found = found(&planned(&[("select * from orders where status = 'open'", &plan)], shop()), None);
        assert!(found.choices.is_empty());
    }

    #[test]
    fn one_index_serves_two_statements() {
        let plan = orders_scan("20", "orders.customer_id = 7");
        let narrow = orders_scan("5", "(orders.customer_id = 7) AND (orders.status = 'open'::text)");
        let statements = [
            ("select * from orders where customer_id = 7", plan.as_str()),
            ("select * from orders where customer_id = 7 and status = 'open'", narrow.as_str()),
        ];
        let found = found(&planned(&statements, shop()), None);
        assert_eq!(found.choices.len(), 1, "{:?}", columns(&found));
        assert_eq!(found.choices[0].affected, [0, 1]);
    }

    #[test]
    fn the_budget_holds() {
        let plan = orders_scan("20", "orders.customer_id = 7");
        let workload = planned(&[("select * from orders where customer_id = 7", &plan)], shop());
        let size = found(&workload, None).choices[0].size_bytes;
        assert!(found(&workload, Some(size - 1)).choices.is_empty());
        assert_eq!(found(&workload, Some(size)).choices.len(), 1);
    }

    #[test]
    fn a_sort_under_a_limit_is_read_in_order() {
        let plan = r#"[{"Plan": {"Node Type": "Limit", "Startup Cost": 45000, "Total Cost": 45000.1, "Plan Rows": 10, "Plans": [
            {"Node Type": "Sort", "Parent Relationship": "Outer", "Startup Cost": 45000, "Total Cost": 47500,
             "Plan Rows": 1000000, "Sort Key": ["orders.created_at DESC"], "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Schema": "public",
             "Alias": "orders", "Startup Cost": 0, "Total Cost": 20000, "Plan Rows": 1000000}]}]}}]"#;
        let sql = "select * from orders order by created_at desc limit 10";
        let found = found(&planned(&[(sql, plan)], shop()), None);
        assert_eq!(columns(&found), [["created_at"]]);
        assert!(found.after[0] < 50.0, "{}", found.after[0]);
    }

    #[test]
    fn a_join_of_few_rows_looks_the_others_up() {
        let plan = r#"[{"Plan": {"Node Type": "Hash Join", "Join Type": "Inner", "Startup Cost": 9, "Total Cost": 75000, "Plan Rows": 60, "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "items", "Schema": "public",
             "Alias": "i", "Startup Cost": 0, "Total Cost": 60000, "Plan Rows": 3000000},
            {"Node Type": "Hash", "Parent Relationship": "Inner", "Startup Cost": 8.4, "Total Cost": 8.4, "Plan Rows": 1, "Plans": [
            {"Node Type": "Index Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Schema": "public",
             "Alias": "o", "Index Name": "orders_pkey", "Index Cond": "(o.order_id = 7)", "Startup Cost": 0.4,
             "Total Cost": 8.4, "Plan Rows": 1}]}]}}]"#;
        let sql = "select * from items i join orders o using (order_id) where o.order_id = 7";
        let found = found(&planned(&[(sql, plan)], shop()), None);
        assert_eq!(columns(&found), [["order_id"]]);
        assert!(found.after[0] < 100.0, "{}", found.after[0]);
    }

    #[test]
    fn a_correlated_subquery_keeps_its_cost_beside_an_index_for_the_outer_query() {
        let plan = r#"[{"Plan": {"Node Type": "Seq Scan", "Relation Name": "items", "Schema": "public", "Alias": "i",
            "Startup Cost": 0, "Total Cost": 2060000, "Plan Rows": 100, "Filter": "(i.sku = 'a'::text)", "Plans": [
            {"Node Type": "Aggregate", "Strategy": "Plain", "Parent Relationship": "SubPlan", "Startup Cost": 20000,
             "Total Cost": 20000, "Plan Rows": 1, "Plans": [
            {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Schema": "public",
             "Alias": "o", "Startup Cost": 0, "Total Cost": 20000, "Plan Rows": 20,
             "Filter": "(o.customer_id = i.item_id)"}]}]}}]"#;
        let sql = "select (select max(created_at) from orders o where o.customer_id = i.item_id) from items i \
                   where i.sku = 'a'";
        let found = found(&planned(&[(sql, plan)], shop()), None);
        assert_eq!(columns(&found).first().map(Vec::as_slice), Some(["customer_id"].as_slice()));
        assert!(found.after[0] > 100.0 * 20.0, "a hundred look-ups of twenty rows: {}", found.after[0]);
    }

    #[test]
    fn without_workers_there_is_nothing_to_gather() {
        let plan = r#"[{"Plan": {"Node Type": "Gather", "Workers Planned": 2, "Startup Cost": 1000, "Total Cost": 14000,
            "Plan Rows": 20, "Plans": [
            {"Node Type": "Seq Scan", "Parallel Aware": true, "Parent Relationship": "Outer", "Relation Name": "orders",
             "Schema": "public", "Alias": "orders", "Startup Cost": 0, "Total Cost": 13000, "Plan Rows": 8,
             "Filter": "(orders.customer_id = 7)"}]}}]"#;
        let found = found(&planned(&[("select * from orders where customer_id = 7", plan)], shop()), None);
        assert_eq!(columns(&found), [["customer_id"]]);
        assert!(found.after[0] < 200.0, "{}", found.after[0]);
    }
}
