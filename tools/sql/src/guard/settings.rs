//! Which settings a statement may be told.

use std::{collections::HashSet, sync::LazyLock};

use squawk_syntax::{SyntaxKind, SyntaxNode, ast::normalize_name_node};

use super::{literal, refusal::Refusal, tree::not_understood};
use crate::{grammar::has_token, names::truncated};

/// One name a line, in lower case.
const TOLD: &str = include_str!("settings.txt");

static SETTINGS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| TOLD.lines().filter(|line| !line.starts_with('#')).collect());

const INSTEAD: &str = "a setting that holds no path, command or secret, such as work_mem or server_version";

/// Refuses `SHOW` of anything but a setting that may be told.
pub(super) fn show(sql: &str, show: &SyntaxNode) -> Result<(), Refusal> {
    let at = usize::from(show.text_range().start());
    let shown = show.first_child().ok_or_else(|| not_understood(sql, at, "SHOW without a setting"))?;
    let at = usize::from(shown.text_range().start());
    match shown.kind() {
        SyntaxKind::TIME_ZONE
        | SyntaxKind::TRANSACTION_ISOLATION_LEVEL
        | SyntaxKind::SESSION_AUTHORIZATION => Ok(()),
        SyntaxKind::ALL => {
            let message = "SHOW ALL tells paths, commands and secrets too";
            Err(Refusal::at(sql, at, "setting", message, "SHOW of one setting by its name"))
        }
        SyntaxKind::CONFIG_PARAMETER_REF => {
            let segments = shown.descendants().filter(|node| node.kind() == SyntaxKind::PATH_SEGMENT_REF);
            let parts: Vec<String> = segments.map(|segment| normalize_name_node(&segment)).collect();
            told(sql, at, &parts.join("."))
        }
        _ => Err(not_understood(sql, at, "this is not a setting")),
    }
}

/// Refuses a setting that may not be told. Names of settings do not know upper and lower case.
pub(super) fn told(sql: &str, at: usize, name: &str) -> Result<(), Refusal> {
    if may_be_told(name) {
        return Ok(());
    }
    let message =
        "this setting is not told: it is not on the list of those that hold no path, command or secret";
    Err(Refusal::at(sql, at, "setting", message, INSTEAD))
}

fn may_be_told(name: &str) -> bool {
    SETTINGS.contains(name.to_ascii_lowercase().as_str())
}

/// Whether each read of the view of settings stands alone in its FROM, under a WHERE that names settings by constants.
pub(super) fn only_told_are_read(file: &SyntaxNode, view: &str) -> bool {
    let is_view = |reference: &SyntaxNode| {
        let name = reference.descendants().filter(|node| node.kind() == SyntaxKind::PATH_SEGMENT_REF).last();
        name.is_some_and(|name| truncated(normalize_name_node(&name)) == view)
    };
    file.descendants()
        .filter(|node| node.kind() == SyntaxKind::RELATION_NAME_REF && is_view(node))
        .all(|reference| names_told_settings(&reference).unwrap_or(false))
}

fn names_told_settings(reference: &SyntaxNode) -> Option<bool> {
    let item = reference.parent().filter(|item| item.kind() == SyntaxKind::RELATION_FROM_ITEM)?;
    let from = item.parent().filter(|from| from.kind() == SyntaxKind::FROM_CLAUSE)?;
    let select = from.parent().filter(|select| select.kind() == SyntaxKind::SELECT)?;
    let clause = select.children().find(|child| child.kind() == SyntaxKind::WHERE_CLAUSE)?;
    Some(from.children().count() == 1 && requires_told_settings(&clause.first_child()?))
}

fn requires_told_settings(condition: &SyntaxNode) -> bool {
    let mut sides = condition.children();
    let (Some(left), right, None) = (sides.next(), sides.next(), sides.next()) else { return false };
    let Some(right) = right else {
        return condition.kind() == SyntaxKind::PAREN_EXPR && requires_told_settings(&left);
    };
    let is_told = |value: &SyntaxNode| literal::text(value).is_some_and(|name| may_be_told(&name));
    if condition.kind() != SyntaxKind::BIN_EXPR {
        false
    } else if has_token(condition, SyntaxKind::AND_KW) {
        requires_told_settings(&left) || requires_told_settings(&right)
    } else if has_token(condition, SyntaxKind::EQ) {
        is_name(&left) && is_told(&right)
    } else if has_token(condition, SyntaxKind::IN_KW) {
        let listed = matches!(right.kind(), SyntaxKind::TUPLE_EXPR | SyntaxKind::PAREN_EXPR);
        is_name(&left) && listed && right.children().all(|value| is_told(&value))
    } else {
        false
    }
}

/// `name`, or `alias.name`.
fn is_name(column: &SyntaxNode) -> bool {
    let is_plain = column.kind() == SyntaxKind::NAME_REF
        || (column.kind() == SyntaxKind::FIELD_EXPR
            && column.children().all(|part| part.kind() == SyntaxKind::NAME_REF));
    let last = column.descendants().filter(|node| node.kind() == SyntaxKind::NAME_REF).last();
    is_plain && last.is_some_and(|name| normalize_name_node(&name) == "name")
}
