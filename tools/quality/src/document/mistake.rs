//! What is wrong with a document or an inline check.

use serde_saphyr::{Error, MessageFormatter, UserMessageFormatter};

/// A check that cannot be read: which option, why, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mistake {
    /// The option at fault, where one is.
    pub option: Option<&'static str>,
    /// What is wrong.
    pub message: String,
    /// What would mend it.
    pub hint: Option<String>,
}

impl Mistake {
    /// It as a whole is wrong.
    pub fn new(message: impl Into<String>) -> Self {
        Self { option: None, message: message.into(), hint: None }
    }

    /// That option is wrong.
    pub fn at(option: &'static str, message: impl Into<String>) -> Self {
        Self { option: Some(option), ..Self::new(message) }
    }

    pub(crate) fn missing(option: &'static str, example: &str) -> Self {
        Self::new(format!("{option} is missing")).hint(format!("for example {option}: {example}"))
    }

    /// With what would mend it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// A document that cannot be read, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct DocumentError {
    /// From 1.
    pub line: u64,
    /// In characters, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
    /// What would mend it.
    pub hint: Option<String>,
}

impl DocumentError {
    /// What the YAML reader says, with its place. A key or word that it does not know comes with the nearest.
    pub fn of_yaml(error: &Error) -> Self {
        let place = error.location();
        let mistake = match error.without_snippet() {
            Error::SerdeUnknownField { field, expected, .. } => {
                Mistake::new(format!("unknown key {field}")).hint(suggest(field, expected))
            }
            Error::SerdeUnknownVariant { variant, expected, .. } => {
                Mistake::new(format!("unknown value {variant}")).hint(suggest(variant, expected))
            }
            other => Mistake::new(UserMessageFormatter.format_message(other)),
        };
        Self::at(place.map_or(1, |place| place.line()), place.map_or(1, |place| place.column()), mistake)
    }

    /// A mistake at that line and column.
    pub fn at(line: u64, column: u64, mistake: Mistake) -> Self {
        Self { line, column, message: mistake.message, hint: mistake.hint }
    }
}

/// `did you mean …?`, or all there is to choose from.
pub fn suggest(wrong: &str, known: &[&str]) -> String {
    let far = |name: &str| strsim::osa_distance(wrong, name);
    match known.iter().min_by_key(|name| far(name)) {
        Some(nearest) if far(nearest) <= wrong.len().div_ceil(3) => format!("did you mean {nearest}?"),
        _ => format!("known: {}", known.join(", ")),
    }
}
