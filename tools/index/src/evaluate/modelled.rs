//! The evaluator without HypoPG: today's plan with parts of it replaced where an index would be cheaper.
//!
//! Three replacements are modelled, each by the planner's own formulas and with the planner's own row estimates: a scan
//! by a scan of the index, a sort above a scan by a scan in order, and a join by looking its inner side up. Anything
//! else, such as another join order, is left out, so the model errs on the side of today's plan.

use pgwright_contract::ToolError;
use pgwright_plan::{Node, Plan, Role};
use pgwright_postgres::catalog::Table;
use pgwright_sql::analysis::PredicateKind;

use super::reading::{OF_HOPE, existing};
use super::{Changed, Confidence, Evaluator, Planned};
use crate::candidates::{Candidate, Key, Method, partial};
use crate::lookup::{Condition, Form, Lookups, Matched, calibrate, matched};
use crate::scan::{Cost, Planner, Scan, bitmap_scan, index_scan};
use crate::size;
use crate::workload::{Reading, Statement, Variant, Workload};

const JOINS: &[&str] = &["Nested Loop", "Hash Join", "Merge Join"];
/// What stands between a join and the scan that feeds it.
const CARRIERS: &[&str] = &["Hash", "Sort", "Materialize", "Memoize"];
/// Pages that one entry of a BRIN index stands for.
const STRETCH: f64 = 128.0;
const ORDERING: &[&str] = &["Sort", "Incremental Sort", "Gather Merge", "Gather"];

/// The model.
#[derive(Debug, Default)]
pub(crate) struct Modelled {
    known: Vec<Option<(Candidate, size::Size)>>,
}

impl Evaluator for Modelled {
    fn confidence(&self) -> Confidence {
        Confidence::Modelled
    }

    fn explains(&self) -> u64 {
        0
    }

    async fn prepare(
        &mut self,
        workload: &Workload,
        candidates: &[Candidate],
    ) -> Result<Vec<Result<u64, String>>, ToolError> {
        let mut sizes = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let table = workload.tables.get(&candidate.table);
            let known = table.map(|table| (candidate.clone(), size::of_candidate(table, candidate)));
            sizes.push(
                known.as_ref().map(|(_, size)| size.bytes()).ok_or_else(|| "its table is unknown".to_owned()),
            );
            self.known.push(known);
        }
        Ok(sizes)
    }

    async fn plan(
        &mut self,
        workload: &Workload,
        statement: usize,
        changed: &Changed,
    ) -> Result<Planned, ToolError> {
        let Some(statement) = workload.statements.get(statement) else { return Ok(Planned::default()) };
        let indexes: Vec<Known<'_>> = changed
            .with
            .iter()
            .filter_map(|at| {
                self.known.get(*at)?.as_ref().map(|(index, size)| Known { at: *at, index, size: *size })
            })
            .collect();
        let plans = statement.variants.iter();
        let plans =
            plans.map(|variant| Replacing::new(workload, statement, variant, &indexes).planned(workload));
        Ok(Planned::mean(plans.collect()))
    }
}

/// A candidate with its place and size.
#[derive(Clone, Copy)]
struct Known<'w> {
    at: usize,
    index: &'w Candidate,
    size: size::Size,
}

/// One statement with one set of indexes.
struct Replacing<'w> {
    plan: &'w Plan,
    reading: &'w Reading,
    planner: &'w Planner,
    names: Vec<&'w str>,
    tables: Vec<Option<&'w Table>>,
    lookups: &'w [Option<Lookups>],
    indexes: Vec<Known<'w>>,
    statement: &'w Statement,
}

impl<'w> Replacing<'w> {
    fn new(
        workload: &'w Workload,
        statement: &'w Statement,
        variant: &'w Variant,
        indexes: &[Known<'w>],
    ) -> Self {
        let tables: Vec<Option<&Table>> =
            statement.relations.iter().map(|oid| workload.tables.get(oid.as_ref()?)).collect();
        let name = |table: &'w pgwright_sql::analysis::TableUse| {
            table.alias.as_deref().unwrap_or(table.relation.name.as_str())
        };
        Self {
            plan: &variant.plan,
            reading: &variant.reading,
            planner: &workload.planner,
            names: statement.analysis.tables.iter().map(name).collect(),
            tables,
            lookups: &statement.lookups,
            indexes: indexes.to_vec(),
            statement,
        }
    }

