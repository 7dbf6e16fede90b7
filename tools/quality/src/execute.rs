//! Runs a plan: its scans in turn, each isolated, so that a check that PostgreSQL refuses costs only itself.
//!
//! A statement that fails is rolled back to its savepoint. Its checks are explained in halves until those that cannot be
//! planned stand alone, and the rest is run again together; if all can be planned, they are run in halves. The caller's transaction decides the snapshot: with REPEATABLE READ all figures are of one moment.

use std::future::Future;
use std::time::Duration;

use pgwright_contract::Progress;
use pgwright_postgres::{DatabaseError, ReadSession, Row, WriteSession};
use pgwright_sql::guard::{self, Admitted};

use crate::checks::{CheckSpec, Fault, Groups};
use crate::compile::{FollowUp, Plan, Planned, Scan};
use crate::subject::Subject;
use crate::verdict::{self, Outcome, Verdict};

/// One row of text values.
pub type TextRow = Vec<Option<String>>;

/// A session that runs one read-only statement of text columns and survives its failure.
pub trait Execute: Sync {
    /// Runs it inside a savepoint of the open transaction.
    fn execute(&self, sql: &Admitted) -> impl Future<Output = Result<Vec<TextRow>, DatabaseError>> + Send;

    /// Judges a statement that holds SQL of the caller by what it does with masked columns, without running it.
    fn vet(&self, _: &Admitted) -> impl Future<Output = Result<(), DatabaseError>> + Send {
        std::future::ready(Ok(()))
    }

    /// Bounds the statements to come.
    fn limit(&self, _: Option<Duration>) -> impl Future<Output = Result<(), DatabaseError>> + Send {
        std::future::ready(Ok(()))
    }

    /// More memory for the statements to come, each of which holds one sort; until the next [`limit`](Self::limit).
    fn sorting_once(&self) -> impl Future<Output = Result<(), DatabaseError>> + Send {
        std::future::ready(Ok(()))
    }

    /// Whether that error is no matter of a check, but the end of them all.
    fn is_the_end(&self, error: &DatabaseError) -> bool {
        matches!(error, DatabaseError::Lost { .. } | DatabaseError::Cancelled)
    }
}

impl Execute for ReadSession {
    async fn execute(&self, sql: &Admitted) -> Result<Vec<TextRow>, DatabaseError> {
        text_rows(&self.attempt(sql, &[]).await?.rows)
    }

    async fn vet(&self, sql: &Admitted) -> Result<(), DatabaseError> {
        self.surviving(self.describe(sql)).await.map(|_| ())
    }

    async fn limit(&self, most: Option<Duration>) -> Result<(), DatabaseError> {
        self.bound(most).await
    }

    async fn sorting_once(&self) -> Result<(), DatabaseError> {
        Self::sorting_once(self).await
    }
}

/// For a pipeline's gate: the session must be inside a transaction.
impl Execute for WriteSession {
    async fn execute(&self, sql: &Admitted) -> Result<Vec<TextRow>, DatabaseError> {
        self.batch("savepoint pgwright_check").await?;
        match self.query(sql.sql(), &[]).await {
            Ok(rows) => {
                self.batch("release savepoint pgwright_check").await?;
                text_rows(&rows)
            }
            Err(refused @ DatabaseError::Sql { .. }) => {
                self.batch("rollback to savepoint pgwright_check").await?;
                Err(refused)
            }
            Err(lost) => Err(lost),
        }
    }

    /// A passing fault, too: a load starts over then.
    fn is_the_end(&self, error: &DatabaseError) -> bool {
        error.retryable() || matches!(error, DatabaseError::Cancelled)
    }
}

fn text_rows(rows: &[Row]) -> Result<Vec<TextRow>, DatabaseError> {
    let unexpected = |source| DatabaseError::Unexpected { what: "the figures of a check", source };
    rows.iter().map(|row| (0..row.len()).map(|at| row.try_get(at).map_err(unexpected)).collect()).collect()
}

/// What became of the checks of one table.
#[derive(Debug)]
pub struct Evaluation {
    /// One for each check, in their order.
    pub outcomes: Vec<Outcome>,
    /// Rows of the table, where a scan counted them.
    pub total_rows: Option<u64>,
    /// Statements that counted over the whole table.
    pub scans: u32,
    /// Statements on failing checks: exact counts of duplicates, and samples.
    pub follow_ups: u32,
}

