//! Checks into scans: one statement of FILTER aggregates over the rows of an extent, and one more for each check that would
//! slow it.
//!
//! Every target is text, so that infinity, NaN and the last digit of a numeric survive the way here. The same expression is
//! computed once. A statement is cut before it has more targets, text or joins than PostgreSQL and the guard take. What
//! holds SQL of whoever wrote the check stands in a statement of its own, and runs last.

use std::collections::BTreeSet;

use crate::checks::{CheckSpec, Extent, Failing, Fault, Fragments, Ground, Reading};
use crate::sample;
use crate::subject::Subject;

/// PostgreSQL takes 1,664 targets; wide rows of aggregates gain nothing long before that.
const MAX_TARGETS: usize = 400;
/// The guard reads 64 kB.
const MAX_BYTES: usize = 48_000;
/// The guard takes 1,000 joins in a row, and scans; targets stand beside each other.
const MAX_JOINS: usize = 300;

/// How the checks of one table will be evaluated.
#[derive(Debug)]
pub struct Plan {
    /// One for each check, in their order.
    pub checks: Vec<Planned>,
    /// The statements over the table.
    pub scans: Vec<Scan>,
    /// Which rows are read at all: those of each extent that a check has.
    pub extents: Vec<Extent>,
}

/// How one check will be evaluated.
#[derive(Debug)]
pub enum Planned {
    /// The catalogue says that no row fails: by this.
    Proven(String),
    /// The catalogue says all there is to say.
    Known(Known),
    /// It cannot be evaluated on this table.
    Refused(Fault),
    /// By a scan.
    Scanned(Box<FollowUp>),
}

/// What the catalogue alone says of a check.
#[derive(Debug)]
pub struct Known(pub(crate) Reading);

/// What may have to be asked beside the scan of a check.
#[derive(Debug, Default)]
pub struct FollowUp {
    /// Run before: a constant that fails when an option is no good.
    pub probe: Option<String>,
    /// Run when there is a surplus: groups, rows and surplus, counted exactly.
    pub confirm: Option<String>,
    /// The same where the surplus is a small part of the rows, which is cheaper then: figures, and the sample behind them.
    pub confirm_few: Option<String>,
    /// Run when rows fail: some of them.
    pub sample: Option<sample::Sample>,
    /// Why rows that seem to fail may be good.
    pub doubt: Option<String>,
    /// Whether SQL of whoever wrote the check stands in its statements.
    pub quoted: bool,
    /// Whether its sample shows what that SQL makes of the rows.
    pub shows_quoted: bool,
    /// Which extent it is about.
    pub extent: usize,
    /// Which of its figures is the number of rows looked at, if one is.
    total: Option<usize>,
    /// Whether all rows are read although a sample was asked for.
    pub in_full: bool,
    /// What gives all failing rows, with all their columns, where the check names a table for them.
    pub quarantine: Option<String>,
}

/// One statement over the table.
#[derive(Debug, Clone)]
pub struct Scan {
    extent: usize,
    from: String,
    /// What stands behind WHERE for the extent's sake.
    condition: Option<String>,
    members: Vec<Member>,
}

/// The part of one check in a scan.
#[derive(Debug, Clone)]
struct Member {
    check: usize,
    targets: Vec<String>,
    join: Option<String>,
    /// Counts by itself: nothing else can share its rows.
    alone: Option<String>,
    /// A statement of its own gives all its figures.
    own: Option<String>,
    /// May take far longer than the others.
    costly: bool,
    quoted: bool,
}

/// What one check got from a scan.
#[derive(Debug, PartialEq, Eq)]
pub struct Measured {
    /// The check's place among all.
    pub check: usize,
    /// Its figures.
    pub values: Vec<Option<String>>,
}

/// Plans the checks on that table for a server of that version (`server_version_num`, e.g. 150018).
pub fn plan(subject: &Subject, specs: &[CheckSpec], version: u32) -> Plan {
    let mut groups = Groups { subject, version, found: Vec::new() };
    let checks = specs
        .iter()
        .enumerate()
        .map(|(check, spec)| groups.add(check, spec).unwrap_or_else(Planned::Refused))
        .collect();
    let mut scans: Vec<Scan> = groups.found.iter_mut().flat_map(Group::scans).collect();
    scans.sort_by_key(|scan| scan.members.iter().any(|member| member.quoted));
    Plan { checks, scans, extents: groups.found.into_iter().map(|group| group.extent).collect() }
}

/// The checks of one extent.
struct Group {
    extent: Extent,
    place: usize,
    from: String,
    condition: Option<String>,
    members: Vec<Member>,
}

struct Groups<'a> {
    subject: &'a Subject,
    version: u32,
    found: Vec<Group>,
}