    /// Parents come before children in a plan, so that the way back is from the leaves up.
    fn planned(&self, workload: &Workload) -> Planned {
        let mut now = Now {
            costs: self.plan.nodes.iter().map(cost_of).collect(),
            serial: vec![false; self.plan.nodes.len()],
            replaced: vec![None; self.plan.nodes.len()],
        };
        for node in self.plan.nodes.iter().rev() {
            let mut cost = self.with_children(node, &now.costs);
            let inputs: Vec<usize> =
                self.plan.children(node).filter(|child| child.role.feeds()).map(|child| child.id).collect();
            let mut serial = if inputs.is_empty() {
                !node.flag("Parallel Aware")
            } else {
                inputs.iter().all(|input| now.is_serial(*input))
            };
            if let (true, true, [input]) = (node.gathers(), serial, inputs.as_slice()) {
                // No worker is left to start; what the node ran beside its input, it runs still.
                let input = now.costs.get(*input).copied().unwrap_or(cost);
                cost = self.with_subplans(node, input, &now.costs);
            }
            for other in
                [self.scan(node), self.ordered(node), self.lookup_join(node, &now)].into_iter().flatten()
            {
                let asked = self.reading.asked.get(node.id).copied().unwrap_or(1.0);
                // What runs beside the node, such as a correlated subquery, runs beside its replacement too.
                let replaced = self.with_subplans(node, other.cost, &now.costs);
                if replaced.fetching(asked) < cost.fetching(asked) {
                    (cost, serial) = (replaced, other.serial);
                    if let Some(place) = now.replaced.get_mut(node.id) {
                        *place = Some(By { index: other.index, kept: other.kept });
                    }
                }
            }
            now.set(node.id, cost, serial);
        }
        let cost = now.costs.first().map_or(0.0, |cost| cost.total);
        self.surviving(&now, Planned { cost, ..Planned::default() }, workload)
    }

    /// Which indexes the plan uses by now: its own where it was left as it was, and those that took the place of a part.
    fn surviving(&self, now: &Now, mut planned: Planned, workload: &Workload) -> Planned {
        let mut left = vec![0];
        while let Some(id) = left.pop() {
            let Some(node) = self.plan.nodes.get(id) else { continue };
            let beside = self.plan.children(node).filter(|child| !child.role.feeds()).map(|child| child.id);
            match now.replaced.get(id).copied().flatten() {
                Some(by) => {
                    planned.used.insert(by.index);
                    left.extend(by.kept);
                    left.extend(beside);
                }
                None => {
                    let existing =
                        node.text("Index Name").map(|name| existing(name, self.statement, workload));
                    planned.existing.extend(existing.into_iter().flatten());
                    left.extend(self.plan.children(node).map(|child| child.id));
                }
            }
        }
        planned
    }

    /// The node's own cost on top of what its inputs cost now.
    fn with_children(&self, node: &Node, costs: &[Cost]) -> Cost {
        let before = cost_of(node);
        let mut now = before;
        for child in self.plan.children(node) {
            let old = cost_of(child);
            let Some(new) = costs.get(child.id).copied() else { continue };
            let (startup, total) = (new.startup - old.startup, new.total - old.total);
            if total == 0.0 && startup == 0.0 {
                continue;
            }
            match child.role {
                Role::SubPlan => now.total += total * self.calls(node, child),
                Role::InitPlan => {
                    now.startup += total;
                    now.total += total;
                }
                _ if node.kind == "Limit" => {
                    let share = self.reading.asked.get(child.id).copied().unwrap_or(1.0);
                    now.total += new.fetching(share) - old.fetching(share);
                    now.startup += startup;
                }
                Role::Inner if node.kind == "Nested Loop" => {
                    let outer = self.plan.input(node);
                    let outer_cost = outer.map_or(0.0, |outer| outer.estimate.total_cost);
                    let rows = outer.map_or(1.0, |outer| outer.estimate.rows).max(1.0);
                    // What is kept in memory costs less the second time: the plan says how much in all.
                    let loops = ((before.total - outer_cost) / old.total.max(1e-9)).clamp(0.0, rows);
                    now.total += total * loops;
                    now.startup += startup;
                }
                _ if node.blocks() => {
                    now.startup += total;
                    now.total += total;
                }
                _ => {
                    now.startup += startup;
                    now.total += total;
                }
            }
        }
        Cost { startup: now.startup.max(0.0), total: now.total.max(0.0) }
    }

