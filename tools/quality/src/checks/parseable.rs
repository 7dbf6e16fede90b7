//! `parseable`: text that PostgreSQL could not read as another type, so that a conversion would fail. NULL passes.
//!
//! `as` is the type. From PostgreSQL 16 on the type's own input function decides, for any built-in type. Before that
//! `integer`, `bigint`, `numeric`, `double precision`, `boolean`, `date`, `timestamp` and `uuid` are judged by their ISO forms, which is
//! stricter for dates; other types cannot be judged.

use pgwright_postgres::types::quote_literal;

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule, format};
use crate::document::{InlineCheck, Mistake, suggest};
use crate::statement;

pub(super) const TYPE: CheckType = super::counting(
    "parseable",
    "Text that must be readable as a type",
    &["castable"],
    &["column", "as"],
    read,
);

const TYPES: &[&str] = &[
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
    "boolean",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "json",
    "jsonb",
    "inet",
    "cidr",
    "macaddr",
    "xml",
];

/// First version with `pg_input_is_valid`.
const SINCE: u32 = 160_000;

#[derive(Debug)]
struct Parseable {
    column: String,
    as_type: &'static str,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let written = match check.needed("as", "date")? {
        "int" => "integer",
        "float" | "double" => "double precision",
        "decimal" => "numeric",
        "bool" => "boolean",
        other => other,
    };
    let as_type = TYPES
        .iter()
        .find(|known| **known == written)
        .ok_or_else(|| Mistake::at("as", format!("unknown type {written}")).hint(suggest(written, TYPES)))?;
    Ok(Box::new(Parseable { column: check.one_column()?, as_type }))
}

impl Rule for Parseable {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let text =
            statement::text(column).ok_or_else(|| Fault::wrong_type("parseable", column, "it takes text"))?;
        let good = if ground.version >= SINCE && self.as_type != "xml" {
            format!("pg_input_is_valid({text}, {})", quote_literal(self.as_type))
        } else {
            self.by_form(&text).ok_or_else(|| {
                Fault::Unfit(format!("whether text is {} can be asked from PostgreSQL 16 on", self.as_type))
            })?
        };
        Ok(Fragments { costly: true, ..Fragments::failing(format!("not ({good})")) })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, format!("not readable as {}", self.as_type))
    }
}

impl Parseable {
    fn by_form(&self, text: &str) -> Option<String> {
        let trimmed = format!("btrim({text}, {})", statement::BLANKS);
        let whole = |bytes: u32| {
            let bound = 1_i128 << (bytes * 8 - 1);
            format!(
                "case when {trimmed} ~ '^[-+]?\\d{{1,40}}$' then {trimmed}::numeric between {} and {} else false end",
                -bound,
                bound - 1
            )
        };
        Some(match self.as_type {
            "smallint" => whole(2),
            "integer" => whole(4),
            "bigint" => whole(8),
            "numeric" | "double precision" | "real" => {
                let decimal = format::condition("decimal", &trimmed);
                format!(
                    "({decimal} or lower({trimmed}) in ('nan', 'infinity', '-infinity', '+infinity', 'inf', '-inf'))"
                )
            }
            "boolean" => format!(
                "lower({trimmed}) in ('t', 'tr', 'tru', 'true', 'f', 'fa', 'fal', 'fals', 'false', 'y', 'ye', 'yes', 'n', 'no', \
                 'on', 'of', 'off', '1', '0')"
            ),
            "date" => format::condition("date", &trimmed),
            "timestamp" | "timestamptz" => {
                format!(
                    "({} or {})",
                    format::condition("timestamp", &trimmed),
                    format::condition("date", &trimmed)
                )
            }
            "time" => format::condition("time", &trimmed),
            "uuid" => {
                format!(r"lower({trimmed}) ~ '^\{{?[0-9a-f]{{8}}-?([0-9a-f]{{4}}-?){{3}}[0-9a-f]{{12}}\}}?$'")
            }
            _ => return None,
        })
    }
}
