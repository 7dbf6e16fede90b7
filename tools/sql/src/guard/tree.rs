//! Reads PostgreSQL's own grammar (squawk-syntax) and refuses every part that is not part of a query.
//!
//! The rule is an absence: below the one statement there is no other statement than a query. Which kinds of node are
//! statements comes from the grammar, so a statement that the grammar learns later is refused without a change here.

use std::{ops::Range, sync::Arc};

use squawk_syntax::{
    SourceFile, SyntaxKind, SyntaxNode,
    ast::{AstNode, SelectVariant, Stmt, normalize_name_node},
};

use super::{
    admitted::{Admitted, Reading, StatementKind},
    caps::Bounded,
    foreign,
    lexer::{Token, TokenKind},
    operators,
    refusal::{Refusal, excerpt},
    settings,
    touches::Touches,
};
use crate::grammar::has_token;

pub(super) const READ_ONLY: &str = "one SELECT, VALUES, TABLE or WITH query that only reads";

/// What a statement is admitted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Run,
    /// Of planning alone, so changes of rows pass too.
    Plan,
}

pub(super) fn admit(bounded: &Bounded<'_>, purpose: Purpose) -> Result<Admitted, Refusal> {
    let sql = bounded.sql;
    foreign::shows(bounded)?;
    let first =
        bounded.tokens.tokens.first().and_then(|token| sql.get(token.range.clone())).unwrap_or_default();
    let may_change = purpose == Purpose::Plan && !first.eq_ignore_ascii_case("explain");
    if !(may_change && begins_a_change(first)) {
        starts_a_query(sql, first)?;
    }

    let parse = SourceFile::parse(sql);
    let file = parse.syntax_node();
    let kind = only_queries(bounded, &file, may_change)?;
    // The check for errors parses function bodies too, so it comes after everything but queries was refused.
    if let Some(error) = parse.errors().first() {
        let at = usize::from(error.range().start());
        return Err(syntax_error(bounded, at));
    }
    let root = one_root(sql, &file)?;
    agrees(bounded, &file)?;
    if kind == StatementKind::Show {
        settings::show(sql, &root)?;
    }

    let touches = Touches::read(sql, &file)?;
    let start = bounded.tokens.tokens.first().map_or(0, |token| token.range.start);
    Ok(Admitted(Arc::new(Reading {
        sql: sql.get(start..).unwrap_or(sql).to_owned(),
        kind,
        functions: touches.functions(),
        calls: touches.calls.into_iter().collect(),
        attributes: touches.attributes.into_iter().collect(),
        relations: touches.relations.into_iter().collect(),
        targets: touches.targets.into_iter().collect(),
        operators: operators::signs(sql, &bounded.tokens.tokens).into_iter().collect(),
        types: touches.types.into_iter().collect(),
        has_star: touches.has_star,
        parameters: touches.parameters,
    })))
}

/// In PostgreSQL's words, since the parser's are about its own productions.
fn syntax_error(bounded: &Bounded<'_>, at: usize) -> Refusal {
    const MENDED: &str = "the statement with its syntax mended";
    let text = |token: &Token| bounded.sql.get(token.range.clone()).unwrap_or_default();
    let mut open = Vec::new();
    for token in &bounded.tokens.tokens {
        match text(token) {
            "(" => open.push(token.range.start),
            ")" => drop(open.pop()),
            _ => {}
        }
    }
    let refuse = |at, message: String| Refusal::at(bounded.sql, at, "syntax_error", message, MENDED);
    if let Some(refusal) = foreign::syntax(bounded, at) {
        return refusal;
    }
    if let Some(bracket) = open.pop() {
        return refuse(bracket, "a ')' is missing: the bracket that opens here is never closed".to_owned());
    }
    let tokens = &bounded.tokens.tokens;
    match (tokens.iter().find(|token| token.range.end > at), tokens.last()) {
        (Some(token), _) => {
            let near = excerpt(text(token));
            refuse(token.range.start, format!("syntax error at or near \"{near}\""))
        }
        (None, Some(last)) => refuse(
            last.range.start,
            format!("syntax error at the end of the statement, after \"{}\"", excerpt(text(last))),
        ),
        (None, None) => refuse(0, "syntax error at the end of the statement".to_owned()),
    }
}

pub(super) fn not_understood(sql: &str, at: usize, why: &str) -> Refusal {
    let message = format!("the statement is not understood here: {why}");
    Refusal::at(
        sql,
        at,
        "syntax_error",
        message,
        "the statement with its syntax mended; check it against PostgreSQL's manual",
    )
}