    fn with_subplans(&self, node: &Node, cost: Cost, costs: &[Cost]) -> Cost {
        let mut now = cost;
        for child in self.plan.children(node).filter(|child| !child.role.feeds()) {
            let Some(new) = costs.get(child.id) else { continue };
            now.total += new.total * if child.role == Role::SubPlan { self.calls(node, child) } else { 1.0 };
        }
        now
    }

    /// How often a node runs a subplan: once for each row, or once in all when it is hashed.
    fn calls(&self, node: &Node, subplan: &Node) -> f64 {
        let feeding: f64 = self
            .plan
            .children(node)
            .filter(|child| child.role.feeds())
            .map(|child| child.estimate.total_cost)
            .sum();
        ((node.estimate.total_cost - feeding) / subplan.estimate.total_cost.max(1e-9)).max(1.0)
    }

    fn has_subplans(&self, node: &Node) -> bool {
        self.plan.children(node).any(|child| !child.role.feeds())
    }

    /// A scan of the index in place of whatever reads the table now.
    fn scan(&self, node: &Node) -> Option<Replaced> {
        let here = self.here(node)?;
        let costs = self.on(here.lookups).filter_map(|Known { at, index, size }| {
            let matched = here.matched(index);
            let scan = here.scan(size, &matched, index, 1.0);
            let cost = match index.method {
                Method::Btree => self.cheaper(&scan),
                Method::Gin | Method::Brin => bitmap_scan(&scan, self.planner),
            };
            (!matched.served.is_empty() || index.only.is_some()).then_some((cost, at))
        });
        least(costs).map(Replaced::serially)
    }

    /// A scan in order in place of a sort of a scan.
    fn ordered(&self, node: &Node) -> Option<Replaced> {
        if !node.is(&["Sort", "Incremental Sort", "Gather Merge"]) {
            return None;
        }
        let mut sort = None;
        let mut at = node;
        while at.is(ORDERING) {
            if at.is(&["Sort", "Incremental Sort"]) {
                sort = Some(at);
            }
            at = self.plan.input(at)?;
            if self.has_subplans(at) {
                return None;
            }
        }
        let order: Vec<Sorted> =
            sort?.list("Sort Key").into_iter().map(Sorted::read).collect::<Option<_>>()?;
        let here = self.here(at)?;
        let costs = self.on(here.lookups).filter_map(|Known { at, index, size }| {
            let matched = here.matched(index);
            let gives = index.method == Method::Btree
                && gives_order(&index.keys, &order, here.lookups, matched.fixed);
            gives.then(|| {
                let scan = here.scan(size, &matched, index, 1.0);
                let cost = index_scan(&scan, self.planner);
                // Rows that pass a filter may all come late in the order: a LIMIT must not count on the contrary.
                let late = if scan.filters > 0.0 { (cost.total - cost.startup) * OF_HOPE } else { 0.0 };
                (Cost { startup: cost.startup + late, total: cost.total + late }, at)
            })
        });
        least(costs).map(Replaced::serially)
    }

    /// A look-up of one side for each row of the other in place of the join.
    fn lookup_join(&self, node: &Node, now: &Now) -> Option<Replaced> {
        if !node.is(JOINS) || node.text("Join Type") == Some("Full") {
            return None;
        }
        let (first, second) = (self.plan.input(node)?, self.plan.inner(node)?);
        // The inner side of a nested loop may need a row of the outer one, so it cannot go first.
        let turned = (node.kind != "Nested Loop").then_some((second, first));
        let joins = [Some((first, second)), turned];
        joins
            .into_iter()
            .flatten()
            .filter_map(|(outer, inner)| self.looked_up(node, outer, inner, now))
            .min_by(Replaced::order)
    }

