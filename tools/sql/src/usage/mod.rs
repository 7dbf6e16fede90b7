//! Where a query uses marked columns: whether it only hands them through, and as which of its columns.
//!
//! A marked column may stand as a plain column in a select list, and pass through subqueries, common table expressions
//! and joins to the outside, where PostgreSQL still reports its origin. Anywhere else (an expression, a condition, a
//! sort, a group, a set operation, a whole row) something about its values could be told from the answer, and the query
//! is refused.
//!
//! ```text
//! select ─ scopes (FROM items with their columns, inner to outer; common tables) ─ every name is resolved ─ Outputs
//! ```
//!
//! The reading fails closed: a name that can't be resolved here is refused. PostgreSQL has parsed the statement before
//! and found all of its names, so this only means that the two readings differ.

mod expression;
mod from;
mod scope;
mod select;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::HashMap;

use squawk_syntax::ast::{AstNode, SelectVariant, normalize_name_node};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use crate::RelationName;
use crate::guard::{Refusal, bounded};
use crate::names::truncated;
use crate::stack::on_large_stack;

/// The rule that refusals of this reading carry.
pub const RULE: &str = "masked_column";

const ALLOWED: &str = "the masked column as a plain column of the select list (it comes back masked), or a query that leaves it out";
/// Far above what people write; a common table that is nested in itself doubles the work with every level.
const MOST_SELECTS: usize = 10_000;

/// What a mark stands for is the caller's business.
pub type Mark = usize;

/// A column as a query sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name; `None` where PostgreSQL makes one up.
    pub name: Option<String>,
    /// Its mark, if it has one.
    pub mark: Option<Mark>,
    /// Whether the name is known, and not only likely.
    pub(crate) is_certain: bool,
}

impl Column {
    /// A column of a table.
    pub fn new(name: impl Into<String>, mark: Option<Mark>) -> Self {
        Self { name: Some(name.into()), mark, is_certain: true }
    }
}

/// A relation that a query may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// It may be read: its columns in order.
    Columns(Vec<Column>),
    /// It may not, and why.
    Refused(String),
}

/// The relations that a query may name, as it writes them.
pub type Relations = HashMap<RelationName, Relation>;

/// What a query gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Whether they stand in this order, and there are no others.
    pub in_order: bool,
    /// Whether there are more than these, none of them marked.
    pub(crate) has_more: bool,
}

impl Outputs {
    /// The marks by column, where all columns and their order are known.
    pub fn marks(&self) -> Option<Vec<Option<Mark>>> {
        self.in_order.then(|| self.columns.iter().map(|column| column.mark).collect())
    }

    /// How many columns are marked.
    pub fn marked(&self) -> usize {
        self.columns.iter().filter(|column| column.mark.is_some()).count()
    }

    fn carries(&self) -> bool {
        self.marked() > 0
    }
}

/// Reads a query, or the query behind EXPLAIN; refuses it where it uses a marked column for more than handing it through.
pub fn outputs(sql: &str, relations: &Relations) -> Result<Outputs, Refusal> {
    read(sql, relations, None)
}

/// Reads the query of a view. A column that it computes from a marked one gets the mark `made`.
pub fn view(sql: &str, relations: &Relations, made: Mark) -> Result<Outputs, Refusal> {
    read(sql, relations, Some(made))
}

fn read(sql: &str, relations: &Relations, made: Option<Mark>) -> Result<Outputs, Refusal> {
    let bounded = bounded(sql)?;
    let text = bounded.sql;
    let read = || {
        let parse = SourceFile::parse(text);
        let reader = Reader { sql: text, relations, made, selects: Cell::new(0) };
        let file = parse.syntax_node();
        if !parse.errors().is_empty() {
            return Err(reader.unclear(&file, "the statement has a syntax that is not known here"));
        }
        reader.statement(&file)
    };
    on_large_stack(read).unwrap_or_else(|failed| Err(Refusal::at(sql, 0, RULE, failed.to_string(), ALLOWED)))
}

struct Reader<'a> {
    sql: &'a str,
    relations: &'a Relations,
    /// What an output is marked with that is computed from a marked column; without, none may be.
    made: Option<Mark>,
    selects: Cell<usize>,
}

impl Reader<'_> {
    fn statement(&self, file: &SyntaxNode) -> Result<Outputs, Refusal> {
        let Some(root) = file.first_child() else { return Ok(Outputs::default()) };
        let query = match root.kind() {
            SyntaxKind::EXPLAIN => root.children().find(|child| SelectVariant::can_cast(child.kind())),
            SyntaxKind::SHOW => return Ok(Outputs::default()),
            _ => Some(root.clone()),
        };
        match query {
            Some(query) if SelectVariant::can_cast(query.kind()) => {
                self.select(&query, &scope::Scope::default())
            }
            _ => Err(self.unclear(&root, "this is not a query")),
        }
    }

    /// A marked column, or a row with one in it, stands where its values would show.
    fn used(&self, node: &SyntaxNode, what: &str) -> Refusal {
        let message = format!("{what} {}: what comes back would tell about its values", place_of(node));
        self.refuse(node, message)
    }

    /// Something that this reading can't follow, in a query that touches a masked column.
    fn unclear(&self, node: &SyntaxNode, why: &str) -> Refusal {
        self.refuse(node, format!("the query reads a table with masked columns, and {why}"))
    }

    fn refuse(&self, node: &SyntaxNode, message: String) -> Refusal {
        Refusal::at(self.sql, usize::from(node.text_range().start()), RULE, message, ALLOWED)
    }
}

/// Where in a query a node stands, for people.
fn place_of(node: &SyntaxNode) -> &'static str {
    node.ancestors()
        .skip(1)
        .find_map(|outer| match outer.kind() {
            SyntaxKind::WHERE_CLAUSE | SyntaxKind::HAVING_CLAUSE | SyntaxKind::FILTER_CLAUSE => {
                Some("stands in a condition")
            }
            SyntaxKind::ON_CLAUSE | SyntaxKind::JOIN_USING_CLAUSE | SyntaxKind::JOIN_EXPR => {
                Some("decides a join")
            }
            SyntaxKind::GROUP_BY_CLAUSE => Some("forms groups"),
            SyntaxKind::WINDOW_SPEC => Some("stands in a window"),
            SyntaxKind::ORDER_BY_CLAUSE => Some("decides an order"),
            SyntaxKind::DISTINCT_CLAUSE | SyntaxKind::DISTINCT_ON => Some("decides which rows are distinct"),
            SyntaxKind::COMPOUND_SELECT => Some("is an operand of UNION, INTERSECT or EXCEPT"),
            kind if SelectVariant::can_cast(kind) => Some("stands in an expression"),
            _ => None,
        })
        .unwrap_or("stands in an expression")
}

/// A name as PostgreSQL reads it.
fn name_of(node: &SyntaxNode) -> String {
    truncated(normalize_name_node(node))
}

fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

/// The text of a node without its surrounding blanks and comments.
fn text_of(node: &SyntaxNode) -> String {
    node.text().to_string().trim().to_owned()
}
