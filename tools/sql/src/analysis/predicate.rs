//! Reads one condition: which tables it filters and how, and which columns it joins.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value as Literal};

use super::{
    model::{Bound, JoinKind, Predicate, PredicateKind, Subject, Value},
    operand::{Operand, peeled},
    scope::{Nesting, Reach, Resolved, Scope, Target},
};

/// Where a condition stands.
pub(super) struct Place<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) kind: JoinKind,
    /// Tables whose rows stay whatever the condition says: the kept side of an outer join.
    pub(super) kept: BTreeSet<usize>,
    /// Subqueries, as text, that run for each row.
    pub(super) correlated: &'a BTreeSet<String>,
}

/// A join as one of its sides sees it.
pub(super) struct Meeting {
    pub(super) table: usize,
    pub(super) column: String,
    pub(super) other: Target,
    pub(super) kind: JoinKind,
    pub(super) lookup: bool,
}

#[derive(Default)]
pub(super) struct Found {
    pub(super) predicates: Vec<(usize, Predicate)>,
    pub(super) meetings: Vec<Meeting>,
}

/// The conditions that must all hold.
pub(super) fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    chain(expr, &BinaryOperator::And)
}

/// An `OR` as conditions that must all hold: what every arm asks comes first, as PostgreSQL's planner pulls it out.
pub(super) fn factored(expr: &Expr) -> Option<(Vec<&Expr>, Vec<Vec<&Expr>>)> {
    let arms: Vec<Vec<&Expr>> = chain(expr, &BinaryOperator::Or).into_iter().map(conjuncts).collect();
    let (first, others) = arms.split_first()?;
    if others.is_empty() {
        return None;
    }
    let common: Vec<&Expr> = first
        .iter()
        .copied()
        .filter(|&condition| others.iter().all(|arm| arm.contains(&condition)))
        .collect();
    let rest: Vec<Vec<&Expr>> = arms
        .iter()
        .map(|arm| arm.iter().copied().filter(|condition| !common.contains(condition)).collect())
        .collect();
    // An arm without a condition of its own is implied by what is common, and so the other arms ask nothing.
    let rest = if rest.iter().any(Vec::is_empty) { Vec::new() } else { rest };
    Some((common, rest))
}

fn chain<'e>(expr: &'e Expr, operator: &BinaryOperator) -> Vec<&'e Expr> {
    match peeled(expr) {
        Expr::BinaryOp { left, op, right } if op == operator => {
            let mut both = chain(left, operator);
            both.extend(chain(right, operator));
            both
        }
        other => vec![other],
    }
}

pub(super) fn classify(expr: &Expr, place: &Place<'_>) -> Found {
    let mut found = Found::default();
    Reader { place, found: &mut found }.condition(expr);
    found.predicates.retain(|(table, predicate)| {
        !place.kept.contains(table) && !sees_filled_nulls(*table, predicate, place)
    });
    found
}

/// After an outer join, `is null` asks whether a row was found, which no scan of the table can answer.
fn sees_filled_nulls(table: usize, predicate: &Predicate, place: &Place<'_>) -> bool {
    let is_strict = match (&predicate.subject, &predicate.kind) {
        (_, PredicateKind::IsNull) => false,
        (Subject::Expression { expression, .. }, _) => {
            let expression = expression.to_ascii_lowercase();
            !["coalesce(", "case ", "is not distinct", "concat", " is "]
                .iter()
                .any(|part| expression.contains(part))
        }
        _ => true,
    };
    place.kind == JoinKind::Inner && !is_strict && place.scope.nullable.contains(&table)
}

/// An `OR` whose arms have nothing in common, as one condition a table.
pub(super) fn classify_arms(arms: &[Vec<&Expr>], place: &Place<'_>) -> Found {
    let arms: Vec<BTreeMap<usize, Vec<Predicate>>> =
        arms.iter().map(|arm| arm_predicates(arm, place)).collect();
    let tables: BTreeSet<usize> = arms.iter().flat_map(|arm| arm.keys().copied()).collect();
    let mut found = Found::default();
    for table in tables {
        let arms: Vec<Vec<Predicate>> =
            arms.iter().map(|arm| arm.get(&table).cloned().unwrap_or_default()).collect();
        found.predicates.extend(any_of(arms).map(|predicate| (table, predicate)));
    }
    found
}