/// Runs the plan of one table and judges its checks. Fails only when the session is lost or the caller cancels.
pub async fn evaluate(
    session: &impl Execute,
    subject: &Subject,
    specs: &[CheckSpec],
    plan: &Plan,
    progress: &Progress,
) -> Result<Evaluation, DatabaseError> {
    let mut run = Run {
        session,
        vets: subject.is_improvised(),
        outcomes: specs.iter().map(|_| None).collect(),
        totals: plan.extents.iter().map(|_| None).collect(),
        scans: 0,
        follow_ups: 0,
        over: None,
    };
    for ((outcome, planned), spec) in run.outcomes.iter_mut().zip(&plan.checks).zip(specs) {
        *outcome = match planned {
            Planned::Proven(by) => Some(Found::Settled(verdict::proven(by))),
            Planned::Known(known) => Some(Found::Settled(verdict::known(spec, known.0.clone()))),
            Planned::Refused(fault) => Some(Found::Settled(verdict::faulty(fault))),
            Planned::Scanned(_) => None,
        };
    }
    run.probe(plan).await?;
    for (done, scan) in plan.scans.iter().enumerate() {
        let message = format!("scan {} of {} on {}", done + 1, plan.scans.len(), subject.table.name);
        progress.report(steps(done), Some(steps(plan.scans.len() + 1)), &message);
        run.bounded(scan, specs).await?;
    }
    progress.report(steps(plan.scans.len()), Some(steps(plan.scans.len() + 1)), "confirming and sampling");
    session.sorting_once().await?;
    let mut outcomes = Vec::with_capacity(specs.len());
    for (check, spec) in specs.iter().enumerate() {
        let follow_up = match plan.checks.get(check) {
            Some(Planned::Scanned(follow_up)) => Some(follow_up.as_ref()),
            _ => None,
        };
        let sampled = follow_up.and_then(|follow_up| plan.extents.get(follow_up.extent)?.sample).is_some();
        let mut outcome = run.judge(check, spec, follow_up, sampled).await?;
        if subject.hides(spec) {
            (outcome.seen, outcome.value) = (None, None);
        }
        if follow_up.is_some_and(|follow_up| follow_up.in_full) {
            outcome.evidence.push_str("; all rows were read, since a sample would not say it");
        }
        if let Some(watermark) = &spec.extent.watermark {
            outcome.evidence.push_str(&format!("; {}", watermark.describe()));
        }
        outcomes.push(outcome);
    }
    session.limit(None).await?;
    let whole = plan.extents.iter().position(crate::checks::Extent::is_whole);
    let total_rows = whole.and_then(|at| run.totals.get(at).copied().flatten());
    Ok(Evaluation { outcomes, total_rows, scans: run.scans, follow_ups: run.follow_ups })
}

#[allow(clippy::cast_precision_loss, reason = "a handful of steps")]
fn steps(steps: usize) -> f64 {
    steps as f64
}

/// Which statements are judged by what they do with masked columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vetted {
    /// Made of names and constants: the checks were judged.
    Never,
    /// Holds SQL: of the owner of the data, or of the caller.
    WhereImprovised,
    /// Shows what SQL makes of rows.
    Always,
}

impl Vetted {
    fn of(quoted: bool) -> Self {
        if quoted { Self::WhereImprovised } else { Self::Never }
    }
}

impl FollowUp {
    fn vetted(&self) -> Vetted {
        Vetted::of(self.quoted)
    }
}

/// What a check has so far.
enum Found {
    Settled(Outcome),
    Measured(Vec<Option<String>>),
}

struct Run<'a, S> {
    session: &'a S,
    /// Whether statements that hold SQL of the caller are judged by what they do with masked columns.
    vets: bool,
    outcomes: Vec<Option<Found>>,
    /// The rows of each extent.
    totals: Vec<Option<u64>>,
    scans: u32,
    follow_ups: u32,
    /// Why nothing more can be run.
    over: Option<String>,
}

