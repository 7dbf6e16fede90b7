//! Why something that a statement reaches was refused, said so that whoever configures pgwright can decide on it.

use std::fmt;
use std::sync::Arc;

/// Something behind a statement's names that it may not reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct OutOfReach {
    /// The stable name of the rule, such as `function_not_allowed`.
    pub rule: &'static str,
    /// What is refused, e.g. `function public.f(integer)`.
    pub object: String,
    /// Why.
    pub reason: String,
    /// What the statement named, where that is something else, e.g. `view public.v`.
    pub via: Option<Arc<str>>,
    /// The setting that would let it pass with the entry it would need, where there is one, e.g.
    /// `databases.shop.reach.allow_functions: ["public.f"]`.
    pub setting: Option<String>,
    /// What would be allowed instead, where no setting helps.
    pub instead: &'static str,
}

impl OutOfReach {
    /// What PostgreSQL reads in a statement is not what was judged.
    pub(super) fn disagreement(reason: String) -> Self {
        Self {
            rule: "witnesses_disagree",
            object: "the statement".to_owned(),
            reason,
            via: None,
            setting: None,
            instead: "the same question asked with a simpler statement",
        }
    }

    /// Whether another reading of the same names could lead elsewhere.
    pub(super) fn is_of_an_overload(&self) -> bool {
        matches!(
            self.rule,
            "function_not_allowed" | "operator_not_allowed" | "cast_not_allowed" | "type_not_allowed"
        )
    }

    /// What would be allowed instead, or who can allow it.
    pub fn hint(&self) -> String {
        match &self.setting {
            Some(setting) => format!("whoever configures pgwright can allow it with {setting}"),
            None => format!("allowed is {}", self.instead),
        }
    }
}

impl fmt::Display for OutOfReach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not allowed here", self.object)?;
        if let Some(via) = &self.via {
            write!(f, ", and {via} uses it")?;
        }
        write!(f, ": {}", self.reason)
    }
}