fn begins_a_change(first: &str) -> bool {
    ["insert", "update", "delete", "merge"].iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Nothing else is handed to the parser: its checks go into bodies of functions, which the caps did not look into.
fn starts_a_query(sql: &str, first: &str) -> Result<(), Refusal> {
    let word = first.to_ascii_lowercase();
    let at = sql.find(first).unwrap_or(0);
    match word.as_str() {
        "select" | "values" | "table" | "with" | "(" | "explain" | "show" => Ok(()),
        "insert" | "update" | "delete" | "merge" | "truncate" | "create" | "alter" | "drop" | "grant"
        | "revoke" | "comment" | "vacuum" | "analyze" | "analyse" | "cluster" | "reindex" | "refresh"
        | "import" | "security" | "reassign" => {
            let message = format!("{} changes the database", word.to_uppercase());
            Err(Refusal::at(sql, at, "not_read_only", message, READ_ONLY))
        }
        "copy" => {
            let message = "COPY moves data past the limits: use SELECT";
            Err(Refusal::at(sql, at, "not_read_only", message, READ_ONLY))
        }
        "do" | "call" | "execute" => {
            let message = format!("{} runs code that can't be read from here", word.to_uppercase());
            Err(Refusal::at(sql, at, "not_read_only", message, READ_ONLY))
        }
        _ => Err(Refusal::at(sql, at, "statement_kind", unknown(&word), READ_ONLY)),
    }
}

/// What was meant by a first word that begins no query.
fn unknown(word: &str) -> String {
    match word {
        "describe" | "desc" | "\\" | "use" | "pragma" => {
            format!("{word} is a command of a client, not SQL: describe_schema tells tables and columns")
        }
        _ if misspells_select(word) => format!("unknown word {word}: did you mean SELECT?"),
        _ => "this is not a statement that is known to only read".to_owned(),
    }
}

/// One letter is missing, too many or another one, or two changed places.
fn misspells_select(word: &str) -> bool {
    const MEANT: &str = "select";
    let same_ends = |a: &str, b: &str| {
        let before = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
        let after = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count();
        before + after
    };
    let same = same_ends(word, MEANT);
    match word.len() {
        5 => same >= 5,
        6 => same >= 5 || (same == 4 && sorted(word) == sorted(MEANT)),
        7 => same >= 6,
        _ => false,
    }
}

fn sorted(word: &str) -> Vec<u8> {
    let mut letters = word.as_bytes().to_vec();
    letters.sort_unstable();
    letters
}

/// Walks every node; what the statement is, if there is nothing in it but queries, and changes of rows where they may be.
fn only_queries(
    bounded: &Bounded<'_>,
    file: &SyntaxNode,
    may_change: bool,
) -> Result<StatementKind, Refusal> {
    let sql = bounded.sql;
    let mut kind = StatementKind::Query;
    for node in file.descendants() {
        let at = usize::from(node.text_range().start());
        let is_root = node.parent().is_some_and(|parent| parent == *file);
        let refuse = |rule, message: &str, allowed| Err(Refusal::at(sql, at, rule, message, allowed));
        match node.kind() {
            SyntaxKind::EXPLAIN if is_root => {
                kind = StatementKind::Explain { analyze: runs_the_query(&node) }
            }
            SyntaxKind::SHOW if is_root => kind = StatementKind::Show,
            SyntaxKind::ERROR => return Err(syntax_error(bounded, at)),
            SyntaxKind::SELECT_INTO | SyntaxKind::INTO_CLAUSE => {
                return refuse("select_into", "SELECT INTO creates a table", "the same query without INTO");
            }
            SyntaxKind::LOCKING_CLAUSE
            | SyntaxKind::INSERT
            | SyntaxKind::UPDATE
            | SyntaxKind::DELETE
            | SyntaxKind::MERGE
                if may_change =>
            {
                kind = StatementKind::Change;
            }
            SyntaxKind::LOCKING_CLAUSE => {
                return refuse(
                    "locking_clause",
                    "FOR UPDATE and FOR SHARE lock rows, which is a write",
                    "the same query without the locking clause",
                );
            }
            SyntaxKind::INSERT | SyntaxKind::UPDATE | SyntaxKind::DELETE | SyntaxKind::MERGE => {
                return if is_root {
                    refuse("not_read_only", "this statement changes rows", READ_ONLY)
                } else {
                    refuse(
                        "data_modifying_cte",
                        "INSERT, UPDATE, DELETE and MERGE change rows wherever they stand",
                        "a query whose every part only reads",
                    )
                };
            }
            SyntaxKind::NON_STANDARD_PARAM => {
                return refuse(
                    "parameter_style",
                    "parameters are written $1, $2 and so on",
                    "numbered parameters",
                );
            }
            SyntaxKind::GRAPH_TABLE_FROM_ITEM => {
                return refuse("statement_kind", "GRAPH_TABLE is not known to only read", READ_ONLY);
            }
            SyntaxKind::CAST_EXPR if has_token(&node, SyntaxKind::TREAT_KW) => {
                return refuse(
                    "treat",
                    "TREAT(… AS name) calls the built-in function of that name, whatever it is",
                    "CAST(… AS type), or the function called by its name",
                );
            }
            SyntaxKind::OPERATOR_CALL => plain_operator(sql, &node)?,
            other if Stmt::can_cast(other) && !SelectVariant::can_cast(other) => {
                return refuse(
                    "statement_kind",
                    "this is not a statement that is known to only read",
                    READ_ONLY,
                );
            }
            _ => {}
        }
    }
    Ok(kind)
}

/// Exactly one statement stands directly under the root.
fn one_root(sql: &str, file: &SyntaxNode) -> Result<SyntaxNode, Refusal> {
    let mut roots = file.children();
    match (roots.next(), roots.next()) {
        (Some(root), None) if Stmt::can_cast(root.kind()) => Ok(root),
        (_, second) => {
            let at = second.map_or(0, |node| usize::from(node.text_range().start()));
            Err(not_understood(sql, at, "this is not one statement"))
        }
    }
}

/// `ANALYZE` in any spelling, unless it is plainly switched off everywhere it is named.
fn runs_the_query(explain: &SyntaxNode) -> bool {
    if explain.children().any(|child| child.kind() == SyntaxKind::EXPLAIN_ANALYZE) {
        return true;
    }
    let is_off = |value: SyntaxNode| {
        let value = value.text().to_string().to_ascii_lowercase();
        matches!(value.trim_matches(['\'', '"']), "off" | "false" | "0")
    };
    explain.descendants().filter(|node| node.kind() == SyntaxKind::EXPLAIN_OPTION).any(|option| {
        let part = |kind| option.children().find(|child| child.kind() == kind);
        let name = part(SyntaxKind::EXPLAIN_OPTION_NAME).map(|name| normalize_name_node(&name));
        let names_it = matches!(name.as_deref(), Some("analyze" | "analyse"));
        names_it && !part(SyntaxKind::EXPLAIN_OPTION_VALUE).is_some_and(is_off)
    })
}

/// `OPERATOR(schema.op)` reaches any operator, and an operator is a function: only the built-in schema is let through.
fn plain_operator(sql: &str, call: &SyntaxNode) -> Result<(), Refusal> {
    for path in call.descendants().filter(|node| node.kind() == SyntaxKind::PATH_SEGMENT_REF) {
        let is_empty = path.text_range().is_empty();
        if !is_empty && normalize_name_node(&path) != "pg_catalog" {
            let at = usize::from(path.text_range().start());
            let message = "an operator of another schema than pg_catalog can run any function";
            let allowed = "the operator by its sign alone, or OPERATOR(pg_catalog.…)";
            return Err(Refusal::at(sql, at, "operator_schema", message, allowed));
        }
    }
    Ok(())
}

/// The second witness: both lexers saw the same strings, quoted names and comments at the same places.
fn agrees(bounded: &Bounded<'_>, file: &SyntaxNode) -> Result<(), Refusal> {
    let ours_opaque = bounded
        .tokens
        .tokens
        .iter()
        .filter(|token| matches!(token.kind, TokenKind::Text | TokenKind::QuotedName))
        .map(|token| &token.range);
    let mut ours: Vec<Range<usize>> = ours_opaque.chain(&bounded.tokens.comments).cloned().collect();
    ours.sort_by_key(|range| range.start);

    let theirs: Vec<Range<usize>> = file
        .descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .filter(|token| match token.kind() {
            SyntaxKind::COMMENT
            | SyntaxKind::STRING
            | SyntaxKind::ESC_STRING
            | SyntaxKind::BIT_STRING
            | SyntaxKind::BYTE_STRING
            | SyntaxKind::NATIONAL_STRING
            | SyntaxKind::UNICODE_ESC_STRING
            | SyntaxKind::DOLLAR_QUOTED_STRING => true,
            SyntaxKind::IDENT => token.text().ends_with('"'),
            _ => false,
        })
        .map(|token| token.text_range().into())
        .collect();

    if ours == theirs {
        return Ok(());
    }
    let differs = ours.iter().zip(&theirs).find(|(mine, other)| mine != other).map(|(mine, _)| mine.start);
    let at = differs.or_else(|| ours.get(theirs.len()).map(|range| range.start)).unwrap_or(0);
    Err(not_understood(bounded.sql, at, "a string, name or comment can be read in two ways"))
}