    fn looked_up(&self, join: &Node, outer: &Node, inner: &Node, now: &Now) -> Option<Replaced> {
        let (outer, inner) = (self.carried(outer), self.carried(inner));
        if self.has_subplans(inner) {
            return None;
        }
        let outer_cost = now.costs.get(outer.id)?;
        let here = self.here(inner)?;
        let around: Vec<usize> = self
            .plan
            .subtree(outer)
            .filter_map(|below| self.reading.uses.get(below.id).copied().flatten())
            .collect();
        let serial = now.is_serial(outer.id);
        // What workers shared, one process does now.
        let shared = serial && self.plan.subtree(outer).any(|below| below.flag("Parallel Aware"));
        let processes =
            if shared { self.reading.processes.get(outer.id).copied().unwrap_or(1.0) } else { 1.0 };
        let loops = (outer.estimate.rows * processes).max(1.0);
        let probes = self.on(here.lookups).filter_map(|Known { at, index, size }| {
            let matched = (index.method == Method::Btree).then(|| here.probed(&index.keys, &around))??;
            Some((self.cheaper(&here.scan(size, &matched, index, loops)), at))
        });
        let (probe, index) = least(probes)?;
        let rows = join.estimate.rows * processes * self.planner.cpu_tuple_cost;
        let cost = Cost {
            startup: outer_cost.startup + probe.startup,
            total: outer_cost.total + loops * probe.total + rows,
        };
        Some(Replaced { cost, serial, index, kept: Some(outer.id) })
    }

    fn carried<'n>(&'n self, node: &'n Node) -> &'n Node {
        let mut at = node;
        while at.is(CARRIERS) {
            let Some(below) = self.plan.input(at) else { break };
            at = below;
        }
        at
    }

    fn on(&self, lookups: &Lookups) -> impl Iterator<Item = Known<'w>> {
        let table = lookups.table;
        let fits = move |known: &&Known<'w>| known.index.table == table && holds_all(known.index, lookups);
        self.indexes.iter().filter(fits).copied()
    }

    fn cheaper(&self, scan: &Scan) -> Cost {
        let (plain, bitmap) = (index_scan(scan, self.planner), bitmap_scan(scan, self.planner));
        if bitmap.total < plain.total { bitmap } else { plain }
    }

    fn here(&self, node: &Node) -> Option<Here<'_>> {
        let occurrence = (*self.reading.uses.get(node.id)?)?;
        let table = (*self.tables.get(occurrence)?)?;
        let lookups = self.lookups.get(occurrence)?.as_ref()?;
        let rows = table.estimated_rows?.max(1.0);
        let processes = self.reading.processes.get(node.id).copied().unwrap_or(1.0);
        let texts: Vec<&str> =
            node.expressions().filter(|(key, _)| *key != "Output").map(|(_, text)| text).collect();
        let stands_here = |condition: &&Condition| match condition.other_use {
            None => true,
            // A join's condition stands in the scan when its value comes from outside.
            Some(other) => self.names.get(other).is_some_and(|name| {
                let from_outside = format!("{name}.");
                let own = condition.column().unwrap_or_default();
                texts.iter().any(|text| text.contains(&from_outside) && text.contains(own))
            }),
        };
        Some(Here {
            table,
            lookups,
            rows,
            passing: (node.estimate.rows * processes / rows).clamp(1e-9, 1.0),
            conditions: lookups.conditions.iter().filter(stands_here).collect(),
        })
    }
}

/// What the nodes cost by now.
struct Now {
    costs: Vec<Cost>,
    /// Whether a node needs no workers.
    serial: Vec<bool>,
    /// What stands in its place.
    replaced: Vec<Option<By>>,
}

