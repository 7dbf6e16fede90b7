//! Conditions as EXPLAIN prints them, read into a small tree: enough to tell which columns are compared with what.
//!
//! PostgreSQL prints every operator in parentheses, so no precedence is needed. What is not understood becomes
//! [`Expr::Other`] with the parts that were, and nesting beyond a fixed depth is left out.

mod lexer;
mod parser;

use pgwright_sql::quote_identifier;

/// A column, with the alias it was printed with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnRef {
    pub(crate) qualifier: Option<String>,
    pub(crate) name: String,
}

impl ColumnRef {
    /// The bare name as SQL writes it.
    pub(crate) fn sql(&self) -> String {
        quote_identifier(&self.name)
    }
}

/// A condition or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Column(ColumnRef),
    /// A literal as printed, or a parameter (`$0`, `(InitPlan 1).col1`).
    Constant(String),
    Call {
        name: String,
        args: Vec<Expr>,
    },
    Cast {
        inner: Box<Expr>,
        to: String,
    },
    Binary {
        op: String,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `x is null` and its like: one operand and the words behind it.
    Test {
        inner: Box<Expr>,
        is: String,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    SubPlan {
        number: u32,
        hashed: bool,
    },
    Other(Vec<Expr>),
}

/// A comparison with the side that holds columns on the left.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    pub(crate) op: &'a str,
    pub(crate) left: &'a Expr,
    pub(crate) right: &'a Expr,
}

impl Comparison<'_> {
    pub(crate) fn is_equality(&self) -> bool {
        matches!(self.op, "=" | "= ANY")
    }

    pub(crate) fn is_range(&self) -> bool {
        matches!(self.op, "<" | "<=" | ">" | ">=")
    }
}

impl Expr {
    pub(crate) fn read(text: &str) -> Self {
        parser::read(text)
    }

    /// The conditions that must all hold.
    pub(crate) fn conjuncts(&self) -> Vec<&Expr> {
        match self {
            Self::And(all) => all.iter().flat_map(Self::conjuncts).collect(),
            other => vec![other],
        }
    }

    /// Every part in reading order, the whole first.
    pub(crate) fn parts(&self) -> Vec<&Expr> {
        let mut parts = Vec::new();
        let mut waiting = vec![self];
        while let Some(part) = waiting.pop() {
            parts.push(part);
            match part {
                Self::Column(_) | Self::Constant(_) | Self::SubPlan { .. } => {}
                Self::Call { args: all, .. } | Self::And(all) | Self::Or(all) | Self::Other(all) => {
                    waiting.extend(all.iter().rev())
                }
                Self::Cast { inner, .. } | Self::Test { inner, .. } | Self::Not(inner) => waiting.push(inner),
                Self::Binary { left, right, .. } => waiting.extend([right.as_ref(), left.as_ref()]),
            }
        }
        parts
    }

    pub(crate) fn columns(&self) -> Vec<&ColumnRef> {
        self.parts()
            .into_iter()
            .filter_map(|part| if let Self::Column(column) = part { Some(column) } else { None })
            .collect()
    }

    /// Neither columns nor sub-plans.
    pub(crate) fn is_constant(&self) -> bool {
        !self.parts().iter().any(|part| matches!(part, Self::Column(_) | Self::SubPlan { .. }))
    }