impl<S: Execute> Run<'_, S> {
    /// Tries the options that only PostgreSQL can judge, before any row is read.
    async fn probe(&mut self, plan: &Plan) -> Result<(), DatabaseError> {
        for (check, planned) in plan.checks.iter().enumerate() {
            let Planned::Scanned(follow_up) = planned else { continue };
            let Some(probe) = &follow_up.probe else { continue };
            if let Err(fault) = self.statement(probe, follow_up.vetted()).await? {
                self.settle(check, &fault);
            }
        }
        Ok(())
    }

    fn settle(&mut self, check: usize, fault: &Fault) {
        if let Some(outcome) = self.outcomes.get_mut(check) {
            *outcome = Some(Found::Settled(verdict::faulty(fault)));
        }
    }

    /// A scan under the shortest of its checks' time limits: each asked for as much.
    async fn bounded(&mut self, scan: &Scan, specs: &[CheckSpec]) -> Result<(), DatabaseError> {
        let limit = scan.checks().filter_map(|check| specs.get(check)?.timeout).min();
        if limit.is_none() {
            return self.scan(scan).await;
        }
        self.session.limit(limit).await?;
        self.scan(scan).await?;
        self.session.limit(None).await
    }

    async fn scan(&mut self, scan: &Scan) -> Result<(), DatabaseError> {
        let outcomes = &self.outcomes;
        let Some(open) = scan.without(|check| outcomes.get(check).is_some_and(Option::is_some)) else {
            return Ok(());
        };
        let mut waiting = vec![open];
        while let Some(scan) = waiting.pop() {
            let fault = match self.statement(&scan.sql(), Vetted::of(scan.is_quoted())).await? {
                Ok(rows) => {
                    self.scans += 1;
                    let (total, measured) = scan.read(rows.first().map(Vec::as_slice).unwrap_or_default());
                    if let Some(known) = self.totals.get_mut(scan.extent()) {
                        *known = known.or(total);
                    }
                    for found in measured {
                        if let Some(outcome) = self.outcomes.get_mut(found.check) {
                            *outcome = Some(Found::Measured(found.values));
                        }
                    }
                    continue;
                }
                Err(fault) => fault,
            };
            if !is_of_one_check(&fault) {
                scan.checks().for_each(|check| self.settle(check, &fault));
                continue;
            }
            // What PostgreSQL can't even plan is found without reading a row, so that the others stay together.
            self.settle_unplannable(&scan).await?;
            let outcomes = &self.outcomes;
            match scan.without(|check| outcomes.get(check).is_some_and(Option::is_some)) {
                Some(rest) if rest.checks().count() < scan.checks().count() => waiting.push(rest),
                Some(rest) => match rest.halves() {
                    Some((left, right)) => waiting.extend([right, left]),
                    None => rest.checks().for_each(|check| self.settle(check, &fault)),
                },
                None => {}
            }
        }
        Ok(())
    }

    async fn settle_unplannable(&mut self, scan: &Scan) -> Result<(), DatabaseError> {
        let mut waiting = vec![scan.clone()];
        while let Some(scan) = waiting.pop() {
            let explain = format!("explain {}", scan.sql());
            let Err(fault) = self.statement(&explain, Vetted::Never).await? else { continue };
            match scan.halves() {
                Some((left, right)) => waiting.extend([right, left]),
                None => scan.checks().for_each(|check| self.settle(check, &fault)),
            }
        }
        Ok(())
    }

    async fn judge(
        &mut self,
        check: usize,
        spec: &CheckSpec,
        follow_up: Option<&FollowUp>,
        sampled: bool,
    ) -> Result<Outcome, DatabaseError> {
        let found = self.outcomes.get_mut(check).and_then(Option::take);
        let (values, follow_up) = match (found, follow_up) {
            (Some(Found::Measured(values)), Some(follow_up)) => (values, follow_up),
            (Some(Found::Settled(outcome)), _) => return Ok(outcome),
            _ => return Ok(verdict::faulty(&Fault::NotReached("no scan holds it".to_owned()))),
        };
        let of_extent = self.totals.get(follow_up.extent).copied().flatten();
        let total_rows = follow_up.total(&values).unwrap_or(of_extent);
        let mut outcome = match total_rows {
            Some(read_rows) if sampled => verdict::sampled(spec, &values, read_rows),
            total_rows => verdict::judge(spec, &values, total_rows, None),
        };
        if outcome.failed_rows.is_none_or(|rows| rows == 0) {
            return Ok(outcome);
        }
        // Two in a hundred: beyond, grouping all rows costs no more.
        let surplus = outcome.failed_rows.unwrap_or_default();
        let is_few = total_rows.is_some_and(|total| surplus.saturating_mul(50) <= total);
        if let Some(confirm) = follow_up.confirm_few.as_ref().filter(|_| is_few) {
            self.follow_ups += 1;
            match self.statement(confirm, follow_up.vetted()).await? {
                Ok(rows) => {
                    outcome = verdict::judge(spec, &values, total_rows, rows.first().and_then(groups));
                    let shown: Vec<TextRow> =
                        rows.iter().map(|row| row.get(3..).unwrap_or_default().to_vec()).collect();
                    if let Some(sample) = follow_up.sample.as_ref().filter(|_| outcome.failed_rows != Some(0))
                    {
                        outcome.sample = sample.read(&shown);
                    }
                    return Ok(outcome);
                }
                Err(fault) if matches!(fault, Fault::NotReached(_)) => return Ok(verdict::faulty(&fault)),
                // What is hashed may not be sorted; grouping all rows tells as well.
                Err(_) => {}
            }
        }
        if let Some(confirm) = &follow_up.confirm {
            self.follow_ups += 1;
            match self.statement(confirm, follow_up.vetted()).await? {
                Ok(rows) => {
                    let groups = rows.first().and_then(groups);
                    outcome = verdict::judge(spec, &values, total_rows, groups);
                }
                Err(fault) => return Ok(verdict::faulty(&fault)),
            }
        }
        if let Some(sample) = follow_up.sample.as_ref().filter(|_| outcome.failed_rows != Some(0)) {
            self.follow_ups += 1;
            let vetted = if follow_up.shows_quoted { Vetted::Always } else { follow_up.vetted() };
            match self.statement(sample.sql(), vetted).await? {
                Ok(rows) => outcome.sample = sample.read(&rows),
                Err(fault) => outcome.evidence.push_str(&format!("; no sample: {fault}")),
            }
        }
        Ok(match &follow_up.doubt {
            Some(doubt) => outcome.doubted(doubt),
            None => outcome,
        })
    }

    /// Runs one statement. A refusal is a fault of whoever is in it; what ends the session ends the run.
    async fn statement(
        &mut self,
        sql: &str,
        vetted: Vetted,
    ) -> Result<Result<Vec<TextRow>, Fault>, DatabaseError> {
        if let Some(reason) = &self.over {
            return Ok(Err(Fault::NotReached(reason.clone())));
        }
        let admitted = match guard::admit(sql) {
            Ok(admitted) => admitted,
            Err(refusal) => return Ok(Err(refused(&refusal.into()))),
        };
        if vetted == Vetted::Always || (vetted == Vetted::WhereImprovised && self.vets) {
            match self.session.vet(&admitted).await {
                Ok(()) => {}
                Err(error) if self.session.is_the_end(&error) => return Err(error),
                Err(error) => return Ok(Err(refused(&error))),
            }
        }
        match self.session.execute(&admitted).await {
            Ok(rows) => Ok(Ok(rows)),
            Err(error) if self.session.is_the_end(&error) => Err(error),
            Err(error @ DatabaseError::Deadline { .. }) => {
                let reason = error.to_string();
                self.over = Some(reason.clone());
                Ok(Err(Fault::NotReached(reason)))
            }
            Err(error) => Ok(Err(refused(&error))),
        }
    }
}