fn arm_predicates(arm: &[&Expr], place: &Place<'_>) -> BTreeMap<usize, Vec<Predicate>> {
    let mut tables: BTreeMap<usize, Vec<Predicate>> = BTreeMap::new();
    for condition in arm {
        let found = match factored(condition) {
            Some((common, rest)) => {
                let mut found = classify_arms(&rest, place);
                for condition in common {
                    found.predicates.extend(classify(condition, place).predicates);
                }
                found
            }
            None => classify(condition, place),
        };
        for (table, predicate) in found.predicates {
            add(tables.entry(table).or_default(), predicate);
        }
    }
    tables
}

/// Equalities on one subject in every arm are an `IN`.
fn any_of(arms: Vec<Vec<Predicate>>) -> Option<Predicate> {
    let subject = arms.iter().flatten().map(|predicate| &predicate.subject).next()?.clone();
    let mut values = Vec::new();
    let all_equal = arms.iter().all(|arm| match arm.as_slice() {
        [Predicate { subject: other, kind }] if *other == subject => match kind {
            PredicateKind::Equality(value) => {
                values.push(value.clone());
                true
            }
            PredicateKind::In(more) => {
                values.extend(more.iter().cloned());
                true
            }
            _ => false,
        },
        _ => false,
    });
    if all_equal {
        return Some(Predicate { subject, kind: PredicateKind::In(values) });
    }
    Some(Predicate { subject, kind: PredicateKind::Or(arms) })
}

/// Adds a condition; the two ends of a range on one subject become one.
pub(super) fn add(predicates: &mut Vec<Predicate>, new: Predicate) {
    if let PredicateKind::Range { lower: new_lower, upper: new_upper } = &new.kind {
        for old in predicates.iter_mut().filter(|old| old.subject == new.subject) {
            if let PredicateKind::Range { lower, upper } = &mut old.kind {
                let fits =
                    (lower.is_none() || new_lower.is_none()) && (upper.is_none() || new_upper.is_none());
                if fits {
                    *lower = lower.take().or_else(|| new_lower.clone());
                    *upper = upper.take().or_else(|| new_upper.clone());
                    return;
                }
            }
        }
    }
    if !predicates.contains(&new) {
        predicates.push(new);
    }
}

struct Reader<'a> {
    place: &'a Place<'a>,
    found: &'a mut Found,
}

