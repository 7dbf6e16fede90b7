//! Query plans without a database: model, arithmetic, findings, text
