//! Calls that read more than one row: no index on an expression holds their results.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, ObjectNamePart, Query, Visit, Visitor,
    WindowSpec, WindowType,
};

use super::scope::written;

const AGGREGATES: &[&str] = &[
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "cume_dist",
    "every",
    "json_agg",
    "json_agg_strict",
    "json_arrayagg",
    "json_object_agg",
    "json_objectagg",
    "jsonb_agg",
    "jsonb_agg_strict",
    "jsonb_object_agg",
    "max",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "range_intersect_agg",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "xmlagg",
];

/// Which such calls there are, outside of subqueries.
#[derive(Default)]
pub(super) struct Calls {
    pub(super) aggregates: usize,
    pub(super) window: bool,
    pub(super) windows: Vec<WindowSpec>,
    /// The arguments of `min` and `max`.
    pub(super) extremes: Vec<Expr>,
    inside: usize,
}

impl Calls {
    pub(super) fn of(part: &impl Visit) -> Self {
        let mut calls = Self::default();
        let _ = part.visit(&mut calls);
        calls
    }
}

impl Visitor for Calls {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.inside += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.inside -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.inside == 0
            && let Expr::Function(function) = expr
        {
            if let Some(WindowType::WindowSpec(window)) = &function.over {
                self.windows.push(window.clone());
            }
            if let ("min" | "max", None, FunctionArguments::List(list)) =
                (last_part(&function.name).as_str(), &function.over, &function.args)
                && let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = list.args.as_slice()
            {
                self.extremes.push(argument.clone());
            }
            let aggregates = AGGREGATES.contains(&last_part(&function.name).as_str());
            self.window |= function.over.is_some();
            self.aggregates += usize::from(aggregates && function.over.is_none());
        }
        ControlFlow::Continue(())
    }
}

pub(super) fn last_part(name: &ObjectName) -> String {
    name.0.last().and_then(ObjectNamePart::as_ident).map(written).unwrap_or_default()
}
