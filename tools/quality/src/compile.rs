//! Checks into scans: one statement of FILTER aggregates over the table, and one more for each check that would slow it.
//!
//! Every target is text, so that infinity, NaN and the last digit of a numeric survive the way here. The same expression is
//! computed once. A statement is cut before it has more targets, text or joins than PostgreSQL and the guard take.

use std::collections::BTreeSet;

use pgwright_postgres::types::quote_relation;

use crate::checks::{CheckSpec, Failing, Fault, Fragments, Ground};
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
}

/// How one check will be evaluated.
#[derive(Debug)]
pub enum Planned {
    /// The catalogue says that no row fails: by this.
    Proven(String),
    /// It cannot be evaluated on this table.
    Refused(Fault),
    /// By a scan.
    Scanned(Box<FollowUp>),
}

/// What may have to be asked beside the scan of a check.
#[derive(Debug, Default)]
pub struct FollowUp {
    /// Run before: a constant that fails when an option is no good.
    pub probe: Option<String>,
    /// Run when there is a surplus: groups, rows and surplus, counted exactly.
    pub confirm: Option<String>,
    /// Run when rows fail: some of them.
    pub sample: Option<sample::Sample>,
    /// Why rows that seem to fail may be good.
    pub doubt: Option<String>,
}

/// One statement over the table.
#[derive(Debug, Clone)]
pub struct Scan {
    from: String,
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
    /// May take far longer than the others.
    costly: bool,
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
    let from = format!("from {} as t", quote_relation(&subject.table.name));
    let mut members = Vec::new();
    let checks = specs
        .iter()
        .enumerate()
        .map(|(check, spec)| {
            let ground = Ground { subject, version, alias: format!("p{}", check + 1) };
            match subject.guessing(spec).map_or_else(|| spec.rule.compile(&ground), Err) {
                Err(fault) => Planned::Refused(fault),
                Ok(fragments) => match spec.rule.proof(subject).filter(|_| spec.prove) {
                    Some(by) => Planned::Proven(by),
                    None => {
                        let follow_up = follow_up(subject, &from, spec, &fragments);
                        members.push(member(check, fragments));
                        Planned::Scanned(Box::new(follow_up))
                    }
                },
            }
        })
        .collect();
    Plan { checks, scans: scans(&from, members) }
}

