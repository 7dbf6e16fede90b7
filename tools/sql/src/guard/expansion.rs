//! How many scans a statement comes to once PostgreSQL has written its common table expressions out.
//!
//! The planner copies a common table expression to wherever it is read, unless it is materialized. Twenty of them that
//! each read the one before twice are a million scans, and planning those can't be cancelled.

use std::collections::{BTreeMap, HashMap};

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::refusal::Refusal;

/// The most scans that a statement may come to.
const MAX_SCANS: u64 = 1_000;

const MATERIALIZED: &str = "fewer scans; WITH name AS MATERIALIZED is planned once, however often it is read";

/// A part of the statement that is planned as one: the statement, or a table of a WITH clause. It goes by the place where
/// that table ends.
type Part = Option<usize>;

#[derive(Debug, Default)]
pub(super) struct Expansion {
    parts: BTreeMap<Part, Reads>,
}

/// What one part reads.
#[derive(Debug, Default)]
struct Reads {
    keeping: Keeping,
    /// Scans of anything but a common table expression.
    scans: u64,
    /// Common table expressions, as often as they are named.
    named: Vec<usize>,
    /// Common table expressions that are defined in it.
    defines: Vec<usize>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// Written out where it is read, if that is one place.
    #[default]
    Unsaid,
    Materialized,
    NotMaterialized,
}

impl Expansion {
    /// Looks at any node.
    pub(super) fn node(&mut self, node: &SyntaxNode) {
        let has = |kind| node.children().any(|child| child.kind() == kind);
        match node.kind() {
            SyntaxKind::WITH_TABLE => {
                let end = node.text_range().end().into();
                self.reads(part(node)).defines.push(end);
                self.reads(Some(end)).keeping = if has(SyntaxKind::MATERIALIZED) {
                    Keeping::Materialized
                } else if has(SyntaxKind::NOT_MATERIALIZED) {
                    Keeping::NotMaterialized
                } else {
                    Keeping::Unsaid
                };
            }
            SyntaxKind::SELECT if has(SyntaxKind::FROM_CLAUSE) => {}
            SyntaxKind::SELECT
            | SyntaxKind::VALUES
            | SyntaxKind::FUNCTION_FROM_ITEM
            | SyntaxKind::ROWS_FROM_ITEM
            | SyntaxKind::JSON_TABLE
            | SyntaxKind::XML_TABLE => self.reads(part(node)).scans += 1,
            _ => {}
        }
    }

    /// Looks at the name of a relation, which may mean the common table expression that ends at `defined`.
    pub(super) fn relation(&mut self, reference: &SyntaxNode, defined: Option<usize>) {
        let reads = self.reads(part(reference));
        match defined {
            Some(end) => reads.named.push(end),
            None => reads.scans += 1,
        }
    }

    pub(super) fn check(&self, sql: &str) -> Result<(), Refusal> {
        let mut named = HashMap::new();
        for &end in self.parts.values().flat_map(|reads| &reads.named) {
            *named.entry(end).or_insert(0_usize) += 1;
        }
        let scans = Count { expansion: self, named, counted: HashMap::new() }.scans(None);
        if scans <= MAX_SCANS {
            return Ok(());
        }
        let message = format!(
            "written out, the common table expressions make this more than {MAX_SCANS} scans, and planning those can't be stopped"
        );
        Err(Refusal::at(sql, 0, "too_large_when_expanded", message, MATERIALIZED))
    }

    fn reads(&mut self, part: Part) -> &mut Reads {
        self.parts.entry(part).or_default()
    }
}

/// The part that a node stands in.
fn part(node: &SyntaxNode) -> Part {
    let mut outer = node.ancestors().skip(1);
    outer.find(|outer| outer.kind() == SyntaxKind::WITH_TABLE).map(|table| table.text_range().end().into())
}

struct Count<'a> {
    expansion: &'a Expansion,
    /// How often each common table expression is named.
    named: HashMap<usize, usize>,
    counted: HashMap<Part, u64>,
}

impl Count<'_> {
    fn scans(&mut self, part: Part) -> u64 {
        if let Some(&scans) = self.counted.get(&part) {
            return scans;
        }
        // What reads itself finds this: a scan of the rows so far.
        self.counted.insert(part, 1);
        let Some(reads) = self.expansion.parts.get(&part) else { return 1 };
        let mut scans = reads.scans;
        for &table in &reads.named {
            let added = if self.is_written_out(table) { self.scans(Some(table)) } else { 1 };
            scans = scans.saturating_add(added);
        }
        for &table in &reads.defines {
            if self.named.contains_key(&table) && !self.is_written_out(table) {
                scans = scans.saturating_add(self.scans(Some(table)));
            }
        }
        let scans = scans.max(1);
        self.counted.insert(part, scans);
        scans
    }

    fn is_written_out(&self, table: usize) -> bool {
        match self.expansion.parts.get(&Some(table)).map(|reads| reads.keeping) {
            Some(Keeping::Materialized) => false,
            Some(Keeping::Unsaid) => self.named.get(&table) == Some(&1),
            Some(Keeping::NotMaterialized) | None => true,
        }
    }
}