impl Groups<'_> {
    fn add(&mut self, check: usize, spec: &CheckSpec) -> Result<Planned, Fault> {
        if let Some(fault) = self.subject.guessing(spec) {
            return Err(fault);
        }
        let mut extent = spec.extent.clone();
        let mut fragments = self.compile(check, spec, &extent)?;
        let is_predicate = matches!(fragments.failing, Some(Failing::Where(_) | Failing::WhereAlone(_)));
        // Duplicates, gaps and figures of a sample say nothing of the table's.
        let in_full = extent.sample.is_some() && !is_predicate;
        if in_full {
            extent.sample = None;
            fragments = self.compile(check, spec, &extent)?;
        }
        if let Some(reading) = fragments.known {
            return Ok(Planned::Known(Known(reading)));
        }
        if let Some(by) = spec.rule.proof(self.subject).filter(|_| spec.prove) {
            return Ok(Planned::Proven(by));
        }
        let quoted = extent.filter.is_some();
        let subject = self.subject;
        let group = self.group(extent)?;
        let follow_up = FollowUp { in_full, ..group.follow_up(subject, spec, &fragments) };
        if let Some(group) = self.found.get_mut(follow_up.extent) {
            group.members.push(Member { quoted: quoted || fragments.quoted, ..member(check, fragments) });
        }
        Ok(Planned::Scanned(Box::new(follow_up)))
    }

    fn compile(&self, check: usize, spec: &CheckSpec, extent: &Extent) -> Result<Fragments, Fault> {
        spec.rule.compile(&Ground {
            subject: self.subject,
            version: self.version,
            alias: format!("p{}", check + 1),
            rows: extent.rows(self.subject)?,
            whole: extent.filter.is_none() && extent.watermark.is_none(),
        })
    }

    fn group(&mut self, extent: Extent) -> Result<&Group, Fault> {
        let place = match self.found.iter().position(|group| group.extent == extent) {
            Some(place) => place,
            None => {
                self.found.push(Group {
                    place: self.found.len(),
                    from: format!("from {}", extent.relation(self.subject)),
                    condition: extent.condition(self.subject)?,
                    extent,
                    members: Vec::new(),
                });
                self.found.len() - 1
            }
        };
        self.found.get(place).ok_or_else(|| Fault::Unfit("the extent was lost".to_owned()))
    }
}

impl Plan {
    /// The same without reading failing rows, for a caller who only counts them.
    #[must_use]
    pub fn without_samples(mut self) -> Self {
        for planned in &mut self.checks {
            if let Planned::Scanned(follow_up) = planned {
                follow_up.sample = None;
                follow_up.confirm_few = None;
            }
        }
        self
    }

    /// Why rows that seem to fail may be good, each reason once.
    pub fn doubts(&self) -> BTreeSet<&str> {
        let doubts = self.checks.iter().filter_map(|planned| match planned {
            Planned::Scanned(follow_up) => follow_up.doubt.as_deref(),
            _ => None,
        });
        doubts.collect()
    }

    /// The first check that cannot be evaluated, and why.
    pub fn refusal(&self) -> Option<(usize, &Fault)> {
        self.checks.iter().enumerate().find_map(|(check, planned)| match planned {
            Planned::Refused(fault) => Some((check, fault)),
            _ => None,
        })
    }
}

fn member(check: usize, fragments: Fragments) -> Member {
    let Fragments { mut targets, join, failing, costly, own, quoted, .. } = fragments;
    let mut alone = None;
    match failing {
        Some(Failing::Where(failing)) => {
            targets.insert(0, format!("(count(*) filter (where {failing}))::text"))
        }
        Some(Failing::WhereAlone(failing)) => {
            targets = vec!["count(*)::text".to_owned()];
            alone = Some(failing);
        }
        Some(Failing::Repeated { .. }) | None => {}
    }
    Member { check, targets, join, alone, own, costly, quoted }
}

/// Groups, rows and surplus, counted exactly where they are few, and some of these rows. What repeats is found by sorting
/// one number a row, as cheap a sort as PostgreSQL has. Where that number is the key itself it is all that is needed;
/// where it is a hash, the rows that share one are compared by their keys.
fn few(from: &str, keys: &[String], filter: &str, hash: &str, shown: &[String]) -> String {
    // Without OFFSET the order would be the planner's choice, which hashes all rows instead.
    let sorted = format!("(select {hash} as h\n{from} where {filter} order by 1 offset 0) as x");
    let values: Vec<String> =
        shown.iter().enumerate().map(|(at, value)| format!("{value} as v{at}")).collect();
    let of = |alias: &str| {
        let values: Vec<String> = (0..shown.len()).map(|at| format!("{alias}.v{at}")).collect();
        values.join(", ")
    };
    let figures = |groups: &str| {
        let told = if shown.is_empty() { String::new() } else { format!(", {}", of("s")) };
        format!(
            "select f.n::text, f.rows::text, f.surplus::text{told}\n\
             from (select count(*) as n, coalesce(sum(g.rows), 0) as rows, coalesce(sum(g.rows - 1), 0) as surplus from {groups} as g) as f"
        )
    };
    let beside = |sample: String| {
        if shown.is_empty() { String::new() } else { format!("\nleft join ({sample}) as s on true") }
    };
    if let [key] = keys
        && key == hash
    {
        let sample = format!(
            "select {}\n{from} where {filter} and {key} in (select d.h from d order by d.h limit {}) order by {key} limit {}",
            values.join(", "),
            sample::SAMPLE_ROWS / 2,
            sample::SAMPLE_ROWS
        );
        return format!(
            "with d as materialized (select x.h, count(*) as rows from {sorted} group by x.h having count(*) > 1)\n{}{}",
            figures("d"),
            beside(sample)
        );
    }
    let named = keys.iter().enumerate().map(|(at, key)| format!("{key} as k{at}"));
    let named: Vec<String> = values.iter().cloned().chain(named).collect();
    let keys: Vec<String> = (0..keys.len()).map(|at| format!("c.k{at}")).collect();
    let keys = keys.join(", ");
    let sample = format!("select {} from c order by {keys} limit {}", of("c"), sample::SAMPLE_ROWS);
    format!(
        "with d as materialized (select x.h from {sorted} group by x.h having count(*) > 1),\n\
         c as materialized (select {}\n{from} where {filter} and {hash} in (select d.h from d))\n{}{}",
        named.join(", "),
        figures(&format!("(select count(*) as rows from c group by {keys} having count(*) > 1)")),
        beside(sample)
    )
}

