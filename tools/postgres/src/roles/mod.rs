//! The SQL of least-privilege roles: printed for a person to run, never run by pgwright.
//!
//! ```text
//!   RolePlan ─▶ head ─▶ one role each ─▶ reading ─▶ statistics ─▶ loading ─▶ what PUBLIC loses ─▶ search paths ─▶ foot
//! ```
//!
//! Invariants: no password stands in the script; names enter it through the quoting functions alone; running it again
//! changes nothing.

mod bounds;
mod fragment;

use pgwright_sql::quote_identifier;

use crate::settings::Environment;
use crate::types::quote_literal;
use bounds::{Bounds, Kind};
use fragment::{Values, fill};

/// Longest identifier that PostgreSQL keeps whole.
const MAX_BYTES: usize = 63;
/// What quotes the bodies of the script's blocks, so no name may hold it.
const BODY_QUOTE: &str = "$pgwright$";

/// Which roles are wanted, for which schemas.
#[derive(Debug, Clone)]
pub struct RolePlan {
    /// The environment of the database: how tight the roles are, and whether PUBLIC loses anything.
    pub environment: Environment,
    /// The database's name on its server; without it, the script takes the one it is run in.
    pub database: Option<String>,
    /// Schemas that may be read.
    pub schemas: Vec<String>,
    /// Schemas that pipelines load into, each by a role of its own.
    pub sink_schemas: Vec<String>,
    /// What the names of the roles begin with.
    pub prefix: String,
    /// Whether PUBLIC keeps what PostgreSQL gives it, so that no other role notices anything.
    pub keep_public: bool,
    /// Existing roles that are granted by name what PUBLIC loses.
    pub keep_for: Vec<String>,
    /// The statements that create pgwright's ledger where it is missing.
    pub ledger: &'static [&'static str],
    /// The statements that let `{{roles}}` keep it.
    pub ledger_grants: &'static str,
}

/// Why no script can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RolePlanError {
    /// PostgreSQL would cut the name, and two roles could become one.
    #[error(
        "{name} is longer than the {MAX_BYTES} bytes that PostgreSQL keeps of a name; take a shorter prefix"
    )]
    TooLong {
        /// The name.
        name: String,
    },
    /// A name that is empty, or holds what no script should.
    #[error(
        "{what} {name:?} cannot be used: a name has characters, and no control characters or {BODY_QUOTE}"
    )]
    Unusable {
        /// Which name.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// No schema at all.
    #[error("name at least one schema to read")]
    NoSchema,
}

impl RolePlan {
    /// Writes the script.
    pub fn script(&self) -> Result<String, RolePlanError> {
        self.check()?;
        let (reader, statistics, quality) =
            (self.role("reader")?, self.role("statistics")?, self.role("quality")?);
        let loaders = self
            .sink_schemas
            .iter()
            .map(|schema| Ok((schema, self.role(&format!("pipeline_{schema}"))?)))
            .collect::<Result<Vec<_>, RolePlanError>>()?;
        let mut script = Script::default();
        self.head(&mut script);
        for (kind, role) in
            [(Kind::Reader, &reader), (Kind::Statistics, &statistics), (Kind::Quality, &quality)]
        {
            self.create(&mut script, kind, role);
        }
        for (_, role) in &loaders {
            self.create(&mut script, Kind::Pipeline, role);
        }
        let readers = list([&reader, &statistics, &quality].map(String::as_str));
        for schema in &self.schemas {
            script.add(
                include_str!("read_schema.sql"),
                &Values::default().with_name("schema", schema).with("readers", &readers),
            );
            defaults(&mut script, schema, "select on tables", &readers);
        }
        script.add(include_str!("statistics.sql"), &Values::default().with_name("role", &statistics));
        self.loading(&mut script, &loaders);
        self.public(&mut script);
        // Only now is it settled where PUBLIC may create.
        for role in [&reader, &statistics, &quality] {
            search_path(&mut script, role, &self.schemas);
        }
        for (schema, role) in &loaders {
            search_path(&mut script, role, std::slice::from_ref(*schema));
        }
        let roles = [&reader, &statistics, &quality].into_iter().chain(loaders.iter().map(|(_, role)| role));
        let passwords: Vec<String> =
            roles.map(|role| format!("--     \\password {}", quote_identifier(role))).collect();
        script
            .add(include_str!("foot.sql"), &Values::default().with("password_lines", &passwords.join("\n")));
        Ok(script.text)
    }

