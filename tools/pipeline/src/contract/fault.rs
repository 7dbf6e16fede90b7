//! One reason why a row is refused. It names the rule that is broken, never the value.

/// One reason, about one column or the record as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Which of the loaded columns; `None` for the whole record.
    pub(crate) column: Option<usize>,
    pub(crate) broken: Broken,
}

/// What is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    FieldCount {
        expected: usize,
        found: usize,
    },
    Encoding(&'static str),
    NulByte,
    StrayQuote,
    TextAfterQuote,
    LineBreakInQuotes,
    CarriageReturn,
    Null,
    NotOfType {
        type_name: String,
        reason: &'static str,
    },
    TooLarge {
        type_name: String,
    },
    BelowMin {
        min: String,
    },
    AboveMax {
        max: String,
    },
    Pattern {
        pattern: String,
    },
    NotListed,
    /// PostgreSQL refused what the client let pass.
    Server {
        code: String,
        message: String,
    },
}

impl Broken {
    /// A stable name for the rule.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::FieldCount { .. } => "field_count",
            Self::Encoding(_) => "encoding",
            Self::NulByte => "nul_byte",
            Self::StrayQuote => "stray_quote",
            Self::TextAfterQuote => "text_after_quote",
            Self::LineBreakInQuotes => "line_break_in_quotes",
            Self::CarriageReturn => "carriage_return",
            Self::Null => "not_null",
            Self::NotOfType { .. } => "type",
            Self::TooLarge { .. } => "out_of_range",
            Self::BelowMin { .. } => "min",
            Self::AboveMax { .. } => "max",
            Self::Pattern { .. } => "pattern",
            Self::NotListed => "values",
            Self::Server { code, .. } => code,
        }
    }

    /// What is wrong, in words.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::FieldCount { expected, found } => format!("{found} fields where {expected} are expected"),
            Self::Encoding(encoding) => format!("bytes that are not {encoding}"),
            Self::NulByte => "a NUL byte, which PostgreSQL can't store".to_owned(),
            Self::StrayQuote => "a quote inside a field that is not quoted".to_owned(),
            Self::TextAfterQuote => "text after a closing quote".to_owned(),
            Self::LineBreakInQuotes => "a quote that is not closed on its line".to_owned(),
            Self::CarriageReturn => "a carriage return outside quotes".to_owned(),
            Self::Null => "NULL where a value is required".to_owned(),
            Self::NotOfType { type_name, reason } => format!("not a valid {type_name}: {reason}"),
            Self::TooLarge { type_name } => format!("out of the range of {type_name}"),
            Self::BelowMin { min } => format!("less than the minimum {min}"),
            Self::AboveMax { max } => format!("greater than the maximum {max}"),
            Self::Pattern { pattern } => format!("does not match {pattern}"),
            Self::NotListed => "not one of the listed values".to_owned(),
            Self::Server { code, message } => format!("refused by PostgreSQL ({code}): {message}"),
        }
    }
}
