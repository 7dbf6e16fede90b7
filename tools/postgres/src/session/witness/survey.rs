//! What a statement reaches, found step by step from its names and judged as it is found. Holds no connection: the catalogue's
//! answers are given to it, and it says what to ask next.
//!
//! ```text
//!   names ─▶ relations ─▶ queries of views, policies, partitions, columns' types ─┐
//!            functions ─▶ what they take and give ─▶ types ─▶ parts, checks, I/O  ├─▶ more of all kinds, until there
//!            operators, casts, sort orders, as far as values of their types exist ┘    is nothing new
//! ```

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use pgwright_sql::guard::Admitted;
use pgwright_sql::guard::builtin::{Standing, by_name};
use pgwright_sql::quote_identifier;

use super::catalogue::{
    Called, Class, FIRST_OF_USERS, Facts, FunctionFacts, Named, Names, Relation, RelationFacts, TypeFacts,
    UnnamedFacts,
};
use super::denial::{Denial, shown};
use super::expression::Mentioned;
use super::out_of_reach::OutOfReach;
use crate::reach::{Reach, only_varies};

/// What is looked at of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Its names, and whatever they could mean.
    Names,
    /// What parsing it would run: how the types that a literal may be taken for read their values. Nothing else is judged.
    Literals,
    /// What PostgreSQL took it for.
    Tree,
}

/// What the statement names that leads to something; nothing where the statement names that itself.
type Via = Option<Arc<str>>;

/// OIDs to look up.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) relations: Vec<WantedRelation>,
    pub(super) functions: Vec<WantedFunction>,
    pub(super) operators: Vec<u32>,
    pub(super) casts: Vec<u32>,
    pub(super) sortings: Vec<u32>,
    pub(super) types: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct WantedRelation {
    pub(super) oid: u32,
    /// With whose rights it is read; 0 is the session's own role.
    pub(super) role: u32,
    via: Via,
}

#[derive(Debug)]
pub(super) struct WantedFunction {
    pub(super) oid: u32,
    role: Use,
    via: Via,
}

/// How a function comes into play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Use {
    /// The statement calls one of that name; which one, the types decide.
    Named,
    /// The statement has a field of that name.
    Field,
    /// An expression in the catalogue calls it.
    Called,
    /// An expression in the catalogue converts a value by it.
    Converts,
    /// It serves a type or an aggregate.
    Support,
}