    fn check(&self) -> Result<(), RolePlanError> {
        if self.schemas.is_empty() {
            return Err(RolePlanError::NoSchema);
        }
        let names = [("prefix", &self.prefix)]
            .into_iter()
            .chain(self.database.iter().map(|name| ("database", name)))
            .chain(self.schemas.iter().map(|name| ("schema", name)))
            .chain(self.sink_schemas.iter().map(|name| ("sink schema", name)))
            .chain(self.keep_for.iter().map(|name| ("role", name)));
        for (what, name) in names {
            if name.is_empty() || name.chars().any(char::is_control) || name.contains(BODY_QUOTE) {
                return Err(RolePlanError::Unusable { what, name: name.clone() });
            }
        }
        Ok(())
    }

    fn role(&self, purpose: &str) -> Result<String, RolePlanError> {
        let name = format!("{}_{purpose}", self.prefix);
        if name.len() > MAX_BYTES { Err(RolePlanError::TooLong { name }) } else { Ok(name) }
    }

    fn head(&self, script: &mut Script) {
        let shown = self.database.as_deref().map_or("DATABASE".to_owned(), quote_identifier);
        let values =
            Values::default().with("environment", self.environment.as_str()).with("shown_database", &shown);
        script.add(include_str!("head.sql"), &values);
        if let Some(database) = &self.database {
            script
                .add(include_str!("right_database.sql"), &Values::default().with_name("database", database));
        }
    }

    fn create(&self, script: &mut Script, kind: Kind, role: &str) {
        let bounds = Bounds::of(kind, self.environment);
        let connections = bounds.connections.to_string();
        let values = Values::default()
            .with_name("role", role)
            .with("purpose", kind.purpose())
            .with("temporary", if kind == Kind::Pipeline { ", temporary" } else { "" })
            .with("inherit", if kind == Kind::Statistics { "inherit" } else { "noinherit" })
            .with("read_only", if kind == Kind::Pipeline { "off" } else { "on" })
            .with("connections", &connections)
            .with("statement_timeout", &quote_literal(bounds.statement_timeout))
            .with("idle_timeout", &quote_literal(bounds.idle_timeout))
            .with("lock_timeout", &quote_literal(bounds.lock_timeout))
            .with("temp_file_limit", &quote_literal(bounds.temp_file_limit));
        script.add(include_str!("role.sql"), &values);
    }

    fn loading(&self, script: &mut Script, loaders: &[(&String, String)]) {
        for (schema, role) in loaders {
            let quoted = quote_identifier(role);
            script.add(
                include_str!("load_schema.sql"),
                &Values::default().with_name("schema", schema).with("role", &quoted),
            );
            defaults(script, schema, "select, insert, update, truncate on tables", &quoted);
            defaults(script, schema, "usage on sequences", &quoted);
        }
        if loaders.is_empty() {
            return;
        }
        script.text.push_str("\n-- pgwright's ledger, as `pgwright state init` makes it.\n");
        for statement in self.ledger {
            script.text.push_str(statement.trim_end());
            script.text.push_str(";\n");
        }
        let roles = list(loaders.iter().map(|(_, role)| role.as_str()));
        script.add(self.ledger_grants, &Values::default().with("roles", &roles));
    }

    fn public(&self, script: &mut Script) {
        let kept = match self.environment {
            _ if self.keep_public => Some("--keep-public was given"),
            Environment::Development => Some("this is a development database"),
            Environment::Staging | Environment::Production => None,
        };
        if let Some(reason) = kept {
            script.add(include_str!("public_kept.sql"), &Values::default().with("reason", reason));
            return;
        }
        let keep = list(self.keep_for.iter().map(String::as_str));
        let keep = Values::default().with("keep_text", &quote_literal(&keep));
        script.add(include_str!("public_revoked.sql"), &keep);
        script.add(include_str!("public_database.sql"), &keep);
        for schema in self.all_schemas() {
            script.add(include_str!("public_schema.sql"), &keep.clone().with_name("schema", schema));
        }
        script.add(include_str!("public_functions.sql"), &keep);
    }