impl Plan {
    /// The same without reading failing rows, for a caller who only counts them.
    #[must_use]
    pub fn without_samples(mut self) -> Self {
        for planned in &mut self.checks {
            if let Planned::Scanned(follow_up) = planned {
                follow_up.sample = None;
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
    let Fragments { mut targets, join, failing, costly, .. } = fragments;
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
    Member { check, targets, join, alone, costly }
}

fn follow_up(subject: &Subject, from: &str, spec: &CheckSpec, fragments: &Fragments) -> FollowUp {
    let confirm = match &fragments.failing {
        Some(Failing::Repeated { keys, filter }) => Some(format!(
            "select count(*)::text, coalesce(sum(g.rows), 0)::text, coalesce(sum(g.rows - 1), 0)::text\n\
             from (select count(*) as rows {from} where {filter} group by {} having count(*) > 1) as g",
            keys.join(", ")
        )),
        _ => None,
    };
    FollowUp {
        probe: fragments.probe.as_ref().map(|probe| format!("select {probe}")),
        confirm,
        sample: fragments
            .failing
            .as_ref()
            .filter(|_| subject.may_sample(spec))
            .map(|failing| sample::Sample::of(subject, from, spec, fragments.join.as_deref(), failing)),
        doubt: fragments.doubt.clone(),
    }
}

fn scans(from: &str, members: Vec<Member>) -> Vec<Scan> {
    let (alone, shared): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.alone.is_some());
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
                scans.push(Scan { from: from.to_owned(), members: vec![member] });
            }
        }
    }
    // Whoever counts alone counts failures only; the rows of the table must be counted somewhere.
    if scans.is_empty() && !alone.is_empty() {
        scans.push(Scan { from: from.to_owned(), members: Vec::new() });
    }
    scans.extend(alone.into_iter().map(|member| Scan { from: from.to_owned(), members: vec![member] }));
    scans
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
        self.members.iter().all(|member| member.alone.is_none())
    }

    /// The same scan without the checks that are settled; `None` when it is no longer needed. A scan that holds no check
    /// counts the rows of the table, so it stays.
    pub fn without(&self, settled: impl Fn(usize) -> bool) -> Option<Self> {
        let members: Vec<Member> =
            self.members.iter().filter(|member| !settled(member.check)).cloned().collect();
        (self.members.is_empty() || !members.is_empty()).then(|| Self { from: self.from.clone(), members })
    }

    /// Its checks in two, to find out which of them is guilty: the costly ones apart from the others, since each try may
    /// end in a timeout, or else in halves. `None` when only one is left.
    pub fn halves(&self) -> Option<(Self, Self)> {
        if self.members.len() < 2 {
            return None;
        }
        let part = |members: Vec<Member>| Self { from: self.from.clone(), members };
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
        let joins =
            self.members.iter().filter_map(|member| member.join.as_ref()).map(|join| format!("\n{join}"));
        let filter = self.members.iter().find_map(|member| member.alone.as_ref());
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
    #![allow(clippy::unwrap_used)]
    use expect_test::{Expect, expect};
    use pgwright_postgres::catalog::{Column, ForeignKey, Index, IndexKey, KeyPart, RelationKind, Table};
    use pgwright_sql::RelationName;
    use proptest::prelude::*;

    use super::*;
    use crate::document::{self, Form, InlineCheck, Scalar};
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
                follow_up.sample.as_ref().map(|sample| sample.sql().to_owned()),
            ],
            _ => [None, None, None],
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
                       (count(*) filter (where t.price > '123456789012345678901234567890.50' or t.price = 'NaN'))::text,
                       left(min(t.price)::text, 81),
                       left(max(t.price)::text, 81),
                       (count(*) filter (where t."Email" !~ '^[^@]+@x''$'))::text,
                       (count(*) filter (where t.sku::text !~ '^a$'))::text,
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
                       (count(*) filter (where t."Email" is not null and t.at is not null) - count(distinct pg_catalog.hash_record_extended(row(t."Email", t.at), 0)) filter (where t."Email" is not null and t.at is not null))::text,
                       (count(*) filter (where t.note is not null) - count(distinct pg_catalog.hashtextextended(t.note::text, 0)) filter (where t.note is not null))::text
                from shop.orders as t"#]],
        );
    }

    #[test]
    fn before_14_hashes_are_chained_and_never_of_text() {
        let (_, at_13) = {
            let subject = Subject::of(orders(), true, Vec::new());
            let document = "checks for shop.orders:\n  - unique(Email, price)\n  - unique(Email, at)\n";
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
        assert!(sql.contains(r#"count(distinct row(t."Email", t.at))"#), "{sql}");
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
            accepted_values does not fit Email, which is text: true and false fit a boolean column only; in YAML write "NO" in quotes where text is meant
            freshness does not fit price, which is numeric: it takes a date or a timestamp
            range does not fit Email, which is text: numbers don't compare with text; quote the bounds to compare as text
            accepted_values does not fit quantity, which is int4: many is no number
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
            let check = |kind: &str| InlineCheck { r#type: kind.to_owned(), column: Some(name.clone()), ..InlineCheck::default() };
            let specs: Vec<CheckSpec> = [
                check("not_null"),
                check("unique"),
                InlineCheck { values: Some(values.iter().map(text).collect()), ..check("accepted_values") },
                InlineCheck { min: Some(text(&values[0])), ..check("range") },
                InlineCheck { pattern: Some(pattern), ..check("regex") },
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
