//! From the YAML tree to the checks of each table.

use pgwright_sql::RelationName;

use super::inline::Given;
use super::located::{Located, Node, Place, parse};
use super::mistake::suggest;
use super::option::{self, OPTIONS, Shape};
use super::scalar::Form;
use super::{DocumentError, InlineCheck, Mistake, Scalar};
use super::{flow, foreign, line, odcs};
use crate::checks::CheckSpec;

/// The checks of one table, in the document's order.
#[derive(Debug)]
pub struct TableChecks {
    /// The table as the document names it.
    pub table: RelationName,
    /// Its checks.
    pub checks: Vec<CheckSpec>,
}

const TOP: &[&str] = &["checks for <table>", "checks", "version", "defaults"];
/// What a check of the full form takes beside the options of its type.
const FULL: &[&str] = &["type", "table", "id"];

/// Something of a document that no check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// Where it stands.
    pub line: u64,
    /// What it is called.
    pub what: String,
    /// Why it is not mapped.
    pub why: String,
}

/// A document, read.
#[derive(Debug)]
pub struct Document {
    /// The checks of each table.
    pub tables: Vec<TableChecks>,
    /// What was written for other tools and is no check here.
    pub unmapped: Vec<Unmapped>,
}

/// Reads the checks of a document. `table` is what checks that name none are about.
pub fn read(source: &str, table: Option<&RelationName>) -> Result<Vec<TableChecks>, DocumentError> {
    read_document(source, table).map(|document| document.tables)
}

/// Reads a document of any of the forms: the short and the full one, a data contract, or one of another tool.
pub fn read_document(source: &str, table: Option<&RelationName>) -> Result<Document, DocumentError> {
    let document = parse(source)?;
    let Node::Map(entries) = &document.node else {
        return Err(document.place.error(
            Mistake::new("a document is a mapping")
                .hint("begin with `checks for schema.table:` and a list below it"),
        ));
    };
    let mut reader =
        Reader { source, defaults: InlineCheck::default(), tables: Vec::new(), unmapped: Vec::new() };
    if odcs::is_contract(entries) {
        reader.contract(entries)?;
    } else if foreign::is_dbt(entries) {
        reader.dbt(entries)?;
    } else if foreign::is_suite(entries) {
        reader.suite(entries, table)?;
    } else {
        reader.native(entries, table)?;
    }
    if reader.tables.is_empty() && reader.unmapped.is_empty() {
        return Err(document.error("the document has no checks"));
    }
    Ok(Document { tables: reader.tables, unmapped: reader.unmapped })
}

fn version(value: &Located) -> Result<(), DocumentError> {
    if value.text()? == "1" { Ok(()) } else { Err(value.error("only version 1 is known")) }
}

pub(super) fn relation(node: &Located, written: &str, from: usize) -> Result<RelationName, DocumentError> {
    written.parse().map_err(|error: pgwright_sql::NameError| {
        node.place.right(from).error(Mistake::new(error.to_string()))
    })
}

fn unknown(key: &Located, name: &str, known: &[&str]) -> DocumentError {
    key.place.error(Mistake::new(format!("unknown key {name}")).hint(suggest(name, known)))
}

/// A check under construction, with the places of its options.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) check: InlineCheck,
    table: Option<RelationName>,
    places: Vec<(&'static str, Place)>,
}

impl Draft {
    /// A check that is complete.
    pub(super) fn of(check: InlineCheck) -> Self {
        Self { check, ..Self::default() }
    }

    /// The options that were given, in their order.
    pub(super) fn options(&self) -> impl Iterator<Item = &'static str> {
        self.places.iter().map(|(option, _)| *option)
    }

    /// A mistake at its option, or else at the whole check.
    pub(super) fn error(&self, whole: Place, mistake: Mistake) -> DocumentError {
        let place = self.places.iter().find(|(option, _)| mistake.option == Some(option));
        place.map_or(whole, |(_, place)| *place).error(mistake)
    }
}

pub(super) struct Reader<'a> {
    source: &'a str,
    defaults: InlineCheck,
    tables: Vec<TableChecks>,
    unmapped: Vec<Unmapped>,
}