impl Reader<'_> {
    fn operand(&self, expr: &Expr) -> Operand {
        let mut operand = Operand::read(expr, self.place.scope);
        let texts = operand.refs.subqueries.iter().map(ToString::to_string);
        operand.is_correlated = texts.into_iter().any(|text| self.place.correlated.contains(&text));
        operand
    }

    fn condition(&mut self, expr: &Expr) {
        let expr = peeled(expr);
        match expr {
            Expr::BinaryOp { left, op, right } => self.binary(expr, left, op, right),
            Expr::Between { expr: subject, negated: false, low, high } => {
                let (subject, low, high) = (self.operand(subject), self.operand(low), self.operand(high));
                self.each(expr, &subject, |table| {
                    let bound =
                        |end: &Operand| end.value_for(table).map(|value| Bound { value, inclusive: true });
                    Some(PredicateKind::Range { lower: Some(bound(&low)?), upper: Some(bound(&high)?) })
                });
            }
            Expr::InList { expr: subject, list, negated } => {
                let subject = self.operand(subject);
                let list: Vec<Operand> = list.iter().map(|item| self.operand(item)).collect();
                self.each(expr, &subject, |table| {
                    let values = list.iter().map(|item| item.value_for(table)).collect::<Option<Vec<_>>>()?;
                    Some(if *negated { PredicateKind::NotIn(values) } else { PredicateKind::In(values) })
                });
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                let (subject, array) = (self.operand(left), self.operand(right));
                self.each(expr, &subject, |table| Some(PredicateKind::EqualsAny(array.value_for(table)?)));
            }
            Expr::IsNull(subject) => self.unary(expr, subject, PredicateKind::IsNull),
            Expr::IsNotNull(subject) => self.unary(expr, subject, PredicateKind::IsNotNull),
            Expr::IsTrue(subject) => self.unary(expr, subject, PredicateKind::Boolean(true)),
            Expr::IsFalse(subject) => self.unary(expr, subject, PredicateKind::Boolean(false)),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                self.unary(expr, expr, PredicateKind::Boolean(true))
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => match peeled(inner) {
                column @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => {
                    self.unary(expr, column, PredicateKind::Boolean(false));
                }
                _ => self.other(expr),
            },
            Expr::Like { negated: false, any: false, expr: subject, pattern, escape_char } => {
                let escape = escape_char.as_deref().map(literal);
                self.like(expr, subject, pattern, escape, false);
            }
            Expr::ILike { negated: false, any: false, expr: subject, pattern, escape_char } => {
                let escape = escape_char.as_deref().map(literal);
                self.like(expr, subject, pattern, escape, true);
            }
            _ => self.other(expr),
        }
    }

    fn binary(&mut self, whole: &Expr, left: &Expr, operator: &BinaryOperator, right: &Expr) {
        use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (peeled(left), peeled(right)) {
            return self.rows(whole, left, operator, right);
        }
        let (left, right) = (self.operand(left), self.operand(right));
        match operator {
            Eq if self.join(&left, &right) => {}
            Eq | NotEq | Lt | LtEq | Gt | GtEq => {
                let any_left =
                    self.each_quietly(&left, |table| comparison(operator, right.value_for(table)?));
                let mirrored = mirror(operator);
                let any_right =
                    self.each_quietly(&right, |table| comparison(&mirrored, left.value_for(table)?));
                if !any_left && !any_right {
                    self.other(whole);
                }
            }
            _ => {
                let sign = operator.to_string();
                let indexable = |value: Value| PredicateKind::Operator { operator: sign.clone(), value };
                let any_left = self.each_quietly(&left, |table| Some(indexable(right.value_for(table)?)));
                // `value @> column` needs the commuted operator, which only a catalogue knows.
                if !any_left {
                    self.other(whole);
                }
            }
        }
    }

    /// `(a, b) = (1, 2)` is two equalities; `(a, b) > (1, 2)` is a range that starts at the first column.
    fn rows(&mut self, whole: &Expr, left: &[Expr], operator: &BinaryOperator, right: &[Expr]) {
        match operator {
            BinaryOperator::Eq if left.len() == right.len() => {
                for (left, right) in left.iter().zip(right) {
                    self.binary(whole, left, operator, right);
                }
            }
            BinaryOperator::Gt | BinaryOperator::GtEq => self.first_of(left, &BinaryOperator::GtEq, right),
            BinaryOperator::Lt | BinaryOperator::LtEq => self.first_of(left, &BinaryOperator::LtEq, right),
            _ => self.other(whole),
        }
    }

    fn first_of(&mut self, left: &[Expr], operator: &BinaryOperator, right: &[Expr]) {
        if let (Some(left), Some(right)) = (left.first(), right.first()) {
            let (left, right) = (self.operand(left), self.operand(right));
            self.each_quietly(&left, |table| comparison(operator, right.value_for(table)?));
        }
    }

    fn unary(&mut self, whole: &Expr, subject: &Expr, kind: PredicateKind) {
        let subject = self.operand(subject);
        self.each(whole, &subject, |_| Some(kind.clone()));
    }

    fn like(
        &mut self,
        whole: &Expr,
        subject: &Expr,
        pattern: &Expr,
        escape: Option<Option<String>>,
        insensitive: bool,
    ) {
        let (subject, written) = (self.operand(subject), self.operand(pattern));
        let constant = literal(pattern).filter(|_| !insensitive);
        let escape = escape.map_or(Some('\\'), |text| text.and_then(|text| text.chars().next()));
        self.each(whole, &subject, |table| {
            let value = written.value_for(table)?;
            let Some(pattern) = constant.clone() else {
                return Some(PredicateKind::LikeOther { pattern: value, case_insensitive: insensitive });
            };
            let (prefix, has_wildcard) = prefix(&pattern, escape);
            Some(match (prefix.is_empty(), has_wildcard) {
                (_, false) => PredicateKind::Equality(value),
                (true, true) => PredicateKind::LikeOther { pattern: value, case_insensitive: false },
                (false, true) => PredicateKind::LikePrefix { prefix, pattern },
            })
        });
    }

    /// Adds a condition for every table that `subject` reaches; what has no such form is kept as text.
    fn each(&mut self, whole: &Expr, subject: &Operand, kind: impl Fn(usize) -> Option<PredicateKind>) {
        if !self.each_quietly(subject, kind) {
            self.other(whole);
        }
    }

    fn each_quietly(&mut self, subject: &Operand, kind: impl Fn(usize) -> Option<PredicateKind>) -> bool {
        let mut any = false;
        for (table, subject) in subject.subjects() {
            if let Some(kind) = kind(table) {
                any = true;
                self.found.predicates.push((table, Predicate { subject, kind }));
            }
        }
        any
    }

    /// A condition that no index serves, for every table that it reads.
    fn other(&mut self, expr: &Expr) {
        let operand = self.operand(expr);
        if operand.subjects().is_empty() {
            for table in operand.tables() {
                let columns: BTreeSet<String> = operand.columns_of(table);
                let text = expr.to_string();
                let subject = Subject::Expression { expression: text.clone(), columns };
                self.found.predicates.push((table, Predicate { subject, kind: PredicateKind::Other(text) }));
            }
            return;
        }
        for (table, subject) in operand.subjects() {
            let text = match &subject {
                Subject::Expression { expression, .. } => expression.clone(),
                Subject::Column(_) => expr.to_string(),
            };
            self.found.predicates.push((table, Predicate { subject, kind: PredicateKind::Other(text) }));
        }
    }

    /// Whether the equality is one between columns of two tables.
    fn join(&mut self, left: &Operand, right: &Operand) -> bool {
        let (Some((left, left_column)), Some((right, right_column))) =
            (left.join_target(), right.join_target())
        else {
            return false;
        };
        if left.0 == right.0 {
            return false;
        }
        self.meet(left, left_column, right, right_column);
        self.meet(right, right_column, left, left_column);
        true
    }

    fn meet(&mut self, own: &Target, column: &Resolved, other: &Target, other_column: &Resolved) {
        let nesting = self.place.scope.crossing(column.depth.min(other_column.depth));
        let (kind, lookup) = match (column.outer, other_column.outer) {
            (false, false) => (self.place.kind, !self.place.kept.contains(&own.0)),
            (false, true) => (crossing(nesting), true),
            // Only a semi-join can be turned round, to look up the outer table.
            (true, false) if nesting == Nesting::Semi => (JoinKind::Semi, true),
            (true, false) if nesting == Nesting::Anti => (JoinKind::Anti, false),
            (true, _) => return,
        };
        if column.reach == Reach::Flat {
            let (table, column) = own.clone();
            self.found.meetings.push(Meeting { table, column, other: other.clone(), kind, lookup });
        }
    }
}

