//! Names as PostgreSQL reads and writes them: folding, truncation and quoting.

mod column;
mod function;
mod identifier;
mod keyword;
mod relation;
mod type_name;

pub use column::ColumnName;
pub use function::FunctionName;
pub use identifier::{NameError, fold_identifier, quote_identifier};
pub(crate) use identifier::{truncated, unquote_identifier};
pub(crate) use keyword::needs_quotes;
pub use relation::RelationName;
pub use type_name::TypeName;