impl Reader<'_> {
    /// The short and the full form.
    fn native(
        &mut self,
        entries: &[(Located, Located)],
        table: Option<&RelationName>,
    ) -> Result<(), DocumentError> {
        for (_, value) in entries.iter().filter(|(key, _)| key.text().is_ok_and(|key| key == "defaults")) {
            self.defaults = options(&mut Draft::default(), value, Known::Defaults)?;
        }
        for (key, value) in entries {
            match key.text()? {
                "defaults" => {}
                "version" => version(value)?,
                "checks" => self.list(value, table)?,
                name => match name.strip_prefix("checks for ") {
                    Some(written) => {
                        let table = relation(key, written, "checks for ".len())?;
                        self.list(value, Some(&table))?;
                    }
                    None if name.contains(" for ") => {
                        let mistake = Mistake::new(format!("unknown key {name}"));
                        return Err(key.place.error(mistake.hint("did you mean checks for <table>?")));
                    }
                    None => return Err(unknown(key, name, TOP)),
                },
            }
        }
        Ok(())
    }

    /// Lists something that no check says.
    pub(super) fn unmapped(&mut self, at: &Located, what: &str, why: &str) {
        self.unmapped.push(Unmapped { line: at.place.line, what: what.to_owned(), why: why.to_owned() });
    }

    /// Takes a check of that table.
    pub(super) fn take(
        &mut self,
        draft: Draft,
        place: Place,
        table: &RelationName,
    ) -> Result<(), DocumentError> {
        let spec = draft.check.spec().map_err(|mistake| draft.error(place, mistake))?;
        match self.tables.iter_mut().find(|known| known.table == *table) {
            Some(known) => known.checks.push(spec),
            None => self.tables.push(TableChecks { table: table.clone(), checks: vec![spec] }),
        }
        Ok(())
    }

    fn list(&mut self, value: &Located, table: Option<&RelationName>) -> Result<(), DocumentError> {
        let Node::List(items) = &value.node else {
            return Err(value.error("a list of checks is expected here, each on a line that begins with -"));
        };
        for item in flow::rejoin(items, self.source) {
            self.item(&item, table)?;
        }
        Ok(())
    }

    fn item(&mut self, item: &Located, table: Option<&RelationName>) -> Result<(), DocumentError> {
        if self.soda(item, table)? {
            return Ok(());
        }
        let mut draft = Draft::default();
        match &item.node {
            Node::Scalar(scalar) => draft.check = self.line(item, &scalar.text)?,
            Node::Map(entries)
                if entries.iter().any(|(key, _)| key.text().is_ok_and(|key| key == "type")) =>
            {
                draft.check = options(&mut draft, item, Known::Full)?;
            }
            Node::Map(entries) => match entries.as_slice() {
                [(key, value)] => {
                    draft.check = self.line(key, key.text()?)?;
                    if !matches!(value.node, Node::Null) {
                        draft.check = options(&mut draft, value, Known::BelowALine)?;
                    }
                }
                [(key, _), (second, _), ..] => {
                    let line = key.text()?;
                    return Err(second.place.error(Mistake::new(format!("this is not below {line}")).hint(
                        format!("indent the options further than {line}, or give every check a type"),
                    )));
                }
                [] => return Err(item.error("a check is expected here")),
            },
            Node::Null | Node::List(_) => return Err(item.error("a check is expected here")),
        }
        let check = &mut draft.check;
        check.or(&self.defaults);
        // A mistake of the check is told before that of its surroundings.
        if let Err(mistake) = check.spec() {
            return Err(draft.error(item.place, mistake));
        }
        let table = draft.table.clone().or_else(|| table.cloned()).ok_or_else(|| {
            item.place.error(
                Mistake::new("this check names no table")
                    .hint("add table: schema.table, or begin with `checks for schema.table:`"),
            )
        })?;
        self.take(draft, item.place, &table)
    }

    /// Reads an item that only Soda writes so; false where it is none.
    fn soda(&mut self, item: &Located, table: Option<&RelationName>) -> Result<bool, DocumentError> {
        let (line, below) = match &item.node {
            Node::Scalar(scalar) => (scalar.text.as_str(), None),
            Node::Map(entries) => match entries.as_slice() {
                [(key, value)] => (key.text()?, Some(value)),
                _ => return Ok(false),
            },
            Node::Null | Node::List(_) => return Ok(false),
        };
        let Some(table) = table else { return Ok(false) };
        match foreign::soda(line, below) {
            None => Ok(false),
            Some(Err(why)) => {
                let what = line.to_owned();
                self.unmapped(item, &what, &why);
                Ok(true)
            }
            Some(Ok(check)) => {
                self.take(Draft::of(check), item.place, table)?;
                Ok(true)
            }
        }
    }

    fn line(&self, node: &Located, text: &str) -> Result<InlineCheck, DocumentError> {
        line::parse(text).map_err(|wrong| {
            let before: String = text.chars().take(wrong.at).collect();
            node.place.after(&before).error(wrong.mistake)
        })
    }
}