/// All rows that fail; of duplicates all rows of their groups.
fn all_failing(from: &str, join: Option<&str>, failing: &Failing) -> String {
    let join = join.map(|join| format!("\n{join}")).unwrap_or_default();
    match failing {
        Failing::Where(failing) | Failing::WhereAlone(failing) => {
            format!("select t.*\n{from}{join}\nwhere {failing}")
        }
        Failing::Repeated { keys, filter, .. } => format!(
            "select t.*\n{from}\nwhere {filter} and ({0}) in (select {0} {from} where {filter} group by {0} having count(*) > 1)",
            keys.join(", ")
        ),
    }
}

/// Both conditions; each stands in brackets of its own where both are there.
fn both(condition: Option<&str>, failing: &str) -> String {
    match condition {
        Some(condition) => format!("{condition} and ({failing})"),
        None => failing.to_owned(),
    }
}

impl Group {
    fn follow_up(&self, subject: &Subject, spec: &CheckSpec, fragments: &Fragments) -> FollowUp {
        let condition = self.condition.as_deref();
        let failing = fragments.failing.as_ref().map(|failing| match failing {
            Failing::Where(failing) => Failing::Where(both(condition, failing)),
            Failing::WhereAlone(failing) => Failing::WhereAlone(both(condition, failing)),
            Failing::Repeated { keys, filter, hash } => {
                Failing::Repeated { keys: keys.clone(), filter: both(condition, filter), hash: hash.clone() }
            }
        });
        let from = &self.from;
        let confirm = match &failing {
            Some(Failing::Repeated { keys, filter, .. }) => Some(format!(
                "select count(*)::text, coalesce(sum(g.rows), 0)::text, coalesce(sum(g.rows - 1), 0)::text\n\
                 from (select count(*) as rows {from} where {filter} group by {} having count(*) > 1) as g",
                keys.join(", ")
            )),
            _ => None,
        };
        let is_computed = fragments.sample.is_some();
        let sampled = spec.samples == crate::checks::Samples::Masked && subject.may_sample(spec, is_computed);
        let confirm_few = match &failing {
            Some(Failing::Repeated { keys, filter, hash: Some(hash) }) => {
                let shown = if sampled { sample::shown(subject, spec).1 } else { Vec::new() };
                Some(few(from, keys, filter, hash, &shown))
            }
            _ => None,
        };
        let sample = match (&fragments.sample, &failing) {
            (Some(own), _) => Some(sample::Sample::own(subject, own)),
            (None, Some(failing)) => {
                Some(sample::Sample::of(subject, from, spec, fragments.join.as_deref(), failing))
            }
            (None, None) => None,
        };
        FollowUp {
            probe: fragments.probe.as_ref().map(|probe| format!("select {probe}")),
            confirm,
            confirm_few,
            sample: sample.filter(|_| sampled),
            doubt: fragments.doubt.clone(),
            quoted: fragments.quoted || self.extent.filter.is_some(),
            shows_quoted: fragments.quoted && is_computed,
            extent: self.place,
            total: fragments.total,
            in_full: false,
            quarantine: spec
                .quarantine
                .as_ref()
                .and(failing.as_ref())
                .map(|failing| all_failing(from, fragments.join.as_deref(), failing)),
        }
    }

    fn scans(&mut self) -> Vec<Scan> {
        let members = std::mem::take(&mut self.members);
        let is_shared = |member: &Member| member.alone.is_none() && member.own.is_none();
        let (shared, apart): (Vec<_>, Vec<_>) = members.into_iter().partition(is_shared);
        let of = |members: Vec<Member>| Scan {
            extent: self.place,
            from: self.from.clone(),
            condition: self.condition.clone(),
            members,
        };
        let mut scans: Vec<Scan> = Vec::new();
        let mut room = Size::default();
        for member in shared {
            let size = member.size();
            match scans.last_mut() {
                Some(scan) if room.takes(size) => {
                    room.add(size);
                    scan.members.push(member);
                }
                _ => {
                    room = size;
                    scans.push(of(vec![member]));
                }
            }
        }
        // Whoever counts alone counts failures only; the rows of the extent must be counted somewhere.
        if scans.is_empty() && apart.iter().any(|member| member.alone.is_some()) {
            scans.push(of(Vec::new()));
        }
        scans.extend(apart.into_iter().map(|member| of(vec![member])));
        scans
    }
}

impl FollowUp {
    /// The rows that the check looked at, where its own figures say it.
    pub(crate) fn total(&self, values: &[Option<String>]) -> Option<Option<u64>> {
        let at = self.total?;
        Some(values.get(at).and_then(Option::as_deref).and_then(|count| count.parse().ok()))
    }
}

