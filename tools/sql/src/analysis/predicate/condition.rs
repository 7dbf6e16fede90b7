//! One condition without `AND` and `OR`: a comparison, a test, a pattern, or a join of two columns.

use std::collections::BTreeSet;

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use super::{
    Found, Meeting, Place,
    pattern::{literal, prefix},
};
use crate::analysis::{
    model::{Bound, JoinKind, Predicate, PredicateKind, Subject, Value},
    operand::{Operand, peeled},
    scope::{Nesting, Reach, Resolved, Target},
};

pub(super) struct Reader<'a> {
    pub(super) place: &'a Place<'a>,
    pub(super) found: &'a mut Found,
}

impl Reader<'_> {
    fn operand(&self, expr: &Expr) -> Operand {
        let mut operand = Operand::read(expr, self.place.scope);
        let texts = operand.refs.subqueries.iter().map(ToString::to_string);
        operand.is_correlated = texts.into_iter().any(|text| self.place.correlated.contains(&text));
        operand
    }

    pub(super) fn condition(&mut self, expr: &Expr) {
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
fn crossing(nesting: Nesting) -> JoinKind {
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
