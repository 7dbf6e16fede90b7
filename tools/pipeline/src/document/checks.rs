//! The checks of a definition. `accepted_rate` is of pipelines only; every other rule is a check type of the quality room,
//! with its options. What numbers decide stands apart from what the staged rows decide.

use std::borrow::Cow;

use pgwright_quality::CheckSpec;
use pgwright_quality::checks::Severity;
use pgwright_quality::document::{DocumentError as Misread, ListedCheck, Mistake, listed_schema, read_list};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, IgnoredAny};

const ACCEPTED_RATE: &str = "accepted_rate";
const ROW_COUNT: &str = "row_count";

/// What must hold for a load as a whole.
#[derive(Debug, Default)]
pub struct Checks {
    /// Shares of a load's rows that must be accepted.
    pub accepted_rates: Vec<AcceptedRate>,
    /// How many rows must be accepted.
    pub row_counts: Vec<CheckSpec>,
    /// What must hold for the staged rows.
    pub staged: Vec<CheckSpec>,
}

/// At least this share of a load's rows is accepted.
#[derive(Debug, PartialEq)]
pub struct AcceptedRate {
    /// The name it was given, or `accepted_rate`.
    pub name: String,
    /// 0 to 1.
    pub min: f64,
    /// What happens when it does not hold.
    pub severity: Severity,
}

impl Checks {
    /// Reads the checks of a definition.
    pub(super) fn read(definition: &str) -> Result<Self, Misread> {
        let mut checks = Self::default();
        for listed in read_list(definition, "checks")? {
            if listed.check().r#type == ACCEPTED_RATE {
                checks.accepted_rates.push(AcceptedRate::read(&listed)?);
                continue;
            }
            let spec = listed.spec(&[ACCEPTED_RATE])?;
            if spec.kind == ROW_COUNT { &mut checks.row_counts } else { &mut checks.staged }.push(spec);
        }
        Ok(checks)
    }

    /// Name, rule and severity of all of them.
    pub(crate) fn listed(&self) -> impl Iterator<Item = (&str, &'static str, Severity)> {
        let rates = self.accepted_rates.iter().map(|rate| (rate.name.as_str(), ACCEPTED_RATE, rate.severity));
        let specs = self.row_counts.iter().chain(&self.staged);
        rates.chain(specs.map(|spec| (spec.name.as_str(), spec.kind, spec.severity)))
    }
}

impl AcceptedRate {
    /// Its rule, in definitions and in answers.
    pub const RULE: &'static str = ACCEPTED_RATE;

    fn read(listed: &ListedCheck) -> Result<Self, Misread> {
        listed.takes_only(&["min", "name", "severity"])?;
        let check = listed.check();
        let min = check.text("min").and_then(|min| min.parse().ok());
        match min.filter(|min| (0.0..=1.0).contains(min)) {
            Some(min) => Ok(Self {
                name: check.text("name").unwrap_or(ACCEPTED_RATE).to_owned(),
                min,
                severity: check.severity().map_err(|mistake| listed.error(mistake))?,
            }),
            None => Err(listed.error(
                Mistake::at("min", "accepted_rate needs min, a share from 0 to 1")
                    .hint("for example min: 0.99"),
            )),
        }
    }
}

/// Passes over them: they are read from the text, where values stand as they were written.
impl<'de> Deserialize<'de> for Checks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self::default())
    }
}

impl JsonSchema for Checks {
    fn schema_name() -> Cow<'static, str> {
        "Checks".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut check = listed_schema(&[ACCEPTED_RATE]);
        if let Some(min) = check.pointer_mut("/properties/min/description") {
            *min = "accepted_rate: least share, 0 to 1; range, row_count: lowest allowed.".into();
        }
        json_schema!({ "type": "array", "items": check })
    }
}
