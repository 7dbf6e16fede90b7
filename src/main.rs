//! pgwright: a PostgreSQL engineering server for AI assistants.
fn main() {}
