//! Chooses indexes for a whole workload: again and again the one that saves most for its bytes, until nothing saves
//! enough. A longer key takes the place of a shorter one that it begins with; what turns out superfluous is dropped.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use pgwright_contract::ToolError;
use pgwright_postgres::DatabaseError;
use tokio_util::sync::CancellationToken;

use crate::candidates::Candidate;
use crate::evaluate::Evaluator;
use crate::served::begins_with;
use crate::size;
use crate::workload::Workload;

/// An index must make some statement this much cheaper, or its upkeep is not worth it …
const LEAST_SHARE: f64 = 0.1;
/// … and by this much: what reading 50 pages in sequence costs, half a millisecond.
const LEAST_COST: f64 = 50.0;
/// More indexes at once are not for a person to judge.
const MOST: usize = 20;

/// More candidates than this are not tried; see [`likeliest`](crate::candidates::likeliest).
pub(crate) const MOST_CANDIDATES: usize = 300;
/// How long a search may go on.
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

/// Chooses among `candidates`, within `budget_bytes` if there is one. Lets other tasks run between candidates.
pub(crate) async fn best<E: Evaluator>(
    workload: &Workload,
    candidates: &[Candidate],
    budget_bytes: Option<u64>,
    bounds: &Bounds,
    evaluator: &mut E,
) -> Result<Found, ToolError> {
    let before: Vec<f64> = workload.statements.iter().map(|statement| statement.cost()).collect();
    let mut search = Search {
        workload,
        candidates,
        sizes: sizes(workload, candidates),
        evaluator,
        bounds,
        cut_short: false,
        known: HashMap::new(),
    };
    let mut chosen: Vec<usize> = Vec::new();
    let mut costs = before.clone();
    while chosen.len() < MOST && !search.cut_short {
        let Some((next, after)) = search.step(&chosen, &costs, budget_bytes).await? else { break };
        (chosen, costs) = (next, after);
    }
    // What was derived on the way is asked about in the end.
    costs = search.costs(&chosen).await?;
    search.prune(&mut chosen, &mut costs).await?;
    let mut choices = Vec::new();
    for at in &chosen {
        search.breathe().await?;
        let without = search.costs(&others(&chosen, *at)).await?;
        let pairs = without.iter().zip(&costs).enumerate();
        let affected =
            pairs.filter(|(_, (without, with))| pays(**without, **with)).map(|(place, _)| place).collect();
        let Some(candidate) = candidates.get(*at) else { continue };
        choices.push(Choice { candidate: candidate.clone(), size_bytes: search.size(*at), affected });
    }
    Ok(Found { choices, before, after: costs, cut_short: search.cut_short })
}

/// Whether the fall of a statement's cost is worth an index.
pub(crate) fn pays(before: f64, after: f64) -> bool {
    before - after >= (before * LEAST_SHARE).max(LEAST_COST)
}

fn sizes(workload: &Workload, candidates: &[Candidate]) -> Vec<u64> {
    let size = |candidate: &Candidate| {
        workload
            .tables
            .get(&candidate.table)
            .map_or(0, |table| size::of(table, &candidate.columns(), &[]).bytes())
    };
    candidates.iter().map(size).collect()
}

fn others(chosen: &[usize], without: usize) -> Vec<usize> {
    chosen.iter().copied().filter(|at| *at != without).collect()
}

struct Search<'w, E> {
    workload: &'w Workload,
    candidates: &'w [Candidate],
    sizes: Vec<u64>,
    evaluator: &'w mut E,
    bounds: &'w Bounds,
    cut_short: bool,
    /// The cost of a statement with those candidates that are on its tables.
    known: HashMap<(usize, Vec<usize>), f64>,
}

