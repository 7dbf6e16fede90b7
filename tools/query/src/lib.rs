//! Rows and the shape of a database, in few words.
//!
//! What comes from a database is data: rows stand between marks that nobody can guess, names and comments are escaped.

mod describe_schema;
mod run_query;

pub use describe_schema::DescribeSchema;
pub use run_query::RunQuery;