/// The kind of join that a correlated condition makes.
pub(super) fn crossing(nesting: Nesting) -> JoinKind {
    match nesting {
        Nesting::Semi => JoinKind::Semi,
        Nesting::Anti => JoinKind::Anti,
        Nesting::Plain | Nesting::Correlated => JoinKind::Correlated,
    }
}

fn comparison(operator: &BinaryOperator, value: Value) -> Option<PredicateKind> {
    let bound = |inclusive| Some(Bound { value: value.clone(), inclusive });
    Some(match operator {
        BinaryOperator::Eq => PredicateKind::Equality(value),
        BinaryOperator::NotEq => PredicateKind::Inequality(value),
        BinaryOperator::Gt => PredicateKind::Range { lower: bound(false), upper: None },
        BinaryOperator::GtEq => PredicateKind::Range { lower: bound(true), upper: None },
        BinaryOperator::Lt => PredicateKind::Range { lower: None, upper: bound(false) },
        BinaryOperator::LtEq => PredicateKind::Range { lower: None, upper: bound(true) },
        _ => return None,
    })
}

fn mirror(operator: &BinaryOperator) -> BinaryOperator {
    match operator {
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        same => same.clone(),
    }
}

fn literal(expr: &Expr) -> Option<String> {
    match peeled(expr) {
        Expr::Value(value) => match &value.value {
            Literal::SingleQuotedString(text) | Literal::EscapedStringLiteral(text) => Some(text.clone()),
            _ => None,
        },
        Expr::Cast { expr, .. } => literal(expr),
        _ => None,
    }
}

/// What stands before the first wildcard, and whether there is one.
fn prefix(pattern: &str, escape: Option<char>) -> (String, bool) {
    let mut prefix = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' | '_' => return (prefix, true),
            escaped if Some(escaped) == escape => prefix.extend(characters.next()),
            plain => prefix.push(plain),
        }
    }
    (prefix, false)
}