impl<E: Evaluator> Search<'_, E> {
    /// Lets other tasks run, and ends the search when nobody waits for it any more.
    async fn breathe(&self) -> Result<(), ToolError> {
        tokio::task::yield_now().await;
        if self.bounds.cancel.is_cancelled() { Err(DatabaseError::Cancelled.into()) } else { Ok(()) }
    }

    /// The next better choice with its costs, or nothing when none pays; when time is up, the best of those tried.
    async fn step(
        &mut self,
        chosen: &[usize],
        costs: &[f64],
        budget_bytes: Option<u64>,
    ) -> Result<Option<(Vec<usize>, Vec<f64>)>, ToolError> {
        let size_now = self.total_size(chosen);
        let mut best: Option<(f64, Vec<usize>, Vec<f64>)> = None;
        for at in 0..self.candidates.len() {
            self.breathe().await?;
            if Instant::now() >= self.bounds.until {
                self.cut_short = true;
                break;
            }
            let next = self.with(chosen, at);
            let size = self.total_size(&next);
            if chosen.contains(&at) || budget_bytes.is_some_and(|budget| size > budget) {
                continue;
            }
            let is_alone = next.len() == chosen.len() + 1;
            let after = if is_alone && self.evaluator.is_costly() {
                self.derived_costs(&next, at, costs).await?
            } else {
                self.costs(&next).await?
            };
            let gain = self.gain(costs, &after);
            // A page at least: a longer key in place of a shorter one may even be smaller.
            let worth = gain / float(size.saturating_sub(size_now).max(8_192));
            if gain > 0.0 && best.as_ref().is_none_or(|(most, ..)| worth > *most) {
                best = Some((worth, next, after));
            }
        }
        Ok(best.map(|(_, next, after)| (next, after)))
    }

    /// The costs with one more index, where only those statements are asked about that it helped when it was alone.
    async fn derived_costs(
        &mut self,
        next: &[usize],
        added: usize,
        costs: &[f64],
    ) -> Result<Vec<f64>, ToolError> {
        let alone = self.costs(&[added]).await?;
        let mut after = Vec::with_capacity(costs.len());
        for (place, now) in costs.iter().enumerate() {
            let today = self.workload.statements.get(place).map_or(0.0, |statement| statement.cost());
            let helped = alone.get(place).is_some_and(|alone| *alone < today * 0.99);
            after.push(if helped { self.cost(place, next).await? } else { *now });
        }
        Ok(after)
    }

    fn with(&self, chosen: &[usize], at: usize) -> Vec<usize> {
        let Some(added) = self.candidates.get(at) else { return chosen.to_vec() };
        let is_replaced = |old: &usize| {
            let old = self.candidates.get(*old);
            old.is_some_and(|old| old.table == added.table && begins_with(&added.keys, &old.keys))
        };
        chosen.iter().copied().filter(|old| !is_replaced(old)).chain([at]).collect()
    }

    /// Weighted savings, of those statements alone that an index pays for. None if any gets worse.
    fn gain(&self, before: &[f64], after: &[f64]) -> f64 {
        let statements = self.workload.statements.iter().zip(before.iter().zip(after));
        let mut gain = 0.0;
        for (statement, (before, after)) in statements {
            if pays(*before, *after) {
                gain += statement.weight * (before - after);
            } else if pays(*after, *before) {
                gain -= statement.weight * (after - before);
            }
        }
        gain
    }

    /// Takes away what the others have made superfluous.
    async fn prune(&mut self, chosen: &mut Vec<usize>, costs: &mut Vec<f64>) -> Result<(), ToolError> {
        for at in chosen.clone() {
            self.breathe().await?;
            let fewer = others(chosen, at);
            let without = self.costs(&fewer).await?;
            if !without.iter().zip(costs.iter()).any(|(without, with)| pays(*without, *with)) {
                (*chosen, *costs) = (fewer, without);
            }
        }
        Ok(())
    }

    async fn costs(&mut self, chosen: &[usize]) -> Result<Vec<f64>, ToolError> {
        let mut costs = Vec::with_capacity(self.workload.statements.len());
        for place in 0..self.workload.statements.len() {
            costs.push(self.cost(place, chosen).await?);
        }
        Ok(costs)
    }

    async fn cost(&mut self, place: usize, chosen: &[usize]) -> Result<f64, ToolError> {
        let Some(statement) = self.workload.statements.get(place) else { return Ok(0.0) };
        let is_relevant =
            |at: &usize| self.candidates.get(*at).is_some_and(|candidate| statement.reads(candidate.table));
        let mut relevant: Vec<usize> = chosen.iter().copied().filter(is_relevant).collect();
        if relevant.is_empty() {
            return Ok(statement.cost());
        }
        relevant.sort_unstable();
        let key = (place, relevant);
        if let Some(cost) = self.known.get(&key) {
            return Ok(*cost);
        }
        let indexes: Vec<&Candidate> = key.1.iter().filter_map(|at| self.candidates.get(*at)).collect();
        let cost = self.evaluator.cost(self.workload, place, &indexes).await?;
        Ok(*self.known.entry(key).or_insert(cost))
    }

    fn size(&self, at: usize) -> u64 {
        self.sizes.get(at).copied().unwrap_or_default()
    }

    fn total_size(&self, chosen: &[usize]) -> u64 {
        chosen.iter().map(|at| self.size(*at)).sum()
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
        let mut evaluator = Modelled;
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
