//! What checks to run: a YAML document, or the same options given inline as JSON. Both become [`CheckSpec`](crate::CheckSpec)s.
//!
//! ```yaml
//! checks for shop.orders:                       # short form: a line a check
//!   - row_count between 1000 and 10000000
//!   - missing(email) < 1%
//!   - unique(sku, created_at)
//!   - in_set(status): {values: [new, paid, shipped], warn: "> 0", fail: "> 1%"}
//!   - references(customer_id): {references: shop.customers(id), severity: warn}
//! ```
//!
//! ```yaml
//! version: 1                                    # full form: a mapping a check
//! defaults: {severity: warn}
//! checks:
//!   - {id: quantities, table: shop.orders, type: range, column: quantity, min: 1, max: 100}
//! ```

mod flow;
mod foreign;
mod inline;
mod line;
mod listed;
mod located;
mod mistake;
mod odcs;
mod option;
mod read;
mod scalar;
mod schema;

pub use inline::InlineCheck;
pub use listed::{ListedCheck, listed_schema, read_list};
pub use mistake::{DocumentError, Mistake, suggest};
pub use read::{Document, TableChecks, Unmapped, read, read_document};
pub use scalar::{Form, Scalar};

pub(crate) use inline::Given;
pub(crate) use line::column_list;
pub(crate) use option::{ALWAYS, about};
pub(crate) use scalar::is_decimal;
