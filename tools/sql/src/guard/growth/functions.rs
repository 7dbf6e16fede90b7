//! Built-in functions by what they make of their arguments.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::scope::Scope;
use super::size::{Size, UNBOUNDED, UNKNOWN};
use super::{Growth, child, name_of};
use crate::grammar;

/// Functions whose time is up to the product of their arguments, without a look for a cancellation.
const PAIRING: &[&str] = &[
    "array_position",
    "array_positions",
    "array_remove",
    "array_replace",
    "arraycontained",
    "arraycontains",
    "arrayoverlap",
    "btrim",
    "ilike",
    "jsonb_delete",
    "like",
    "ltrim",
    "notlike",
    "path_distance",
    "path_inter",
    "poly_contain",
    "poly_contained",
    "poly_overlap",
    "position",
    "replace",
    "rtrim",
    "similarity",
    "split_part",
    "strict_word_similarity",
    "string_to_array",
    "string_to_table",
    "strpos",
    "textlike",
    "texticlike",
    "textnlike",
    "to_char",
    "to_date",
    "to_number",
    "to_timestamp",
    "translate",
    "word_similarity",
];
/// Those that look at a set of characters for each character, at how many times the time.
const SLOWLY_PAIRING: &[&str] = &["btrim", "ltrim", "rtrim", "translate"];
pub(super) const SLOWLY: u64 = 6;
/// Aggregates that make one value of many rows.
const COLLECTING: &[&str] = &[
    "array_agg",
    "json_agg",
    "json_agg_strict",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_object_agg",
    "range_agg",
    "string_agg",
    "xmlagg",
];
const COPYING: &[&str] = &[
    "array_append",
    "array_cat",
    "array_fill",
    "array_prepend",
    "coalesce",
    "concat",
    "concat_ws",
    "repeat",
    "unnest",
];
/// Functions whose figure is no larger than the largest of their arguments.
const COUNTING: &[&str] = &[
    "abs",
    "avg",
    "ceil",
    "ceiling",
    "coalesce",
    "div",
    "first_value",
    "floor",
    "greatest",
    "int2",
    "int4",
    "int8",
    "lag",
    "last_value",
    "lead",
    "ln",
    "log",
    "max",
    "min",
    "mod",
    "nth_value",
    "nullif",
    "numeric",
    "percentile_cont",
    "percentile_disc",
    "round",
    "sign",
    "sqrt",
    "trunc",
    "unnest",
    "width_bucket",
];
/// Functions that escape what they are given.
const QUOTING: &[&str] = &[
    "array_to_json",
    "encode",
    "json_build_array",
    "json_build_object",
    "json_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "quote_ident",
    "quote_literal",
    "quote_nullable",
    "row",
    "row_to_json",
    "to_json",
    "to_jsonb",
];
/// Functions that give several rows, wherever they stand.
const SPREADING: &[&str] = &[
    "generate_series",
    "generate_subscripts",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_each_text",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_keys",
    "jsonb_path_query",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
    "unnest",
];
/// Functions that count rows.
const NUMBERING: &[&str] =
    &["count", "dense_rank", "ntile", "rank", "regr_count", "row_number", "cume_dist", "percent_rank"];
/// Functions that measure a value.
const MEASURING: &[&str] = &[
    "array_length",
    "array_upper",
    "bit_length",
    "cardinality",
    "char_length",
    "character_length",
    "length",
    "octet_length",
];
/// Functions whose result is short whatever they are given.
const SHORTENING: &[&str] = &[
    "date_part",
    "date_trunc",
    "hashtext",
    "jsonb_typeof",
    "md5",
    "now",
    "pg_column_size",
    "pg_typeof",
    "random",
    "sha256",
    "to_regclass",
];

/// The arguments of a call, by position or not.
pub(super) fn arguments(call: &SyntaxNode) -> Vec<SyntaxNode> {
    let list = child(call, SyntaxKind::ARG_LIST);
    list.iter().flat_map(grammar::arguments).map(|(argument, _)| argument).collect()
}

/// How many rows a function gives in FROM.
pub(super) fn rows(name: &str, arguments: &[Size]) -> u64 {
    const AT_LEAST: u64 = 100;
    match (name, arguments) {
        ("generate_series", [first, last, ..]) if first.value < UNBOUNDED && last.value < UNBOUNDED => {
            let step = arguments.get(2).map_or(1, |step| if step.value < UNBOUNDED { step.value } else { 1 });
            (first.value.saturating_add(last.value) / step.max(1)).max(1)
        }
        ("generate_series", _) => UNKNOWN,
        _ => arguments.iter().map(|of| of.length).sum::<u64>().max(AT_LEAST),
    }
}

/// Whether a call gives several rows where it stands in a select list.
pub(super) fn spreads(call: &SyntaxNode) -> bool {
    let callee = call.first_child().filter(|_| call.kind() == SyntaxKind::CALL_EXPR);
    let name = callee.and_then(|callee| {
        callee
            .descendants()
            .filter(|part| part.kind() == SyntaxKind::NAME_REF)
            .last()
            .map(|name| name_of(&name))
    });
    name.is_some_and(|name| SPREADING.contains(&name.as_str()))
}

