//! The types that a statement names.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::{refusal::Refusal, touches::dotted, tree::not_understood};
use crate::TypeName;

/// The type that a node of the grammar names, if it names one.
pub(super) fn named(sql: &str, node: &SyntaxNode) -> Result<Option<TypeName>, Refusal> {
    let built_in = match node.kind() {
        SyntaxKind::PATH_TYPE => return by_name(sql, node).map(Some),
        SyntaxKind::PERCENT_TYPE => {
            let at = usize::from(node.text_range().start());
            return Err(not_understood(sql, at, "%TYPE has no meaning in a query"));
        }
        SyntaxKind::VARCHAR_TYPE => "varchar",
        SyntaxKind::CHARACTER_TYPE => "bpchar",
        SyntaxKind::BIT_TYPE => "bit",
        SyntaxKind::BIT_VARYING_TYPE => "varbit",
        SyntaxKind::DOUBLE_TYPE => "float8",
        SyntaxKind::TIME_TYPE if has_zone(node) => "timetz",
        SyntaxKind::TIME_TYPE => "time",
        SyntaxKind::TIMESTAMP_TYPE if has_zone(node) => "timestamptz",
        SyntaxKind::TIMESTAMP_TYPE => "timestamp",
        SyntaxKind::INTERVAL_TYPE => "interval",
        _ => return Ok(None),
    };
    Ok(Some(pg_catalog(built_in)))
}

fn by_name(sql: &str, node: &SyntaxNode) -> Result<TypeName, Refusal> {
    let at = usize::from(node.text_range().start());
    let unknown = || not_understood(sql, at, "this is not the name of a type");
    let path = node.children().find(|child| child.kind() == SyntaxKind::PATH_REF).ok_or_else(unknown)?;
    let is_bare_word = !path.text().to_string().contains(['"', '.']);
    let mut parts = dotted(sql, &path, &[SyntaxKind::PATH_SEGMENT_REF])?;
    let name = parts.pop().ok_or_else(unknown)?;
    let schema = parts.pop();
    Ok(match grammar_word(&name).filter(|_| is_bare_word) {
        Some(meant) => pg_catalog(meant),
        None => TypeName { schema, name },
    })
}

fn pg_catalog(name: &str) -> TypeName {
    TypeName { schema: Some("pg_catalog".to_owned()), name: name.to_owned() }
}

/// Bare words that the grammar turns into types of pg_catalog, whatever the search path.
fn grammar_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "int" | "integer" => "int4",
        "smallint" => "int2",
        "bigint" => "int8",
        "real" => "float4",
        "float" => "float8",
        "dec" | "decimal" | "numeric" => "numeric",
        "boolean" => "bool",
        "nchar" => "bpchar",
        _ => return None,
    })
}

fn has_zone(node: &SyntaxNode) -> bool {
    node.children().any(|child| child.kind() == SyntaxKind::WITH_TIMEZONE)
}
