//! What is wrong with a document or an inline check.

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
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { option: None, message: message.into(), hint: None }
    }

    pub(crate) fn at(option: &'static str, message: impl Into<String>) -> Self {
        Self { option: Some(option), ..Self::new(message) }
    }

    pub(crate) fn missing(option: &'static str, example: &str) -> Self {
        Self::new(format!("{option} is missing")).hint(format!("for example {option}: {example}"))
    }

    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
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

/// `did you mean …?`, or all there is to choose from.
pub(super) fn suggest(wrong: &str, known: &[&str]) -> String {
    let far = |name: &str| strsim::osa_distance(wrong, name);
    match known.iter().min_by_key(|name| far(name)) {
        Some(nearest) if far(nearest) <= wrong.len().div_ceil(3) => format!("did you mean {nearest}?"),
        _ => format!("known: {}", known.join(", ")),
    }
}