/// How much of a statement a check takes, or how much is taken already.
#[derive(Debug, Default, Clone, Copy)]
struct Size {
    targets: usize,
    bytes: usize,
    joins: usize,
}

impl Size {
    fn takes(self, more: Self) -> bool {
        self.targets + more.targets <= MAX_TARGETS
            && self.bytes + more.bytes <= MAX_BYTES
            && self.joins + more.joins <= MAX_JOINS
    }

    fn add(&mut self, more: Self) {
        self.targets += more.targets;
        self.bytes += more.bytes;
        self.joins += more.joins;
    }
}

impl Member {
    fn size(&self) -> Size {
        let texts = || self.targets.iter().chain(&self.join);
        Size {
            targets: self.targets.len(),
            bytes: texts().map(String::len).sum(),
            joins: self.join.iter().count(),
        }
    }
}

impl Scan {
    /// The places of its checks among all.
    pub fn checks(&self) -> impl Iterator<Item = usize> {
        self.members.iter().map(|member| member.check)
    }

    /// Whether its first figure is the number of rows of the table.
    pub fn counts_table(&self) -> bool {
        self.members.iter().all(|member| member.alone.is_none() && member.own.is_none())
    }

    /// Which extent it reads.
    pub fn extent(&self) -> usize {
        self.extent
    }

    /// Whether SQL of whoever wrote the checks stands in it.
    pub fn is_quoted(&self) -> bool {
        self.members.iter().any(|member| member.quoted)
    }

    /// The same scan without the checks that are settled; `None` when it is no longer needed. A scan that holds no check
    /// counts the rows of the table, so it stays.
    pub fn without(&self, settled: impl Fn(usize) -> bool) -> Option<Self> {
        let members: Vec<Member> =
            self.members.iter().filter(|member| !settled(member.check)).cloned().collect();
        (self.members.is_empty() || !members.is_empty()).then(|| self.of(members))
    }

    fn of(&self, members: Vec<Member>) -> Self {
        Self { members, from: self.from.clone(), condition: self.condition.clone(), extent: self.extent }
    }

    /// Its checks in two, to find out which of them is guilty: the costly ones apart from the others, since each try may
    /// end in a timeout, or else in halves. `None` when only one is left.
    pub fn halves(&self) -> Option<(Self, Self)> {
        if self.members.len() < 2 {
            return None;
        }
        let part = |members: Vec<Member>| self.of(members);
        let (costly, cheap): (Vec<_>, Vec<_>) =
            self.members.iter().cloned().partition(|member| member.costly);
        if !costly.is_empty() && !cheap.is_empty() {
            return Some((part(cheap), part(costly)));
        }
        let (left, right) = self.members.split_at(self.members.len() / 2);
        Some((part(left.to_vec()), part(right.to_vec())))
    }

    /// The statement.
    pub fn sql(&self) -> String {
        if let [Member { own: Some(own), .. }] = self.members.as_slice() {
            return own.clone();
        }
        let joins =
            self.members.iter().filter_map(|member| member.join.as_ref()).map(|join| format!("\n{join}"));
        let filter = match self.members.iter().find_map(|member| member.alone.as_ref()) {
            Some(alone) => Some(both(self.condition.as_deref(), alone)),
            None => self.condition.clone(),
        };
        format!(
            "select {}\n{}{}{}",
            self.targets().join(",\n       "),
            self.from,
            joins.collect::<String>(),
            filter.map(|filter| format!("\nwhere {filter}")).unwrap_or_default(),
        )
    }

    /// All targets, each once.
    fn targets(&self) -> Vec<&str> {
        let mut targets = vec!["count(*)::text"];
        for target in self.members.iter().flat_map(|member| &member.targets) {
            if !targets.contains(&target.as_str()) {
                targets.push(target);
            }
        }
        targets
    }