    /// Every schema of the plan, once.
    fn all_schemas(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for schema in self.schemas.iter().chain(&self.sink_schemas) {
            if !all.contains(&schema.as_str()) {
                all.push(schema);
            }
        }
        all
    }
}

#[derive(Default)]
struct Script {
    text: String,
}

impl Script {
    fn add(&mut self, fragment: &str, values: &Values) {
        self.text.push_str(&fill(fragment, values));
    }
}

/// Lets these roles use what is created later, too.
fn defaults(script: &mut Script, schema: &str, privileges: &str, grantees: &str) {
    let values = Values::default()
        .with_name("schema", schema)
        .with("privileges", privileges)
        .with("grantees_text", &quote_literal(grantees));
    script.add(include_str!("default_privileges.sql"), &values);
}

/// Where a role looks for names.
fn search_path(script: &mut Script, role: &str, schemas: &[String]) {
    let texts: Vec<String> = schemas.iter().map(|schema| quote_literal(schema)).collect();
    let values = Values::default()
        .with_name("role", role)
        .with("search_path_text", &quote_literal(&list(schemas.iter().map(String::as_str))))
        .with("schema_texts", &texts.join(", "));
    script.add(include_str!("search_path.sql"), &values);
}

/// Names as SQL, with commas.
fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(quote_identifier).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn plan(environment: Environment) -> RolePlan {
        RolePlan {
            environment,
            database: None,
            schemas: vec!["public".to_owned()],
            sink_schemas: Vec::new(),
            prefix: "pgwright".to_owned(),
            keep_public: false,
            keep_for: Vec::new(),
            ledger: &["create schema if not exists pgwright"],
            ledger_grants: "grant usage on schema pgwright to {{roles}};",
        }
    }

    #[test]
    fn every_place_of_every_fragment_is_filled() {
        for environment in [Environment::Development, Environment::Staging, Environment::Production] {
            let script = RolePlan {
                database: Some("shop".to_owned()),
                sink_schemas: vec!["sales".to_owned()],
                ..plan(environment)
            }
            .script()
            .unwrap();
            assert!(!script.contains("{{") && !script.contains("}}"), "{script}");
            assert!(script.contains("pgwright_pipeline_sales"));
        }
    }

    #[test]
    fn only_off_development_does_public_lose_anything() {
        let takes = |plan: RolePlan| plan.script().unwrap().contains("from public;");
        assert!(!takes(plan(Environment::Development)));
        assert!(takes(plan(Environment::Staging)) && takes(plan(Environment::Production)));
        assert!(!takes(RolePlan { keep_public: true, ..plan(Environment::Production) }));
    }

    #[test]
    fn without_a_sink_there_is_no_ledger() {
        assert!(!plan(Environment::Production).script().unwrap().contains("create schema"));
    }

    #[test]
    fn names_are_quoted_and_a_quoted_name_is_no_fragment() {
        let script =
            RolePlan { schemas: vec!["we're \"{{role}}\"".to_owned()], ..plan(Environment::Staging) }
                .script()
                .unwrap();
        assert!(script.contains(r#"grant usage on schema "we're ""{{role}}""" to"#), "{script}");
        assert!(script.contains(r#"where n.nspname = 'we''re "{{role}}"'"#), "{script}");
    }

    #[test]
    fn names_that_would_leave_their_place_are_refused() {
        for name in ["", "a\nb", "a$pgwright$; drop"] {
            let refused = RolePlan { schemas: vec![name.to_owned()], ..plan(Environment::Staging) }.script();
            assert!(matches!(refused, Err(RolePlanError::Unusable { what: "schema", .. })), "{name:?}");
        }
        let long = RolePlan { prefix: "p".repeat(60), ..plan(Environment::Staging) }.script();
        assert!(matches!(long, Err(RolePlanError::TooLong { .. })));
    }
}