/// Which keys a mapping of options may have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known {
    Full,
    BelowALine,
    Defaults,
    Only(&'static [&'static str]),
}

/// What every check of a document may be given at once.
const DEFAULTS: &[&str] = &["severity", "prove", "samples", "timeout", "as_of", "sample", "weight"];

impl Known {
    fn names(self) -> Vec<&'static str> {
        let options = OPTIONS.iter().map(|option| option.name);
        match self {
            Self::Full => FULL.iter().copied().chain(options).collect(),
            Self::BelowALine => options.collect(),
            Self::Defaults => DEFAULTS.to_vec(),
            Self::Only(names) => names.to_vec(),
        }
    }
}

/// Reads a mapping of options over what the draft holds already.
pub(super) fn options(draft: &mut Draft, node: &Located, known: Known) -> Result<InlineCheck, DocumentError> {
    let Node::Map(entries) = &node.node else {
        return Err(node.error("a mapping of options is expected here, like {min: 0, max: 100}"));
    };
    let mut check = draft.check.clone();
    let known = known.names();
    for (key, value) in entries {
        let name = key.text()?;
        let Some(name) = known.iter().find(|option| **option == name) else {
            return Err(unknown(key, name, &known));
        };
        // What a list in another document calls rule is the type.
        let name = match *name {
            "rule" => "type",
            "id" => "name",
            name => name,
        };
        draft.places.push((name, value.place));
        match (name, option::option(name)) {
            ("type", _) => check.r#type = value.text()?.to_owned(),
            ("table", _) => draft.table = Some(relation(value, value.text()?, 0)?),
            (_, Some(option)) => {
                if let Some(given) = given(option.name, option.shape, value)? {
                    check.set(option.name, given);
                }
            }
            (name, None) => return Err(unknown(key, name, &known)),
        }
    }
    Ok(check)
}

fn given(name: &str, shape: Shape, value: &Located) -> Result<Option<Given>, DocumentError> {
    if matches!(value.node, Node::Null) {
        return Ok(None);
    }
    Ok(Some(match shape {
        Shape::Text | Shape::Scalar => Given::One(scalar(value)?),
        Shape::Texts => Given::Many(
            items(value)?
                .iter()
                .map(|item| {
                    item.text()?;
                    scalar(item)
                })
                .collect::<Result<_, _>>()?,
        ),
        // A missing value may be NULL's word, so only lists of what is allowed refuse it.
        Shape::Values => Given::Many(values(value)?),
        Shape::Named => match &value.node {
            Node::Map(entries) => Given::Named(
                entries
                    .iter()
                    .map(|(key, value)| Ok((key.text()?.to_owned(), scalar(value)?)))
                    .collect::<Result<_, DocumentError>>()?,
            ),
            _ => return Err(value.error(format!("{name} is a mapping, like {{column: created_at}}"))),
        },
    }))
}

fn scalar(value: &Located) -> Result<Scalar, DocumentError> {
    value.scalar().cloned().ok_or_else(|| value.error("one value is expected here"))
}

fn items(value: &Located) -> Result<&[Located], DocumentError> {
    match &value.node {
        Node::List(items) => Ok(items),
        _ => Err(value.error("a list is expected here, like [a, b]")),
    }
}