    /// The rows of the table, where it counts them, and what each check got.
    pub fn read(&self, row: &[Option<String>]) -> (Option<u64>, Vec<Measured>) {
        if let [Member { own: Some(_), check, .. }] = self.members.as_slice() {
            return (None, vec![Measured { check: *check, values: row.to_vec() }]);
        }
        let targets = self.targets();
        let total = row.first().and_then(Option::as_deref).and_then(|count| count.parse().ok());
        let value = |target: &String| {
            let at = targets.iter().position(|known| known == target)?;
            row.get(at).cloned().flatten()
        };
        let measured = self
            .members
            .iter()
            .map(|member| Measured {
                check: member.check,
                values: member.targets.iter().map(value).collect(),
            })
            .collect();
        (total.filter(|_| self.counts_table()), measured)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use expect_test::{Expect, expect};
    use pgwright_postgres::catalog::{Column, ForeignKey, Index, IndexKey, KeyPart, RelationKind, Table};
    use pgwright_sql::RelationName;
    use proptest::prelude::*;

    use super::*;
    use crate::checks::format::FORMATS;
    use crate::document::{self, Form, Given, InlineCheck, Scalar};
    use crate::subject::{Guarantees, Parent};

    fn column(number: i16, name: &str, base_type: &str, category: char) -> Column {
        Column {
            name: name.to_owned(),
            number,
            type_name: base_type.to_owned(),
            base_type: base_type.to_owned(),
            category,
            not_null: name == "id",
            c_collation: true,
            orderable: base_type != "json",
            generated: false,
            has_default: false,
            comment: None,
            statistics: None,
        }
    }

    fn unique_index(columns: &[&str], primary: bool) -> Index {
        Index {
            oid: 1,
            name: format!("{}_key", columns.join("_")),
            method: "btree".to_owned(),
            unique: true,
            primary,
            valid: true,
            constraint: true,
            pinned: true,
            keys: columns
                .iter()
                .map(|column| IndexKey {
                    part: KeyPart::Column((*column).to_owned()),
                    descending: false,
                    nulls_first: false,
                    default_class: true,
                })
                .collect(),
            included: Vec::new(),
            predicate: None,
            definition: String::new(),
            size_bytes: 0,
            scans: 0,
        }
    }

    fn table(name: &str, columns: Vec<Column>, indexes: Vec<Index>) -> Table {
        Table {
            oid: 1,
            name: RelationName::qualified("shop", name),
            kind: RelationKind::Table,
            estimated_rows: None,
            pages: 0,
            modified_since_analyze: None,
            last_analyze: None,
            row_security: false,
            columns,
            indexes,
            foreign_keys: Vec::new(),
        }
    }

    fn orders() -> Table {
        table(
            "orders",
            vec![
                column(1, "id", "int8", 'N'),
                column(2, "Email", "text", 'S'),
                column(3, "quantity", "int4", 'N'),
                column(4, "price", "numeric", 'N'),
                column(5, "at", "timestamptz", 'D'),
                column(6, "customer", "int8", 'N'),
                column(7, "note", "json", 'U'),
                column(8, "sku", "bpchar", 'S'),
                column(9, "paid", "bool", 'B'),
            ],
            vec![unique_index(&["id"], true)],
        )
    }

    fn planned(orders: Table, customers_key: bool, lines: &str) -> (Vec<CheckSpec>, Plan) {
        let indexes = if customers_key { vec![unique_index(&["id"], true)] } else { Vec::new() };
        let customers = table("customers", vec![column(1, "id", "int8", 'N')], indexes);
        let guarantees = Guarantees { sound: true, ..Guarantees::default() };
        let subject = Subject::of(orders, true, vec![Parent { table: customers, guarantees }]);
        let document = format!("checks for shop.orders:\n{lines}");
        let specs = document::read(&document, None).unwrap().remove(0).checks;
        let plan = plan(&subject, &specs, 150_000);
        (specs, plan)
    }

    fn compiled(lines: &str, expected: Expect) {
        let (_, plan) = planned(orders(), true, lines);
        let text: Vec<String> = plan.scans.iter().map(Scan::sql).collect();
        expected.assert_eq(&text.join("\n--\n"));
        for sql in text.iter().chain(&follow_ups(&plan)) {
            pgwright_sql::guard::admit(sql).unwrap();
        }
    }

    fn follow_ups(plan: &Plan) -> Vec<String> {
        let texts = plan.checks.iter().flat_map(|planned| match planned {
            Planned::Scanned(follow_up) => [
                follow_up.probe.clone(),
                follow_up.confirm.clone(),
                follow_up.confirm_few.clone(),
                follow_up.sample.as_ref().map(|sample| sample.sql().to_owned()),
            ],
            _ => [None, None, None, None],
        });
        texts.flatten().collect()
    }

    #[test]
    fn all_aggregates_share_one_statement() {
        compiled(
            r#"
  - row_count > 0
  - missing(Email) < 1%
  - in_set(Email): {values: [a, "it's", 'back\slash']}
  - in_set(paid): {values: [NO, yes]}
  - range(quantity): {min: -1, max: 99.5}
  - range(price): {max: 123456789012345678901234567890.50}
  - regex(Email): {pattern: '^[^@]+@x''$'}
  - regex(sku): {pattern: '^a$'}
  - freshness(at) < 1d
  - references(customer): {references: shop.customers(id)}
"#,
            expect![[r#"
                select count(*)::text,
                       (count(*) filter (where t."Email" is null))::text,
                       (count(*) filter (where t."Email" not in ('a', 'it''s', E'back\\slash')))::text,
                       (count(*) filter (where t.paid not in ('NO', 'yes')))::text,
                       (count(*) filter (where t.quantity < (-1) or t.quantity > (99.5)))::text,
                       left(min(t.quantity)::text, 81),
                       left(max(t.quantity)::text, 81),
                       (count(*) filter (where t.price > '123456789012345678901234567890.50'))::text,
                       left(min(t.price)::text, 81),
                       left(max(t.price)::text, 81),
                       (count(*) filter (where t."Email" !~ '^[^@]+@x''$'))::text,
                       (count(*) filter (where not (t.sku::text like 'a')))::text,
                       extract(epoch from (now() - (max(t.at) filter (where isfinite(t.at) and t.at <= now()))))::text,
                       (max(t.at) filter (where isfinite(t.at) and t.at <= now()))::text,
                       (count(*) filter (where t.at > now()))::text,
                       (count(*) filter (where t.customer is not null and p10.id is null))::text
                from shop.orders as t
                left join shop.customers as p10 on p10.id = t.customer"#]],
        );
    }

    #[test]
    fn distinct_values_are_counted_by_hash_where_that_is_cheaper() {
        compiled(
            "  - unique(Email)\n  - unique(quantity)\n  - unique(Email, at)\n  - unique(note)\n",
            expect![[r#"
                select count(*)::text,
                       (count(*) filter (where t."Email" is not null) - count(distinct pg_catalog.hashtextextended(t."Email", 0)) filter (where t."Email" is not null))::text,
                       (count(*) filter (where t.quantity is not null) - count(distinct t.quantity) filter (where t.quantity is not null))::text,
                       (count(*) filter (where t."Email" is not null and t.at is not null) - count(distinct pg_catalog.timestamp_hash_extended(t.at at time zone 'UTC', pg_catalog.hashtextextended(t."Email", 0))) filter (where t."Email" is not null and t.at is not null))::text,
                       (count(*) filter (where t.note is not null) - count(distinct pg_catalog.hashtextextended(t.note::text, 0)) filter (where t.note is not null))::text
                from shop.orders as t"#]],
        );
    }

    #[test]
    fn before_14_columns_that_no_function_hashes_are_a_row() {
        let (_, at_13) = {
            let subject = Subject::of(orders(), true, Vec::new());
            let document = "checks for shop.orders:\n  - unique(Email, price)\n  - unique(Email, paid)\n";
            let specs = document::read(document, None).unwrap().remove(0).checks;
            let plan = plan(&subject, &specs, 130_000);
            (specs, plan)
        };
        let sql = at_13.scans[0].sql();
        assert!(
            sql.contains(
                r#"pg_catalog.hash_numeric_extended(t.price, pg_catalog.hashtextextended(t."Email", 0))"#
            ),
            "{sql}"
        );
        assert!(sql.contains(r#"count(distinct row(t."Email", t.paid))"#), "{sql}");
    }

    #[test]
    fn a_parent_that_could_repeat_rows_is_not_joined() {
        let (_, plan) =
            planned(orders(), false, "  - references(customer): {references: shop.customers(id)}\n");
        let text: Vec<String> = plan.scans.iter().map(Scan::sql).collect();
        expect![[r#"
            select count(*)::text
            from shop.orders as t
            --
            select count(*)::text
            from shop.orders as t
            where t.customer is not null and not exists (select from shop.customers as p1 where p1.id = t.customer)"#]].assert_eq(&text.join("\n--\n"));
    }

    #[test]
    fn a_parent_of_another_type_is_not_joined() {
        // Two numerics can be equal to one float8, so even a unique parent could repeat rows.
        let lines = "  - references(price): {references: shop.customers(id)}\n  - references(customer): {references: shop.customers(id)}\n";
        let (_, plan) = planned(orders(), true, lines);
        let text: Vec<String> = plan.scans.iter().map(Scan::sql).collect();
        assert_eq!(text.len(), 2, "{text:?}");
        assert!(text[0].contains("left join shop.customers as p2 on"), "{text:?}");
        assert!(text[1].contains("not exists (select from shop.customers as p1 where"), "{text:?}");
    }

    #[test]
    fn every_statement_of_every_type_passes_the_guard() {
        let lines = r#"
  - missing(Email): {values: ["", "n/a"], blank: true}
  - complete(Email, quantity): {match: any}
  - unique(Email): {count: rows}
  - duplicate_rows: {except: [id]}
  - unique_normalized(Email): {ignore: [case, space, punctuation, width]}
  - in_set(Email): {values: [a]}
  - not_in_set(quantity): {values: [1, 2]}
  - distinct_set(Email): {values: [a, b]}
  - range(quantity): {min: 1}
  - regex(Email): {pattern: '^[a-z]$'}
  - not_regex(Email): {pattern: '^[a-z]$'}
  - length(Email) between 1 and 9
  - parseable(Email): {as: date}
  - parseable(Email): {as: integer}
  - parseable(Email): {as: numeric}
  - parseable(Email): {as: boolean}
  - parseable(Email): {as: timestamp}
  - parseable(Email): {as: uuid}
  - not_empty(Email)
  - trimmed(sku)
  - casing(Email): {case: lower}
  - finite(price)
  - not_in_future(at): {as_of: 2026-01-01}
  - json(note): {path: $.a.b, shape: object}
  - compare(quantity, price): {is: '<='}
  - row_condition: {expression: "price * quantity >= 0 -- good"}
  - required_if(Email): {when: "paid"}
  - sql: {query: "select count(*) from {table}", expect: "> 0"}
  - sql_rows: {query: "select * from {object} where paid"}
  - avg(price) > 1
  - sum(price) between 1 and 9
  - min(at) >= 2020-01-01
  - stddev(price) < 9
  - variance(price) < 9
  - median(quantity) < 9
  - percentile(price, 0.95) < 9
  - iqr(price) < 9
  - distinct_count(Email) > 1
  - row_count_by(paid) > 3
  - aggregate_by: {by: [paid, note], column: price, aggregate: sum, expect: "> 1"}
  - outliers(price)
  - outliers(price): {method: iqr}
  - outliers(quantity): {method: z, k: 4}
  - distribution(Email): {shares: {a: 0.5, "b'": 0.5}}
  - distribution(id): {other: shop.customers}
  - same_values(customer): {other: shop.customers, other_column: id}
  - time_gaps(at): {every: 1 hour, time_zone: Europe/Berlin}
  - time_gaps(at): {every: 3 months}
  - sequence_gaps(id)
  - monotonic(at): {order_by: id, strict: true, by: [paid]}
  - row_count_match: {other: shop.customers, tolerance: 1%}
  - reconcile_aggregates(id): {other: shop.customers, aggregate: sum, tolerance: 5}
  - reconcile_rows(id): {other: shop.customers}
  - schema: {columns: [id int8, Email], match: contain}
  - column_type(id): {as: bigint}
  - schema_drift
  - has_constraint(id): {constraint: primary_key}
  - pii
  - missing(Email): {filter: "paid and quantity > 1"}
  - references(customer): {references: shop.customers(id), filter: paid}
  - unique(Email): {watermark: {column: at, since: 2025-01-01, overlap: 1 hour}}
  - missing(Email): {sample: 1%}
"#;
        let formats: String =
            FORMATS.iter().map(|format| format!("  - format(Email): {{format: {format}}}\n")).collect();
        let (specs, plan) = planned(orders(), true, &format!("{lines}{formats}"));
        for (planned, spec) in plan.checks.iter().zip(&specs) {
            assert!(!matches!(planned, Planned::Refused(_)), "{}: {planned:?}", spec.name);
        }
        let texts: Vec<String> = plan.scans.iter().map(Scan::sql).chain(follow_ups(&plan)).collect();
        for sql in texts {
            if let Err(refusal) = pgwright_sql::guard::admit(&sql) {
                panic!("{refusal}\n{sql}");
            }
        }
        let tried: BTreeSet<&str> = specs.iter().map(|spec| spec.standard).collect();
        let all: BTreeSet<&str> = crate::checks::type_names().into_iter().collect();
        let untried: Vec<_> = all.difference(&tried).collect();
        assert_eq!(untried, [&"freshness", &"max", &"row_count"], "types that no line here tries");
    }

    #[test]
    fn confirmation_and_samples_follow_the_scan() {
        let (_, plan) = planned(
            orders(),
            true,
            "  - unique(Email)\n  - references(customer): {references: shop.customers(id)}\n",
        );
        expect![[r#"
            select count(*)::text, coalesce(sum(g.rows), 0)::text, coalesce(sum(g.rows - 1), 0)::text
            from (select count(*) as rows from shop.orders as t where t."Email" is not null group by t."Email" having count(*) > 1) as g
            --
            with d as materialized (select x.h from (select pg_catalog.hashtextextended(t."Email", 0) as h
            from shop.orders as t where t."Email" is not null order by 1 offset 0) as x group by x.h having count(*) > 1),
            c as materialized (select left(t.id::text, 81) as v0, left(t."Email"::text, 81) as v1, t."Email" as k0
            from shop.orders as t where t."Email" is not null and pg_catalog.hashtextextended(t."Email", 0) in (select d.h from d))
            select f.n::text, f.rows::text, f.surplus::text, s.v0, s.v1
            from (select count(*) as n, coalesce(sum(g.rows), 0) as rows, coalesce(sum(g.rows - 1), 0) as surplus from (select count(*) as rows from c group by c.k0 having count(*) > 1) as g) as f
            left join (select c.v0, c.v1 from c order by c.k0 limit 10) as s on true
            --
            select left(t.id::text, 81), left(t."Email"::text, 81)
            from shop.orders as t
            join (select t."Email" as k0 from shop.orders as t where t."Email" is not null group by t."Email" having count(*) > 1 limit 5) as g on g.k0 = t."Email"
            order by g.k0
            limit 10
            --
            select left(t.id::text, 81), left(t.customer::text, 81)
            from shop.orders as t
            left join shop.customers as p2 on p2.id = t.customer
            where t.customer is not null and p2.id is null
            limit 10"#]].assert_eq(&follow_ups(&plan).join("\n--\n"));
    }

    #[test]
    fn the_catalogue_proves_without_a_scan_unless_told_not_to() {
        let mut orders = orders();
        orders.foreign_keys.push(ForeignKey {
            name: "orders_customer_fkey".to_owned(),
            columns: vec!["customer".to_owned()],
            referenced: RelationName::qualified("shop", "customers"),
            referenced_columns: vec!["id".to_owned()],
            validated: true,
        });
        let lines = "  - missing(id)\n  - unique(id, quantity)\n  - references(customer): {references: shop.customers(id)}\n";
        let (_, proven) = planned(orders.clone(), true, lines);
        assert!(proven.checks.iter().all(|check| matches!(check, Planned::Proven(_))), "{proven:?}");
        assert!(proven.scans.is_empty());

        let (_, scanned) = planned(orders.clone(), true, &lines.replace(")\n", "): {prove: false}\n"));
        assert!(scanned.checks[..2].iter().all(|check| matches!(check, Planned::Scanned(_))), "{scanned:?}");

        let mut otherwise = orders.clone();
        otherwise.indexes[0].keys[0].default_class = false;
        let (_, unproven) = planned(otherwise, true, "  - unique(id)\n");
        assert!(matches!(unproven.checks[0], Planned::Scanned(_)), "{unproven:?}");

        orders.foreign_keys[0].validated = false;
        orders.indexes[0].predicate = Some("quantity > 0".to_owned());
        orders.columns[0].not_null = false;
        let (_, unproven) = planned(orders, true, lines);
        assert!(unproven.checks.iter().all(|check| matches!(check, Planned::Scanned(_))), "{unproven:?}");
    }

    #[test]
    fn a_check_that_cannot_be_is_refused_and_names_what_would_fit() {
        let lines = "  - missing(emial)\n  - regex(quantity): {pattern: x}\n  - range(note): {min: 1}\n  - in_set(Email): {values: [true]}\n  - freshness(price) < 1d\n  - range(Email): {min: 1}\n  - in_set(quantity): {values: [many]}\n  - references(customer): {references: shop.customers(ids)}\n";
        let (_, plan) = planned(orders(), true, lines);
        let faults: Vec<String> = plan
            .checks
            .iter()
            .map(|planned| match planned {
                Planned::Refused(fault) => fault.to_string(),
                other => format!("{other:?}"),
            })
            .collect();
        expect![[r#"
            no column emial in shop.orders; nearest: Email
            regex does not fit quantity, which is int4: a pattern reads text
            range does not fit note, which is json: its values have no order
            in_set does not fit Email, which is text: true and false fit a boolean column only; in YAML write "NO" in quotes where text is meant
            freshness does not fit price, which is numeric: it takes a date or a timestamp
            range does not fit Email, which is text: numbers don't compare with text; quote the bounds to compare as text
            in_set does not fit quantity, which is int4: many is no number
            no column ids in shop.customers; nearest: id"#]].assert_eq(&faults.join("\n"));
        assert!(plan.scans.is_empty());
    }

    /// A check of each column of a wide table: few scans, all of which the guard takes.
    #[test]
    fn sixteen_hundred_checks_are_few_scans() {
        let lines: String = (0..1_600).map(|at| format!("  - not_null(note): {{name: n{at}}}\n")).collect();
        let (_, plan) = planned(orders(), false, &lines);
        assert!(plan.scans.len() <= 6, "{}", plan.scans.len());
        assert_eq!(plan.scans.iter().flat_map(Scan::checks).count(), 1_600);
        for scan in &plan.scans {
            pgwright_sql::guard::admit(&scan.sql()).unwrap();
        }
    }

    #[test]
    fn long_plans_are_cut_and_halves_hold_all_checks() {
        let lines: String = (0..900).map(|at| format!("  - range(quantity): {{min: {at}}}\n")).collect();
        let (_, plan) = planned(orders(), true, &lines);
        assert!(plan.scans.len() > 1);
        assert!(plan.scans.iter().all(|scan| scan.targets().len() <= MAX_TARGETS + 1));
        for scan in &plan.scans {
            pgwright_sql::guard::admit(&scan.sql()).unwrap();
        }
        let wide = (0..60).map(|at| format!("  - unique(Email, quantity, price, sku, at): {{name: u{at}}}\n  - range(price): {{min: {at}, max: 1000}}\n"));
        let (_, plan_of_wide) = planned(orders(), true, &wide.collect::<String>());
        for scan in &plan_of_wide.scans {
            pgwright_sql::guard::admit(&scan.sql()).unwrap();
        }
        let (left, right) = plan.scans[0].halves().unwrap();
        assert!(left.checks().chain(right.checks()).eq(plan.scans[0].checks()));
    }

    #[test]
    fn figures_find_their_checks_again() {
        let (_, plan) =
            planned(orders(), true, "  - missing(Email)\n  - missing(Email)\n  - missing(quantity)\n");
        let row = ["9", "1", "2"].map(|figure| Some(figure.to_owned()));
        let (total, measured) = plan.scans[0].read(&row);
        assert_eq!(total, Some(9));
        let values: Vec<&str> = measured.iter().map(|found| found.values[0].as_deref().unwrap()).collect();
        assert_eq!(values, ["1", "1", "2"], "the same expression is computed once");
    }

    proptest! {
        #[test]
        fn whatever_names_and_values_hold_stays_one_reading_statement(
            name in "[^\0]{1,20}", values in proptest::collection::vec("[^\0]{0,20}", 1..4), pattern in "[^\0]{0,20}",
        ) {
            let mut odd = orders();
            odd.columns[1].name = name.clone();
            odd.name = RelationName::qualified(pattern.clone() + "s", name.clone());
            let text = |text: &String| Scalar { text: text.clone(), form: Form::Text };
            let check = |kind: &str| {
                let mut check = InlineCheck::of_type(kind);
                check.set_one("column", Form::Text, name.clone());
                check
            };
            let with = |kind: &str, option, value| {
                let mut check = check(kind);
                check.set(option, value);
                check
            };
            let specs: Vec<CheckSpec> = [
                check("not_null"),
                check("unique"),
                with("in_set", "values", Given::Many(values.iter().map(text).collect())),
                with("range", "min", Given::One(text(&values[0]))),
                with("regex", "pattern", Given::One(text(&pattern))),
            ]
            .iter()
            .map(|check| check.spec().unwrap())
            .collect();
            let plan = plan(&Subject::of(odd, true, Vec::new()), &specs, 150_000);
            prop_assert_eq!(plan.scans.len(), 1);
            for sql in plan.scans.iter().map(Scan::sql).chain(follow_ups(&plan)) {
                let admitted = pgwright_sql::guard::admit(&sql);
                prop_assert!(admitted.as_ref().is_ok_and(|admitted| admitted.sql() == sql), "{admitted:?}: {sql}");
            }
        }
    }
}