fn refused(error: &DatabaseError) -> Fault {
    let hint = match error {
        DatabaseError::Sql { hint, code, .. } if code == "57014" => {
            hint.clone().or_else(|| Some("it ran into the session's statement_timeout".to_owned()))
        }
        DatabaseError::Sql { hint, .. } => hint.clone(),
        DatabaseError::Refused(refusal) => Some(refusal.allowed.to_owned()),
        _ => None,
    };
    Fault::Refused { code: error.code().to_owned(), message: error.to_string(), hint }
}

/// A missing privilege, or the end of time, is no matter of a single check.
fn is_of_one_check(fault: &Fault) -> bool {
    match fault {
        Fault::NotReached(_) => false,
        Fault::Refused { code, .. } => {
            !matches!(code.as_str(), "55P03" | "40001" | "40P01") && !code.starts_with("53")
        }
        _ => true,
    }
}

fn groups(row: &TextRow) -> Option<Groups> {
    let count = |at: usize| row.get(at)?.as_deref()?.parse().ok();
    Some(Groups { groups: count(0)?, rows: count(1)?, surplus: count(2)? })
}

impl Evaluation {
    /// The verdict of all checks together.
    pub fn verdict(&self) -> Verdict {
        Verdict::worst(self.outcomes.iter().map(|outcome| outcome.verdict))
    }
}

/// What the planner expects each scan to cost, in its units; `None` where it could not say.
pub async fn costs(session: &impl Execute, plan: &Plan) -> Result<Vec<Option<f64>>, DatabaseError> {
    let mut costs = Vec::with_capacity(plan.scans.len());
    for scan in &plan.scans {
        let Ok(explain) = guard::admit(&format!("explain {}", scan.sql())) else {
            costs.push(None);
            continue;
        };
        costs.push(match session.execute(&explain).await {
            Ok(rows) => rows.first().and_then(|row| row.first()?.as_deref()).and_then(cost),
            Err(error) if session.is_the_end(&error) => return Err(error),
            Err(_) => None,
        });
    }
    Ok(costs)
}

/// The total of `Aggregate  (cost=0.00..123.45 rows=1 width=8)`.
fn cost(line: &str) -> Option<f64> {
    line.split_once("(cost=")?.1.split_once("..")?.1.split_whitespace().next()?.parse().ok()
}

/// What a dry run says of each check: what the catalogue proves or refuses, and that the rest was not run.
pub fn foresee(plan: &Plan, specs: &[CheckSpec]) -> Vec<Outcome> {
    plan.checks
        .iter()
        .zip(specs)
        .map(|(planned, spec)| match planned {
            Planned::Proven(by) => verdict::proven(by),
            Planned::Known(known) => verdict::known(spec, known.0.clone()),
            Planned::Refused(fault) => verdict::faulty(fault),
            Planned::Scanned(_) => verdict::not_run(),
        })
        .collect()
}