    pub(crate) fn comparison(&self) -> Option<Comparison<'_>> {
        let Self::Binary { op, left, right } = self else { return None };
        let mirrored = match op.as_str() {
            _ if !left.is_constant() => return Some(Comparison { op, left, right }),
            // `5 = any (list)` asks what a list holds: see `held_element`.
            quantified if quantified.ends_with(" ANY") || quantified.ends_with(" ALL") => return None,
            "@>" => "<@",
            "<@" => "@>",
            "<" => ">",
            "<=" => ">=",
            ">" => "<",
            ">=" => "<=",
            same => same,
        };
        Some(Comparison { op: mirrored, left: right, right: left })
    }

    /// The value and the column of `5 = any (list)`.
    pub(crate) fn held_element(&self) -> Option<(&str, &ColumnRef)> {
        let Self::Binary { op, left, right } = self else { return None };
        let list = match right.as_ref() {
            Self::Cast { inner, to } if to.ends_with("[]") => inner,
            bare => bare,
        };
        match list {
            Self::Column(column) if op == "= ANY" => Some((left.literal()?, column)),
            _ => None,
        }
    }

    /// A constant as printed, without its casts.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self {
            Self::Constant(text) => Some(text),
            Self::Cast { inner, .. } => inner.literal(),
            _ => None,
        }
    }

    /// Whether it reads this sub-plan.
    pub(crate) fn mentions_sub_plan(&self, wanted: u32) -> bool {
        self.parts().iter().any(|part| matches!(part, Self::SubPlan { number, .. } if *number == wanted))
    }

    /// The column, through casts that only rename a text type.
    pub(crate) fn plain_column(&self) -> Option<&ColumnRef> {
        match self {
            Self::Column(column) => Some(column),
            Self::Cast { inner, to } if matches!(to.as_str(), "text" | "character varying" | "bpchar") => {
                inner.plain_column()
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn columns(text: &str) -> Vec<String> {
        Expr::read(text)
            .columns()
            .into_iter()
            .map(|column| {
                column.qualifier.iter().chain([&column.name]).cloned().collect::<Vec<_>>().join(".")
            })
            .collect()
    }

    #[test]
    fn columns_are_told_from_types_functions_and_literals() {
        for (text, wanted) in [
            ("((status)::text = 'open'::text)", "status"),
            ("(o.created_at >= '2024-01-01 00:00:00'::timestamp without time zone)", "o.created_at"),
            ("(EXTRACT(year FROM created_at) = '2024'::numeric)", "created_at"),
            ("(lower((c.\"E Mail\")::character varying(20)) = 'a''b)'::text)", "c.E Mail"),
            ("((a = ANY ('{1,2}'::integer[])) OR (b IS NOT NULL))", "a b"),
            ("(CASE WHEN (x > 1) THEN y ELSE 0 END = 1)", "x y"),
            ("(total > (InitPlan 1).col1)", "total"),
            ("(NOT (ANY (id = (hashed SubPlan 1).col1)))", "id"),
            ("((ts AT TIME ZONE 'UTC'::text) > now())", "ts"),
            ("(name ~~ E'a\\'b%'::text COLLATE \"C\")", "name"),
            ("(tags[1] = ANY (ARRAY['x'::text, other]))", "tags other"),
        ] {
            assert_eq!(columns(text).join(" "), wanted, "{text}");
        }
    }

    #[test]
    fn comparisons_put_the_column_on_the_left() {
        let expr = Expr::read("((5 < t.a) AND (lower(b) = $1) AND (c ~~ '%x'::text))");
        let seen: Vec<_> =
            expr.conjuncts().into_iter().map(|part| part.comparison().unwrap().op.to_owned()).collect();
        assert_eq!(seen, [">", "=", "~~"]);
        assert!(expr.conjuncts()[0].comparison().unwrap().left.plain_column().is_some());
        assert!(expr.conjuncts()[1].comparison().unwrap().left.plain_column().is_none());
        assert!(expr.conjuncts()[1].comparison().unwrap().right.is_constant());
    }

    #[test]
    fn an_element_of_a_list_is_told_from_one_of_a_list_of_values() {
        let read = |text| Expr::read(text);
        let held = read("('t3'::text = ANY ((p.tags)::text[]))");
        assert_eq!(
            held.held_element().map(|(value, list)| (value, list.name.as_str())),
            Some(("'t3'", "tags"))
        );
        assert!(held.comparison().is_none());
        assert!(read("(id = ANY ('{1,2}'::integer[]))").held_element().is_none());
        assert_eq!(read("('{1}'::integer[] <@ tags)").comparison().unwrap().op, "@>");
    }

    #[test]
    fn sub_plans_are_seen_hashed_or_not() {
        let plans = |text| {
            Expr::read(text)
                .parts()
                .into_iter()
                .filter(|part| matches!(part, Expr::SubPlan { .. }))
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(plans("(NOT (SubPlan 1))"), [Expr::SubPlan { number: 1, hashed: false }]);
        assert_eq!(plans("(NOT (hashed SubPlan 12))"), [Expr::SubPlan { number: 12, hashed: true }]);
        assert_eq!(plans("(x > (SubPlan 3))"), [Expr::SubPlan { number: 3, hashed: false }]);
    }

    proptest::proptest! {
        /// Whatever text comes, reading ends and yields something.
        #[test]
        fn any_text_is_read(text in r#"[a-c'"()$:.,\[\]= 0-9%~éANDORNOTISENULL]{0,80}"#) {
            Expr::read(&text).columns();
        }
    }

    #[test]
    fn hostile_nesting_ends() {
        Expr::read(&"(".repeat(200_000));
        Expr::read(&"(NOT ".repeat(100_000));
        Expr::read(&"CASE ".repeat(100_000));
    }
}