/// What takes the place of a node and what is below it.
#[derive(Clone, Copy)]
struct By {
    index: usize,
    /// The part of it that stays.
    kept: Option<usize>,
}

impl Now {
    fn is_serial(&self, node: usize) -> bool {
        self.serial.get(node).copied().unwrap_or(false)
    }

    fn set(&mut self, node: usize, cost: Cost, serial: bool) {
        if let (Some(cost_place), Some(serial_place)) = (self.costs.get_mut(node), self.serial.get_mut(node))
        {
            (*cost_place, *serial_place) = (cost, serial);
        }
    }
}

/// What could stand in place of a node.
struct Replaced {
    cost: Cost,
    serial: bool,
    /// The candidate that does it.
    index: usize,
    /// The input that stays.
    kept: Option<usize>,
}

impl Replaced {
    fn serially((cost, index): (Cost, usize)) -> Self {
        Self { cost, serial: true, index, kept: None }
    }

    fn order(a: &Self, b: &Self) -> std::cmp::Ordering {
        a.cost.total.total_cmp(&b.cost.total)
    }
}

/// One scan of a table, as the plan has it.
struct Here<'w> {
    table: &'w Table,
    lookups: &'w Lookups,
    rows: f64,
    /// The share of rows that comes out of it.
    passing: f64,
    /// What is known when it starts.
    conditions: Vec<&'w Condition>,
}

impl Here<'_> {
    fn matched(&self, index: &Candidate) -> Matched {
        let shares = calibrate(&self.conditions, self.passing);
        let mut matched = match index.method {
            Method::Btree => matched(&index.keys, self.table, &self.conditions, &shares),
            Method::Gin | Method::Brin => self.gathered(index, &shares),
        };
        matched.share *= index.share();
        // No fewer rows than come out of all conditions together; just those when the index serves them all.
        let serves_all = matched.served.len() + self.confined(index) == self.conditions.len();
        // Of an expression the planner knows nothing until it is indexed.
        let is_known = index.keys.iter().all(|key| key.column().is_some());
        if is_known {
            let exact = serves_all && index.method != Method::Brin;
            matched.share = if exact { self.passing } else { matched.share.max(self.passing) };
        }
        matched.share = matched.share.clamp(1e-9, 1.0);
        matched
    }

    /// How many conditions hold for every row that a partial index has.
    fn confined(&self, index: &Candidate) -> usize {
        let Some(only) = &index.only else { return 0 };
        let is_implied = |condition: &&&Condition| {
            let clause = partial::clause(condition, self.table);
            clause.is_some_and(|clause| only.conditions.contains(&clause))
        };
        self.conditions.iter().filter(is_implied).count()
    }

    /// What an index without an order leaves: the rows that its one condition lets through, in whole stretches for BRIN.
    fn gathered(&self, index: &Candidate, shares: &[f64]) -> Matched {
        let mut found = Matched { share: 1.0, fixed: 0, searches: 1.0, served: Vec::new() };
        for (at, condition) in self.conditions.iter().enumerate() {
            let fits = match index.method {
                Method::Gin => matches!(
                    condition.kind,
                    Some(PredicateKind::Operator { .. } | PredicateKind::LikeOther { .. })
                ),
                _ => condition.form == Form::Range,
            };
            if fits && index.keys.first().is_some_and(|key| key.part == condition.subject) {
                found.share = shares.get(at).copied().unwrap_or(1.0);
                found.served.push(at);
                break;
            }
        }
        if index.method == Method::Brin {
            let stretches =
                (f64::from(i32::try_from(self.table.pages).unwrap_or(i32::MAX)) / STRETCH).max(1.0);
            found.share = ((found.share * stretches).ceil() + 1.0).min(stretches) / stretches;
        }
        found
    }

    /// The same with rows of other occurrences at hand; `None` if no join is among what the key serves.
    fn probed(&self, keys: &[Key], around: &[usize]) -> Option<Matched> {
        let constants: Vec<&Condition> =
            self.lookups.conditions.iter().filter(|condition| condition.other_use.is_none()).collect();
        let mut shares = calibrate(&constants, self.passing);
        let joins: Vec<&Condition> = self
            .lookups
            .conditions
            .iter()
            .filter(|condition| condition.other_use.is_some_and(|other| around.contains(&other)))
            .collect();
        shares.extend(joins.iter().map(|join| join.share.unwrap_or(1.0)));
        let first_join = constants.len();
        let all: Vec<&Condition> = constants.into_iter().chain(joins).collect();
        let matched = matched(keys, self.table, &all, &shares);
        matched.served.iter().any(|served| *served >= first_join).then_some(matched)
    }

    fn scan(&self, size: size::Size, matched: &Matched, index: &Candidate, loops: f64) -> Scan {
        let keys = &index.keys;
        let correlation = keys
            .first()
            .and_then(|key| self.table.column(key.column()?)?.statistics.as_ref()?.correlation)
            .unwrap_or(0.0);
        let served = count(matched.served.len());
        Scan {
            rows: self.rows,
            pages: f64::from(i32::try_from(self.table.pages).unwrap_or(i32::MAX)).max(1.0),
            index: size,
            held: self.rows * index.share(),
            share: matched.share.min(index.share()),
            // As the planner does for keys of several columns.
            correlation: if keys.len() > 1 { correlation * 0.75 } else { correlation },
            searches: matched.searches,
            served,
            filters: (count(self.conditions.len()) - served - count(self.confined(index))).max(0.0),
            loops,
        }
    }
}

