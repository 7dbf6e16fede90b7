//! What a query names: functions, relations and parameters.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
};

use squawk_syntax::{SyntaxKind, SyntaxNode, SyntaxToken, ast::normalize_name_node};

use super::{
    admitted::FunctionCall,
    arguments::{self, Bounds},
    builtin::{self, Standing},
    expansion::Expansion,
    growth,
    refusal::Refusal,
    relations,
    tree::not_understood,
    types,
};
use crate::{
    FunctionName, RelationName, TypeName,
    grammar::{self, SESSION_VALUES, has_token, with_clause_over},
    names::truncated,
};

/// Called like functions, but part of the grammar: there is no function behind the bare word.
const SYNTAX: &[&str] = &["coalesce", "greatest", "grouping", "least", "nullif", "row", "xmlconcat"];

#[derive(Debug, Default)]
pub(super) struct Touches {
    pub(super) calls: BTreeSet<FunctionCall>,
    pub(super) attributes: BTreeSet<String>,
    pub(super) relations: BTreeSet<RelationName>,
    /// Those whose rows would be changed.
    pub(super) targets: BTreeSet<RelationName>,
    pub(super) types: BTreeSet<TypeName>,
    pub(super) has_star: bool,
    pub(super) parameters: u16,
    bounds: Bounds,
    expansion: Expansion,
    /// The WITH clauses read so far, by where they start.
    clauses: HashMap<usize, WithClause>,
}

impl Touches {
    pub(super) fn read(sql: &str, file: &SyntaxNode) -> Result<Self, Refusal> {
        let mut touches = Self::default();
        for element in file.descendants_with_tokens() {
            if let Some(token) = element.as_token() {
                touches.parameter(sql, token)?;
            } else if let Some(node) = element.as_node() {
                match node.kind() {
                    SyntaxKind::CALL_EXPR => touches.call(sql, node)?,
                    SyntaxKind::FIELD_EXPR => touches.attribute(sql, node)?,
                    SyntaxKind::RELATION_NAME_REF => touches.relation(sql, node)?,
                    SyntaxKind::INSERT | SyntaxKind::UPDATE | SyntaxKind::DELETE | SyntaxKind::MERGE => {
                        touches.target(sql, node)?
                    }
                    _ => {}
                }
                touches.bounds.node(sql, node)?;
                touches.expansion.node(node);
                touches.types.extend(types::named(sql, node)?);
                touches.has_star |= asks_for_all_columns(node);
            }
        }
        touches.bounds.check(sql)?;
        growth::check(sql, file)?;
        touches.expansion.check(sql)?;
        relations::only_figures(sql, file, &touches)?;
        relations::only_told_settings(sql, file, &touches)?;
        Ok(touches)
    }

    /// The functions called, each once.
    pub(super) fn functions(&self) -> Vec<FunctionName> {
        let mut functions: Vec<_> = self.calls.iter().map(|call| call.function.clone()).collect();
        functions.dedup();
        functions
    }

    fn parameter(&mut self, sql: &str, token: &SyntaxToken) -> Result<(), Refusal> {
        if token.kind() != SyntaxKind::POSITIONAL_PARAM {
            return Ok(());
        }
        match token.text().trim_start_matches('$').parse::<u16>() {
            Ok(number) if number > 0 => {
                self.parameters = self.parameters.max(number);
                Ok(())
            }
            _ => {
                let at = usize::from(token.text_range().start());
                let message = "parameters are numbered from $1 to $65535";
                Err(Refusal::at(sql, at, "parameter_number", message, "a number in that range"))
            }
        }
    }

