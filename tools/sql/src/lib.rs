//! SQL text without a database: names, the read-only guard, what a statement touches