/// One sort key of a plan.
struct Sorted {
    column: String,
    descending: bool,
    nulls_first: bool,
}

impl Sorted {
    /// Reads `o.created_at DESC NULLS LAST`; an expression is `None`.
    fn read(text: &str) -> Option<Self> {
        let (text, nulls) = match (text.strip_suffix(" NULLS FIRST"), text.strip_suffix(" NULLS LAST")) {
            (Some(rest), _) => (rest, Some(true)),
            (_, Some(rest)) => (rest, Some(false)),
            _ => (text, None),
        };
        let (text, descending) = text.strip_suffix(" DESC").map_or((text, false), |rest| (rest, true));
        if text.contains(['(', ' ', '\'']) && !text.ends_with('"') {
            return None;
        }
        let column = match text.strip_suffix('"') {
            Some(quoted) => quoted.rsplit_once('"').map_or(quoted, |(_, name)| name),
            None => text.rsplit_once('.').map_or(text, |(_, name)| name),
        };
        Some(Self { column: column.to_owned(), descending, nulls_first: nulls.unwrap_or(descending) })
    }
}

/// Whether the key, after its first `fixed` columns, goes in that order or all the way against it.
fn gives_order(keys: &[Key], order: &[Sorted], lookups: &Lookups, fixed: usize) -> bool {
    let constants = lookups.fixed(None);
    let order: Vec<&Sorted> = order.iter().filter(|key| !constants.contains(&key.column.as_str())).collect();
    let follows = |backwards: bool| {
        let rest = keys.get(fixed..).unwrap_or_default();
        rest.len() >= order.len()
            && rest.iter().zip(&order).all(|(key, sorted)| {
                key.column() == Some(sorted.column.as_str())
                    && key.class.is_none()
                    && (key.descending != sorted.descending) == backwards
                    && (key.nulls_first != sorted.nulls_first) == backwards
            })
    };
    follows(false) || follows(true)
}

/// Whether a partial index holds every row that is asked for: each of its conditions is asked as it stands.
fn holds_all(index: &Candidate, lookups: &Lookups) -> bool {
    index.only.iter().flat_map(|only| &only.conditions).all(|wanted| lookups.clauses.contains(wanted))
}

fn cost_of(node: &Node) -> Cost {
    Cost { startup: node.estimate.startup_cost, total: node.estimate.total_cost }
}

fn least(costs: impl IntoIterator<Item = (Cost, usize)>) -> Option<(Cost, usize)> {
    costs.into_iter().min_by(|(a, _), (b, _)| a.total.total_cmp(&b.total))
}

#[allow(clippy::cast_precision_loss, reason = "a handful of conditions")]
fn count(items: usize) -> f64 {
    items as f64
}