    fn call(&mut self, sql: &str, call: &SyntaxNode) -> Result<(), Refusal> {
        let at = usize::from(call.text_range().start());
        let unknown = || not_understood(sql, at, "this is not a call by name");
        let callee = call.first_child().ok_or_else(unknown)?;
        if !matches!(callee.kind(), SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR) {
            // EXISTS, EXTRACT, TRIM and the like: the grammar has a node of its own for each.
            let has_own_node = callee.text_range() == call.text_range();
            if let Some(name) = looked_up(callee.kind()) {
                let function = FunctionName { schema: None, name: name.to_owned() };
                self.calls.insert(FunctionCall { function, arguments: None });
            }
            return if has_own_node { Ok(()) } else { Err(unknown()) };
        }
        let is_bare_word = callee.kind() == SyntaxKind::NAME_REF && !callee.text().to_string().contains('"');
        let mut parts = dotted(sql, &callee, &[SyntaxKind::NAME_REF])?;
        let name = parts.pop().ok_or_else(unknown)?;
        if is_bare_word && SYNTAX.contains(&name.as_str()) {
            return Ok(());
        }
        let function = FunctionName { schema: parts.pop(), name };
        let standing = builtin::standing(&function);
        arguments::may_be_called(sql, at, &function.name, standing)?;
        if standing == Standing::Allowed {
            self.bounds.call(sql, call, &function.name)?;
        }
        self.calls.insert(FunctionCall { function, arguments: argument_count(call) });
        Ok(())
    }

    /// `value.name` calls a function where there is no such column. Names that only a call could mean are refused here,
    /// the others are for the catalogue to tell apart.
    fn attribute(&mut self, sql: &str, field: &SyntaxNode) -> Result<(), Refusal> {
        let is_callee =
            field.ancestors().take_while(|outer| outer.kind() == SyntaxKind::FIELD_EXPR).last().is_some_and(
                |outermost| {
                    outermost.parent().is_some_and(|parent| {
                        parent.kind() == SyntaxKind::CALL_EXPR
                            && parent.first_child().as_ref() == Some(&outermost)
                    })
                },
            );
        let name = field.children().filter(|child| child.kind() == SyntaxKind::NAME_REF).last();
        let Some(name) = name.filter(|_| !is_callee) else { return Ok(()) };
        let at = usize::from(name.text_range().start());
        let name = truncated(normalize_name_node(&name));
        match builtin::by_name(&name) {
            // A column may have such a name, and no value of a query fits such a function.
            Standing::Refused(group) if group.id == "internal" => {}
            standing => arguments::may_be_called(sql, at, &name, standing)?,
        }
        self.bounds.attribute(sql, at, &name)?;
        self.attributes.insert(name);
        Ok(())
    }

    fn relation(&mut self, sql: &str, reference: &SyntaxNode) -> Result<(), Refusal> {
        let at = usize::from(reference.text_range().start());
        let relation = named_relation(sql, reference)?;
        let is_bare = relation.schema.is_none();
        let is_bare_word = is_bare && !reference.text().to_string().contains('"');
        let is_value = is_bare_word && SESSION_VALUES.contains(&relation.name.as_str());
        let defined = if is_bare { self.cte(reference, &relation.name) } else { None };
        self.expansion.relation(reference, defined);
        if !is_value && defined.is_none() {
            relations::check(sql, at, &relation)?;
            self.relations.insert(relation);
        }
        Ok(())
    }

    /// What a change is of: always a table, also where a common table expression has its name.
    fn target(&mut self, sql: &str, change: &SyntaxNode) -> Result<(), Refusal> {
        let at = usize::from(change.text_range().start());
        let is_name = |node: &SyntaxNode| {
            matches!(node.kind(), SyntaxKind::RELATION_NAME_REF | SyntaxKind::TABLE_NAME_REF)
        };
        let named = change.children().find_map(|child| child.descendants().find(is_name));
        let named = named.ok_or_else(|| not_understood(sql, at, "what it changes is not named"))?;
        let relation = named_relation(sql, &named)?;
        relations::check(sql, usize::from(named.text_range().start()), &relation)?;
        self.targets.insert(relation.clone());
        self.relations.insert(relation);
        Ok(())
    }

    /// Where the common table expression ends that a bare name means where it stands, if it means one.
    ///
    /// A name that is only defined further out, later, or elsewhere still means a table: `with t as (select * from t) …`
    /// reads the real `t`.
    fn cte(&mut self, reference: &SyntaxNode, name: &str) -> Option<usize> {
        let at = usize::from(reference.text_range().start());
        reference.ancestors().skip(1).filter_map(|outer| with_clause_over(&outer)).find_map(|with| {
            let clause = self
                .clauses
                .entry(with.text_range().start().into())
                .or_insert_with(|| WithClause::read(&with));
            clause.defines(at, name)
        })
    }
}