impl Growth {
    pub(super) fn call(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Size {
        let Some(callee) = node.first_child() else { return Size::FLAG };
        if !matches!(callee.kind(), SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR) {
            // TRIM, EXTRACT and the like have a node of their own.
            let sizes = node.children().map(|part| self.expression(&part, scope));
            return sizes.reduce(Size::and).unwrap_or(Size::FLAG);
        }
        let names = callee.descendants().filter(|part| part.kind() == SyntaxKind::NAME_REF);
        let name = names.last().map(|name| name_of(&name)).unwrap_or_default();
        let given: Vec<Size> =
            arguments(node).iter().map(|argument| self.expression(argument, scope)).collect();
        // FILTER, OVER, ORDER BY inside.
        for part in node.children().skip(1).filter(|part| part.kind() != SyntaxKind::ARG_LIST) {
            self.expression(&part, scope);
        }
        let made = self.made(node, &name, &given, scope.rows);
        // These look for a cancellation, or only put together.
        let is_copied = COLLECTING.contains(&name.as_str()) || COPYING.contains(&name.as_str());
        if is_copied {
            self.copies(node, made.length);
        } else {
            // What measures a value, or takes a part of it, reads all of it.
            let read = given.iter().map(|size| size.length).fold(0, u64::saturating_add);
            self.passes(node, made.length.max(read));
        }
        made.and_part()
    }

    pub(super) fn made(&mut self, node: &SyntaxNode, name: &str, given: &[Size], rows: u64) -> Size {
        let all = given.iter().copied().reduce(Size::and).unwrap_or(Size::STORED);
        let any = given.iter().copied().reduce(Size::or).unwrap_or(Size::STORED);
        let length = |at: usize| given.get(at).map_or(1, |size| size.length);
        let value = |at: usize| given.get(at).map_or(1, |size| size.value);
        let made = |length: u64| all.of_length(length).of_value(UNBOUNDED);
        if PAIRING.contains(&name) {
            let mut lengths: Vec<u64> = given.iter().map(|size| size.length).collect();
            lengths.sort_unstable();
            if let [.., second, longest] = lengths.as_slice() {
                let slowness = if SLOWLY_PAIRING.contains(&name) { SLOWLY } else { 1 };
                self.pairs(node, second.saturating_mul(slowness), *longest);
            }
        }
        match name {
            "repeat" => made(length(0).saturating_mul(value(1).max(1))),
            "lpad" | "rpad" => made(length(0).max(value(1))),
            "array_fill" => {
                // The sizes of all dimensions, in one array.
                let dimensions = arguments(node).get(1).map_or(1, |sizes| self.product(sizes));
                made(length(0).saturating_mul(dimensions))
            }
            // `%1$s` may stand in the template as often as it has room.
            "format" => made(all.length.saturating_mul((length(0) / 4).max(1)).saturating_mul(2)),
            "array_to_string" => made(length(0).saturating_mul(length(1).max(1))),
            "concat_ws" => made(all.length.saturating_mul(length(0).max(1))),
            "polygon" if given.len() == 2 => made(value(0).saturating_mul(16)),
            "replace" | "regexp_replace" => made(length(0).saturating_mul(length(2).max(1))),
            "left" | "right" => made(length(0).min(value(1))),
            "substr" | "substring" if given.len() == 3 => made(length(0).min(value(2))),
            "power" | "pow" => {
                let digits = length(0).saturating_mul(value(1)).min(131_072);
                self.digits(node, digits, digits);
                made(digits)
            }
            "factorial" => made(value(0).saturating_mul(5).min(131_072)),
            "mod" | "div" | "sqrt" | "gcd" | "lcm" => {
                self.digits(node, length(0), length(1).max(length(0)));
                any
            }
            "sum" => {
                let times = (rows / 1_000).max(1);
                any.of_value(any.value.max(UNKNOWN).saturating_mul(times))
            }
            "least" => any.of_value(given.iter().map(|size| size.value).min().unwrap_or(0)),
            "generate_series" => {
                let figure = given
                    .iter()
                    .take(2)
                    .map(|size| if size.value < UNBOUNDED { size.value } else { UNKNOWN });
                Size { parts: all.parts, ..Size::figure(figure.max().unwrap_or(UNKNOWN)) }
            }
            "random" => Size { parts: all.parts, ..Size::figure(1) },
            _ if QUOTING.contains(&name) => made(all.length).quoted(),
            _ if COLLECTING.contains(&name) => made(all.length.saturating_mul(rows.max(1))),
            _ if NUMBERING.contains(&name) => Size { parts: all.parts, ..Size::figure(rows.max(UNKNOWN)) },
            _ if MEASURING.contains(&name) => Size { parts: all.parts, ..Size::figure(length(0)) },
            _ if SHORTENING.contains(&name) => {
                Size { parts: all.parts, ..Size::figure(UNBOUNDED) }.of_length(64)
            }
            _ if COUNTING.contains(&name) => any,
            _ => made(all.length),
        }
    }

    /// The product of the figures in an array of sizes.
    fn product(&mut self, sizes: &SyntaxNode) -> u64 {
        let scope = Scope::default();
        let elements = sizes.descendants().find(|part| part.kind() == SyntaxKind::ARRAY_EXPR);
        match elements {
            Some(elements) => elements
                .children()
                .map(|size| self.expression(&size, &scope).value)
                .fold(1, u64::saturating_mul),
            None => UNKNOWN,
        }
    }
}