/// A list of values. A boolean among others is a country, a grade or a yes that YAML took for one.
pub(super) fn values(value: &Located) -> Result<Vec<Scalar>, DocumentError> {
    let items = items(value)?;
    let is_truth = |item: &&Located| item.scalar().is_some_and(|scalar| scalar.form == Form::Truth);
    if let Some(trap) = items.iter().find(is_truth)
        && !items.iter().all(|item| is_truth(&item))
    {
        let text = trap.text()?;
        return Err(trap.place.error(
            Mistake::new(format!("YAML reads {text} as a boolean"))
                .hint(format!("write \"{text}\" in quotes")),
        ));
    }
    if let Some(null) = items.iter().find(|item| matches!(item.node, Node::Null)) {
        return Err(null.place.error(
            Mistake::new("NULL always passes").hint("leave it out, or quote \"null\" if text is meant"),
        ));
    }
    items.iter().map(scalar).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use expect_test::{Expect, expect};

    use super::*;
    use crate::checks::Severity;

    fn names(document: &str) -> Vec<String> {
        read(document, None)
            .unwrap()
            .into_iter()
            .flat_map(|table| {
                table.checks.into_iter().map(move |check| format!("{}: {}", table.table, check.name))
            })
            .collect()
    }

    fn refused(document: &str, expected: Expect) {
        let error = read(document, None).unwrap_err();
        let hint = error.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        expected.assert_eq(&format!("{error}{hint}"));
    }

    #[test]
    fn the_short_form_is_read() {
        let document = r#"
checks for shop.orders:
  - row_count between 1000 and 10000000
  - missing(email) < 1%
  - unique(sku, created_at)
  - in_set(status): {values: [new, paid, "NO"]}
  - range(quantity):
      min: 1
      max: 100
  - references(customer_id): {references: shop.customers(customer_id), severity: warn}
  - freshness(created_at) < 1d
  - regex(sku): {pattern: '^AB-\d+$', name: sku shape}
checks for "Odd Schema".t: [unique(a)]
"#;
        assert_eq!(
            names(document),
            [
                "shop.orders: row_count",
                "shop.orders: missing(email)",
                "shop.orders: unique(sku, created_at)",
                "shop.orders: in_set(status)",
                "shop.orders: range(quantity)",
                "shop.orders: references(customer_id)",
                "shop.orders: freshness(created_at)",
                "shop.orders: sku shape",
                "\"Odd Schema\".t: unique(a)",
            ]
        );
    }

    #[test]
    fn the_example_in_the_schema_is_read() {
        let schema = include_str!("../run_quality_check.rs");
        let example = schema.split("e.g. `").nth(1).unwrap().split('`').next().unwrap();
        assert_eq!(names(example), ["shop.orders: missing(email)", "shop.orders: unique(sku, day)"]);
    }

    #[test]
    fn a_list_on_one_line_may_hold_checks_of_several_columns() {
        assert_eq!(
            names(
                r#"checks for t: [unique(a,b, true), unique("x, y", c): {severity: warn}, unique(d,
  e) <= 3, row_count > 0]"#
            ),
            ["t: unique(a, b, true)", "t: unique(x, y, c)", "t: unique(d, e)", "t: row_count"]
        );
        refused(
            "checks for t: [unique(sku,  day) about 1, unique(a)]\n",
            expect![[r#"
                line 1, column 34: about 1 is not understood
                hint: after the columns comes an operator and a value (< 1%), or between A and B"#]],
        );
        refused(
            "checks for t: [unique(sku,\n   day) about 1]\n",
            expect![[r#"
                line 2, column 9: about 1 is not understood
                hint: after the columns comes an operator and a value (< 1%), or between A and B"#]],
        );
        refused(
            "checks for t: [unique(sku, unique(day]\n",
            expect!["line 1, column 22: this bracket is never closed"],
        );
        refused(
            "checks for t: [missing(email < 1%, unique(a)]\n",
            expect!["line 1, column 23: this bracket is never closed"],
        );
        refused(
            "checks for t:\n  - unique(sku\n  - day)\n",
            expect!["line 2, column 11: this bracket is never closed"],
        );
    }

    #[test]
    fn the_full_form_is_read() {
        let document = "
version: 1
defaults: {severity: warn, prove: false}
checks:
  - {id: volume, table: shop.orders, type: row_count, min: 1}
  - {table: shop.orders, type: unique, columns: [a, b], severity: fail}
  - {table: shop.lines, type: range, column: price, max: 123456789012345678901234567890.50}
";
        assert_eq!(
            names(document),
            ["shop.orders: volume", "shop.orders: unique(a, b)", "shop.lines: range(price)"]
        );
        let tables = read(document, None).unwrap();
        let [volume, unique] = tables[0].checks.as_slice() else { unreachable!() };
        assert_eq!((volume.severity, unique.severity, volume.prove), (Severity::Warn, Severity::Fail, false));
        assert!(format!("{:?}", tables[1].checks[0].rule).contains("123456789012345678901234567890.50"));
    }

    #[test]
    fn bands_say_from_when_to_warn_and_to_fail() {
        let document = r#"
checks for t:
  - missing(a): {warn: "> 0", fail: "> 1%"}
  - missing(a): {warn: "> 0"}
"#;
        let tables = read(document, None).unwrap();
        let verdicts = |at: usize| {
            [0, 1, 10, 11].map(|rows: u64| {
                let check: &CheckSpec = &tables[0].checks[at];
                crate::verdict::judge(check, &[Some(rows.to_string())], Some(1000), None).verdict.as_str()
            })
        };
        assert_eq!(verdicts(0), ["pass", "warn", "warn", "fail"]);
        assert_eq!(verdicts(1), ["pass", "warn", "warn", "warn"]);
        let error = read("checks for t:\n  - missing(a): {fail: 100}\n", None).unwrap_err();
        assert_eq!((error.line, error.column), (2, 24));
        let error = read("checks for t:\n  - row_count > 0: {warn: '> 1'}\n", None).unwrap_err();
        assert_eq!(error.message, "row_count takes no warn");
    }

    #[test]
    fn mistakes_are_placed_and_the_nearest_key_is_named() {
        refused(
            "check for shop.orders:\n  - unique(id)\n",
            expect![[r#"
                line 1, column 1: unknown key check for shop.orders
                hint: did you mean checks for <table>?"#]],
        );
        refused(
            "checks for t:\n  - range(q): {mn: 1}\n",
            expect![[r#"
                line 2, column 16: unknown key mn
                hint: did you mean min?"#]],
        );
        refused(
            "checks for t:\n  - uniq(q)\n",
            expect![[r#"
            line 2, column 5: unknown check type uniq
            hint: did you mean unique?"#]],
        );
        refused(
            "checks for t:\n  - range(q): {min: 1, pattern: x}\n",
            expect![[r#"
                line 2, column 33: range takes no pattern
                hint: it takes column, min, max, max_failed, warn, fail"#]],
        );
        refused(
            "checks for t:\n  - missing(email) about 1%\n",
            expect![[r#"
            line 2, column 20: about 1% is not understood
            hint: after the columns comes an operator and a value (< 1%), or between A and B"#]],
        );
        refused(
            "checks for t:\n  - range(q):\n    min: 1\n",
            expect![[r#"
            line 3, column 5: this is not below range(q)
            hint: indent the options further than range(q), or give every check a type"#]],
        );
        refused(
            "checks for t: [\n  - unique(a)\n",
            expect![[r#"line 2, column 3: not valid YAML: "-" is only valid inside a block"#]],
        );
        refused(
            "checks:\n  - unique(a)\n",
            expect![[r#"
            line 2, column 5: this check names no table
            hint: add table: schema.table, or begin with `checks for schema.table:`"#]],
        );
        refused(
            "checks for a.b.c:\n  - unique(a)\n",
            expect![[r#"
            line 1, column 12: a name has at most two parts, `schema.table`; the database is chosen elsewhere"#]],
        );
        refused(
            "",
            expect![[r#"
            line 1, column 1: a document is a mapping
            hint: begin with `checks for schema.table:` and a list below it"#]],
        );
        refused("version: 1\n", expect!["line 1, column 1: the document has no checks"]);
    }

    #[test]
    fn norway_is_not_false() {
        refused(
            "checks for t:\n  - in_set(country): {values: [DE, NO]}\n",
            expect![[r#"
                line 2, column 36: YAML reads NO as a boolean
                hint: write "NO" in quotes"#]],
        );
    }
}