impl Wanted {
    /// What PostgreSQL's own reading leads to and the catalogue does not show us was made meanwhile.
    fn all_found_in(&self, facts: &Facts) -> Result<(), OutOfReach> {
        let relations: HashSet<u32> = facts.relations.iter().map(|found| found.relation.oid).collect();
        let functions: HashSet<u32> = facts.functions.iter().map(|found| found.called.oid).collect();
        let types: HashSet<u32> = facts.types.iter().map(|found| found.oid).collect();
        let missing = (self.relations.iter().map(|wanted| wanted.oid).filter(|oid| !relations.contains(oid)))
            .chain(self.functions.iter().map(|wanted| wanted.oid).filter(|oid| !functions.contains(oid)))
            .chain(self.types.iter().copied().filter(|oid| !types.contains(oid)))
            .next();
        match missing {
            Some(oid) => {
                Err(OutOfReach::disagreement(format!("what has the OID {oid} is not in the catalogue")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let Self { relations, functions, operators, casts, sortings, types } = self;
        relations.is_empty()
            && functions.is_empty()
            && [operators, casts, sortings, types].iter().all(|oids| oids.is_empty())
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum Seen {
    Relation { oid: u32, role: u32 },
    Function { oid: u32, role: Use },
    Operator(u32),
}

/// What is allowed in place of what is refused, where nothing better can be said.
pub(super) const WITHOUT: &str = "the same question asked without it";

/// Text operators of these signs are built in, so a literal on both sides is taken for text.
const TEXT_SIGNS: &[&str] = &[
    "=", "<>", "<", "<=", ">", ">=", "||", "~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*", "^@", "~<~",
    "~<=~", "~>~", "~>=~",
];

/// `anyelement`, `anyarray` and their like.
const ANY_TYPE: &[u32] = &[2277, 2283, 2776, 3500, 3831, 4537, 4538, 5077, 5078, 5079, 5080];

/// `json`, `jsonb`.
const JSON: &[u32] = &[114, 3802];

/// Words that find a type common to several expressions, and take a literal or a row for it.
const MAKES_ROWS: &[&str] = &[
    "array",
    "case",
    "coalesce",
    "except",
    "greatest",
    "in",
    "intersect",
    "least",
    "nullif",
    "union",
    "values",
];

/// Whether a word stands anywhere in a statement, be it in a literal; a keyword has no other spelling.
fn has_word(sql: &str, words: &[&str]) -> bool {
    sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| words.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)))
}

fn mentions_json(sql: &Admitted) -> bool {
    let says_json = |text: &str| text.to_ascii_lowercase().contains("json");
    says_json(sql.sql()) || sql.functions().iter().any(|function| says_json(&function.name))
}

#[derive(Debug)]
pub(super) struct Survey<'a> {
    database: &'a str,
    reach: &'a Reach,
    reading: Reading,
    /// The statement calls functions or names types, so it can convert values without an implicit cast.
    converts: bool,
    /// The statement calls something that can take a literal for a value of any type in play.
    makes_values: bool,
    /// The trees of domains' constraints that were not looked into: a domain is checked when a value of it is made, not
    /// when one is read.
    checks: Vec<(u32, String, Via)>,
    /// The statement has literals whose type PostgreSQL finds, or parameters.
    has_literals: bool,
    /// The statement has syntax that can take a literal or a row for a value of a row or array type.
    makes_rows: bool,
    /// What values of a type are made of, as far as it is known.
    contains: BTreeMap<u32, Vec<u32>>,
    /// Types of which a literal may be read without being named: those of columns and of operators' operands.
    whole: BTreeSet<u32>,
    /// Types whose values are made with those of a type that contains them.
    made: BTreeSet<u32>,
    /// Something is put together by `union`, so planning looks at the checks of its tables.
    appends: bool,
    /// The trees of tables' checks that planning looks at only for `union`.
    table_checks: Vec<(String, u32, Via)>,
    /// The types, those built in among them, that trees mention, and those of the columns of `union`.
    mentioned: BTreeSet<u32>,
    united: BTreeSet<u32>,
    /// Something writes JSON.
    writes_json: bool,
    /// The relations that the statement names.
    named: BTreeSet<u32>,
    seen: HashSet<Seen>,
    /// The types, besides those that are built in, of which there are values.
    in_play: BTreeSet<u32>,
    /// What there may be no values for.
    operators: Vec<Named>,
    casts: Vec<Named>,
    sortings: Vec<Named>,
    functions: Vec<(FunctionFacts, Use)>,
    /// Every implicit cast that users made, from which type to which.
    implicit: Vec<(u32, u32)>,
    wanted: Wanted,
}

impl<'a> Survey<'a> {
    pub(super) fn new(database: &'a str, reach: &'a Reach, sql: &Admitted, reading: Reading) -> Self {
        Self {
            database,
            reach,
            reading,
            converts: !sql.functions().is_empty() || !sql.types().is_empty(),
            makes_values: false,
            checks: Vec::new(),
            has_literals: sql.sql().contains(['\'', '$']),
            makes_rows: has_word(sql.sql(), MAKES_ROWS),
            contains: BTreeMap::new(),
            whole: BTreeSet::new(),
            made: BTreeSet::new(),
            appends: reading == Reading::Names && has_word(sql.sql(), &["except", "intersect", "union"]),
            table_checks: Vec::new(),
            mentioned: BTreeSet::new(),
            united: BTreeSet::new(),
            writes_json: reading == Reading::Names && mentions_json(sql),
            named: BTreeSet::new(),
            seen: HashSet::new(),
            in_play: BTreeSet::new(),
            operators: Vec::new(),
            casts: Vec::new(),
            sortings: Vec::new(),
            functions: Vec::new(),
            implicit: Vec::new(),
            wanted: Wanted::default(),
        }
    }

    /// The relations that the statement names, as the search path leads to them.
    pub(super) fn into_named(self) -> BTreeSet<u32> {
        self.named
    }

    /// Takes in what the names lead to; says what to look up.
    pub(super) fn names(&mut self, names: Names) -> Result<Wanted, OutOfReach> {
        for named in names.relations {
            self.denial().of(&named.relation, None)?;
            self.named.insert(named.relation.oid);
            self.in_play.extend(named.row_types);
            if !named.is_plain {
                self.want_relation(named.relation.oid, 0, None);
            }
        }
        for named in names.others {
            match self.reading {
                Reading::Names => self.name(named),
                Reading::Literals => self.literals(&named),
                Reading::Tree => self.unwritten(named),
            }
        }
        self.settle()
    }

    /// Takes in the tree that PostgreSQL made of the statement, besides what its names lead to.
    pub(super) fn tree(&mut self, tree: &str, names: Names) -> Result<Wanted, OutOfReach> {
        self.expression(tree, 0, &None);
        self.named.extend(self.wanted.relations.iter().map(|wanted| wanted.oid));
        self.names(Names { relations: Vec::new(), ..names })
    }

    fn name(&mut self, named: Named) {
        match named.class {
            Class::Function => self.want_function(named.oid, Use::Named, None),
            Class::Field => self.want_function(named.oid, Use::Field, None),
            Class::Type => {
                // Named as a function or a field it may be a cast as well.
                self.converts = true;
                self.make(named.oid);
            }
            Class::Operator => {
                self.makes_values |= named.operands.iter().any(|oid| ANY_TYPE.contains(oid));
                self.operators.push(named);
            }
            Class::Maker => self.makes_values = true,
            Class::Sorting | Class::Cast { .. } => self.unwritten(named),
        }
    }

    /// Whatever the name may mean, a literal beside or inside it may be taken for a value of its types.
    fn literals(&mut self, named: &Named) {
        self.makes_values |= named.class == Class::Maker;
        // The name of a type is that of its arrays, too.
        if named.class == Class::Type {
            self.make(named.oid);
        }
        if matches!(named.class, Class::Function | Class::Field | Class::Operator) {
            let types = named.operands.iter().chain([&named.gives]);
            self.whole.extend(types.clone());
            types.for_each(|&oid| self.play(oid));
        }
    }

    /// What runs without being written, where there are values for it.
    fn unwritten(&mut self, named: Named) {
        match named.class {
            Class::Sorting => self.sortings.push(named),
            Class::Cast { is_implicit, calls } => {
                if let (true, &[source, target]) = (is_implicit, named.operands.as_slice()) {
                    self.implicit.push((source, target));
                }
                if calls {
                    self.casts.push(named);
                }
            }
            Class::Function | Class::Field | Class::Operator | Class::Type | Class::Maker => {}
        }
    }

    /// Takes in what was looked up; says what to look up next.
    pub(super) fn facts(&mut self, asked: &Wanted, facts: Facts) -> Result<Wanted, OutOfReach> {
        asked.all_found_in(&facts)?;
        for relation in &facts.relations {
            // Read with the rights of several roles it was asked for several times, and answered as often.
            for wanted in asked.relations.iter().filter(|wanted| wanted.oid == relation.relation.oid) {
                self.relation(relation, wanted)?;
            }
        }
        for function in facts.functions {
            self.function(function, asked)?;
        }
        for unnamed in &facts.unnamed {
            self.unnamed(unnamed)?;
        }
        for kind in &facts.types {
            self.kind(kind)?;
        }
        self.settle()
    }

    fn relation(&mut self, facts: &RelationFacts, wanted: &WantedRelation) -> Result<(), OutOfReach> {
        let relation = &facts.relation;
        self.denial().of(relation, wanted.via.as_ref())?;
        for (schema, name) in &facts.parents {
            let parent = Relation { schema: schema.clone(), name: name.clone(), ..relation.clone() };
            self.denial().by_list(&parent, wanted.via.as_ref())?;
        }
        facts.types.iter().for_each(|&oid| self.play(oid));
        if self.reading != Reading::Tree {
            self.whole.extend(&facts.types);
        }
        if self.reading == Reading::Literals {
            return Ok(());
        }
        let itself = || -> Via {
            let what = if relation.kind == "v" { "view" } else { "table" };
            Some(wanted.via.clone().unwrap_or_else(|| format!("{what} {}", shown(relation)).into()))
        };
        for &child in &facts.children {
            self.want_relation(child, wanted.role, itself());
        }
        self.wanted.sortings.extend(facts.keys.iter().chain(&facts.index_keys));
        for tree in facts.key_expressions.iter().chain(&facts.computed) {
            self.expression(tree, wanted.role, &itself());
        }
        for tree in &facts.table_checks {
            if facts.is_excluded_by_checks {
                self.expression(tree, wanted.role, &itself());
            } else {
                self.table_checks.push((tree.clone(), wanted.role, itself()));
            }
        }
        // A view of an extension is part of what was allowed with it.
        if facts.extension.as_deref().is_none_or(|extension| !self.reach.allows_extension(extension)) {
            for tree in &facts.queries {
                self.expression(tree, facts.reads_as, &itself());
            }
        }
        if !facts.policies.is_empty() {
            let policies: Via = match &wanted.via {
                Some(via) => Some(Arc::clone(via)),
                None => Some(format!("a row security policy of {}", shown(relation)).into()),
            };
            for tree in &facts.policies {
                self.expression(tree, wanted.role, &policies);
            }
        }
        Ok(())
    }

    /// Wants all that an expression or query of the catalogue mentions.
    fn expression(&mut self, tree: &str, reads_as: u32, via: &Via) {
        let mentioned = Mentioned::read(tree);
        let Mentioned { relations, functions, conversions, operators, types, made, .. } = mentioned;
        self.appends |= !mentioned.united.is_empty();
        self.united.extend(mentioned.united);
        self.mentioned.extend(&types);
        self.writes_json |= mentioned.writes_json;
        made.iter().for_each(|&oid| self.make(oid));
        for oid in relations {
            self.want_relation(oid, reads_as, via.clone());
        }
        for oid in functions {
            let role = if conversions.contains(&oid) { Use::Converts } else { Use::Called };
            self.want_function(oid, role, via.clone());
        }
        for oid in operators.range(FIRST_OF_USERS..) {
            if self.seen.insert(Seen::Operator(*oid)) {
                self.wanted.operators.push(*oid);
            }
        }
        types.iter().for_each(|&oid| self.play(oid));
    }

    fn function(&mut self, facts: FunctionFacts, asked: &Wanted) -> Result<(), OutOfReach> {
        let asked: Vec<_> = asked.functions.iter().filter(|wanted| wanted.oid == facts.called.oid).collect();
        let by_name = asked.iter().find(|wanted| matches!(wanted.role, Use::Named | Use::Field));
        self.writes_json |= facts.called.name.contains("json");
        for wanted in asked.iter().filter(|wanted| !matches!(wanted.role, Use::Named | Use::Field)) {
            self.may_call(&facts, wanted.role, wanted.via.as_ref())?;
        }
        if let Some(wanted) = by_name {
            self.functions.push((facts, wanted.role));
        }
        Ok(())
    }

    /// Values of a type are made, so what it checks is run.
    fn make(&mut self, oid: u32) {
        self.made.insert(oid);
        self.play(oid);
    }

    fn unnamed(&mut self, facts: &UnnamedFacts) -> Result<(), OutOfReach> {
        let via: Via = match facts.class.as_str() {
            "operator" => Some(format!("operator {}", facts.shown).into()),
            "cast" => Some(format!("the cast from {}", facts.shown).into()),
            _ => Some(format!("the sort order of {}", facts.shown).into()),
        };
        let rule = match facts.class.as_str() {
            "operator" => "operator_not_allowed",
            "cast" => "cast_not_allowed",
            _ => "type_not_allowed",
        };
        self.judge(&facts.called, Use::Called, via.as_ref())
            .map_err(|refused| OutOfReach { rule, ..refused })?;
        if self.reading != Reading::Tree {
            self.made.extend(&facts.types);
        }
        facts.types.iter().for_each(|&oid| self.play(oid));
        Ok(())
    }

    fn kind(&mut self, facts: &TypeFacts) -> Result<(), OutOfReach> {
        facts.parts.iter().for_each(|&oid| self.play(oid));
        self.contains.insert(facts.oid, facts.contains.clone());
        let via: Via = Some(format!("type {}", facts.shown).into());
        for &oid in &facts.functions {
            self.want_function(oid, Use::Support, via.clone());
        }
        self.checks.extend(facts.checks.iter().map(|tree| (facts.oid, tree.clone(), via.clone())));
        Ok(())
    }

    /// Wants what the types in play now lead to, until there is nothing new; hands over all that is wanted.
    fn settle(&mut self) -> Result<Wanted, OutOfReach> {
        loop {
            let before = self.in_play.len();
            let functions = std::mem::take(&mut self.functions);
            for (facts, role) in functions {
                if self.can_be_meant(&facts, role) {
                    self.may_call(&facts, role, None)?;
                } else {
                    self.functions.push((facts, role));
                }
            }
            if self.in_play.len() == before {
                break;
            }
        }
        if self.appends {
            for (tree, role, via) in std::mem::take(&mut self.table_checks) {
                self.expression(&tree, role, &via);
            }
        }
        self.find_made();
        for (oid, tree, via) in std::mem::take(&mut self.checks) {
            let is_any_made = match self.reading {
                Reading::Names => self.makes_values || self.makes_rows,
                Reading::Literals => self.has_literals && (self.makes_values || self.makes_rows),
                Reading::Tree => false,
            };
            if is_any_made || self.made.contains(&oid) {
                self.expression(&tree, 0, &via);
            } else {
                self.checks.push((oid, tree, via));
            }
        }
        let operators = std::mem::take(&mut self.operators);
        for operator in operators {
            if self.can_apply(&operator) {
                if self.seen.insert(Seen::Operator(operator.oid)) {
                    self.wanted.operators.push(operator.oid);
                }
            } else {
                self.operators.push(operator);
            }
        }
        let casts = std::mem::take(&mut self.casts);
        for cast in casts {
            if self.can_convert(&cast) {
                self.wanted.casts.push(cast.oid);
            } else {
                self.casts.push(cast);
            }
        }
        let sortings = std::mem::take(&mut self.sortings);
        for sorting in sortings {
            if sorting.operands.iter().all(|&oid| self.exists(oid)) {
                self.wanted.sortings.push(sorting.oid);
            } else {
                self.sortings.push(sorting);
            }
        }
        Ok(std::mem::take(&mut self.wanted))
    }

    /// A value that is made is made with all that it contains. So is a literal beside a column of an array, composite or range.
    fn find_made(&mut self) {
        let whole = self.whole.iter().filter(|_| self.has_literals);
        let mut next: Vec<u32> = whole.chain(&self.made).copied().collect();
        while let Some(oid) = next.pop() {
            for &part in self.contains.get(&oid).into_iter().flatten() {
                if self.made.insert(part) {
                    next.push(part);
                }
            }
        }
    }

    /// Whether there are values of a type.
    fn exists(&self, oid: u32) -> bool {
        oid < FIRST_OF_USERS || self.in_play.contains(&oid)
    }

    /// Whether a value that is no literal can stand for a type, if need be by one implicit cast.
    fn is_supplied(&self, oid: u32) -> bool {
        self.exists(oid) || self.implicit.iter().any(|&(source, target)| target == oid && self.exists(source))
    }

    /// Whether PostgreSQL may choose a function for a name. Where none of what it takes is in play, only literals could
    /// stand for all of it, and those a built-in namesake would take.
    fn can_be_meant(&self, function: &FunctionFacts, role: Use) -> bool {
        let takes =
            if role == Use::Field { function.takes.get(..1) } else { Some(function.takes.as_slice()) };
        let takes = takes.unwrap_or_default();
        takes.is_empty()
            || takes.iter().any(|&oid| self.is_supplied(oid))
            || !function.has_namesake
            || function.takes_strings
    }

    fn can_apply(&self, operator: &Named) -> bool {
        let is_binary = operator.operands.iter().all(|&oid| oid != 0);
        operator.operands.iter().any(|&oid| oid != 0 && self.is_supplied(oid))
            || !(is_binary && TEXT_SIGNS.contains(&operator.name.as_str()))
    }

    fn can_convert(&self, cast: &Named) -> bool {
        let is_to_json = cast.operands.last().is_some_and(|target| JSON.contains(target));
        let is_used = match (self.reading, cast.class) {
            // Functions that write JSON look for a cast themselves, and planning converts what UNION puts together.
            (Reading::Names | Reading::Tree, _) if is_to_json && self.writes_json => true,
            (Reading::Names, Class::Cast { is_implicit, .. }) => is_implicit || self.converts,
            (Reading::Tree, Class::Cast { is_implicit, .. }) => {
                let is_between =
                    |source, target| self.mentioned.contains(source) && self.united.contains(target);
                is_implicit
                    && matches!(cast.operands.as_slice(), [source, target] if is_between(source, target))
            }
            _ => false,
        };
        is_used && cast.operands.iter().all(|&oid| self.exists(oid))
    }

    fn want_relation(&mut self, oid: u32, role: u32, via: Via) {
        if self.seen.insert(Seen::Relation { oid, role }) {
            self.wanted.relations.push(WantedRelation { oid, role, via });
        }
    }

    fn want_function(&mut self, oid: u32, role: Use, via: Via) {
        if self.seen.insert(Seen::Function { oid, role }) {
            self.wanted.functions.push(WantedFunction { oid, role, via });
        }
    }

    fn play(&mut self, oid: u32) {
        if oid >= FIRST_OF_USERS && self.in_play.insert(oid) {
            self.wanted.types.push(oid);
        }
    }

    fn may_call(
        &mut self,
        facts: &FunctionFacts,
        role: Use,
        via: Option<&Arc<str>>,
    ) -> Result<(), OutOfReach> {
        let is_sampling = facts.samples
            && facts.called.extension.as_deref().is_some_and(|name| self.reach.allows_extension(name));
        if !is_sampling {
            self.judge(&facts.called, role, via)?;
        }
        for &oid in facts.takes.iter().chain([&facts.returns]) {
            if matches!(role, Use::Named | Use::Field) {
                self.make(oid);
            } else {
                self.play(oid);
            }
        }
        // What an aggregate of the user's own is made of was decided on with it.
        if facts.called.extension.is_some() {
            for &oid in &facts.support {
                let via = via.cloned().unwrap_or_else(|| self.called(&facts.called).into());
                self.want_function(oid, Use::Support, Some(via));
            }
        }
        Ok(())
    }

    fn judge(&self, called: &Called, role: Use, via: Option<&Arc<str>>) -> Result<(), OutOfReach> {
        let Called { schema, name, is_volatile, extension, .. } = called;
        let refused = |reason: String, setting, instead| {
            Err(OutOfReach {
                rule: if role == Use::Converts { "cast_not_allowed" } else { "function_not_allowed" },
                object: self.called(called),
                reason,
                via: via.cloned(),
                setting,
                instead,
            })
        };
        let refuse = |reason, setting| refused(reason, setting, WITHOUT);
        if called.oid < FIRST_OF_USERS {
            return match by_name(name) {
                _ if schema != "pg_catalog" => Ok(()),
                Standing::Allowed => Ok(()),
                Standing::Refused(group) => refused(group.does.to_owned(), None, group.instead),
                Standing::Foreign if *is_volatile => refuse(
                    "PostgreSQL marks it volatile, and it is not known to be harmless".to_owned(),
                    None,
                ),
                Standing::Foreign => Ok(()),
            };
        }
        if called.is_constructor || self.reach.allows_function(schema, name, extension.is_some()) {
            return Ok(());
        }
        let function = format!("{}.{}", quote_identifier(schema), quote_identifier(name));
        let setting = self.setting("allow_functions", &function);
        match extension {
            None if role == Use::Field => refuse(
                "a name after a dot may call it, and it is a function of this database's own; a column can be named \
                 without its table"
                    .to_owned(),
                setting,
            ),
            None => refuse(
                "it is a function of this database's own, and what it does can't be seen from here".to_owned(),
                setting,
            ),
            Some(extension) if self.reach.allows_extension(extension) => {
                if !is_volatile || only_varies(name) {
                    return Ok(());
                }
                let reason = format!("it belongs to extension {extension}, and is marked volatile: it may change \
                     something");
                refuse(reason, setting)
            }
            // C code that came with a type which is read, not called.
            Some(_) if role == Use::Support && !is_volatile => Ok(()),
            Some(extension) => refuse(
                format!("it belongs to extension {extension}, which is not among the allowed ones"),
                self.setting("allow_extensions", extension),
            ),
        }
    }

    fn called(&self, called: &Called) -> String {
        let Called { schema, name, arguments, .. } = called;
        format!("function {}.{}({arguments})", quote_identifier(schema), quote_identifier(name))
    }

    fn denial(&self) -> Denial<'a> {
        Denial { database: self.database, reach: self.reach }
    }

    fn setting(&self, name: &str, entry: &str) -> Option<String> {
        Some(format!("databases.{}.reach.{name}: [{entry:?}]", self.database))
    }
}