fn named_relation(sql: &str, reference: &SyntaxNode) -> Result<RelationName, Refusal> {
    let at = usize::from(reference.text_range().start());
    let mut parts = dotted(sql, reference, &[SyntaxKind::PATH_SEGMENT_REF])?;
    let name = parts.pop().ok_or_else(|| not_understood(sql, at, "a relation's name is missing"))?;
    Ok(RelationName { schema: parts.pop(), name })
}

/// The function that a node of the grammar's own looks up on the search path; the others mean those of pg_catalog.
fn looked_up(node: SyntaxKind) -> Option<&'static str> {
    match node {
        SyntaxKind::SUBSTRING_FN => Some("substring"),
        SyntaxKind::OVERLAY_FN => Some("overlay"),
        _ => None,
    }
}

fn argument_count(call: &SyntaxNode) -> Option<u16> {
    let mut count = 0;
    for part in call.children() {
        match part.kind() {
            SyntaxKind::WITHIN_CLAUSE => return None,
            SyntaxKind::ARG_LIST => {
                for (_, is_variadic) in grammar::arguments(&part) {
                    count = if is_variadic { return None } else { count + 1 };
                }
            }
            _ => {}
        }
    }
    Some(count)
}

/// `*`, `t.*`, `(value).*` and `TABLE t`; not the star of `count(*)`.
fn asks_for_all_columns(node: &SyntaxNode) -> bool {
    match node.kind() {
        SyntaxKind::TABLE => true,
        SyntaxKind::TARGET | SyntaxKind::FIELD_EXPR => has_token(node, SyntaxKind::STAR),
        _ => false,
    }
}

/// The parts of a dotted name, decoded as PostgreSQL decodes them; at most `catalog.schema.name`.
pub(super) fn dotted(sql: &str, name: &SyntaxNode, parts: &[SyntaxKind]) -> Result<Vec<String>, Refusal> {
    let at = usize::from(name.text_range().start());
    let segments = name.descendants().filter(|node| parts.contains(&node.kind()));
    let decoded: Vec<String> = segments.map(|segment| truncated(normalize_name_node(&segment))).collect();
    let has_other_parts = name.descendants().any(|node| {
        let is_dotting = matches!(
            node.kind(),
            SyntaxKind::FIELD_EXPR
                | SyntaxKind::PATH_REF
                | SyntaxKind::RELATION_NAME_REF
                | SyntaxKind::TABLE_NAME_REF
        );
        !is_dotting && !parts.contains(&node.kind())
    });
    if has_other_parts || decoded.is_empty() || decoded.len() > 3 || decoded.iter().any(String::is_empty) {
        return Err(not_understood(sql, at, "this is not a name"));
    }
    Ok(decoded)
}

/// The names that one WITH clause defines.
#[derive(Debug)]
struct WithClause {
    range: Range<usize>,
    is_recursive: bool,
    /// Each name with the place where it is defined.
    ends: HashMap<String, usize>,
}

impl WithClause {
    fn read(with: &SyntaxNode) -> Self {
        let mut ends = HashMap::new();
        for table in with.children().filter(|table| table.kind() == SyntaxKind::WITH_TABLE) {
            if let Some(name) = table.children().find(|child| child.kind() == SyntaxKind::CTE_NAME) {
                ends.entry(truncated(normalize_name_node(&name))).or_insert(table.text_range().end().into());
            }
        }
        let is_recursive = has_token(with, SyntaxKind::RECURSIVE_KW);
        Self { range: with.text_range().into(), is_recursive, ends }
    }

    /// Without RECURSIVE a table of the clause sees those before it only.
    fn defines(&self, at: usize, name: &str) -> Option<usize> {
        let reads_inside = self.range.contains(&at);
        let is_visible = |end: &usize| self.is_recursive || !reads_inside || *end <= at;
        self.ends.get(name).copied().filter(is_visible)
    }
}
