//! Which settings a statement may be told.

use std::{collections::HashSet, sync::LazyLock};

use squawk_syntax::{SyntaxKind, SyntaxNode, ast::normalize_name_node};

use super::{refusal::Refusal, tree::not_understood};

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
    if SETTINGS.contains(name.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    let message =
        "this setting is not told: it is not on the list of those that hold no path, command or secret";
    Err(Refusal::at(sql, at, "setting", message, INSTEAD))
}
