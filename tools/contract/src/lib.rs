//! What a tool is: its input, its answer, what a call may touch, how it fails.
//!
//! ```text
//!   JSON ─▶ ErasedTool::prepare ─▶ Prepared { needs } ── policy ──▶ Call { database, grant, … }
//!                                        │                             │
//!                                        └──────── run(call) ◀─────────┘ ─▶ Answered { text, structured }
//! ```
//!
//! Knows nothing of MCP, HTTP or the command line; those are views of [`Answered`] and [`ToolError`].

mod access;
mod answer;
mod attachment;
mod budget;
mod call;
mod erased;
mod error;
mod files;
mod page;
mod progress;
pub mod units;

pub use access::{Access, Grant, Principal};
pub use answer::{Answer, Tool};
pub use attachment::{Attachment, Form};
pub use budget::Budget;
pub use call::Call;
pub use erased::{Answered, ErasedTool, Prepared};
pub use error::ToolError;
pub use files::named_file;
pub use page::Page;
pub use progress::{Progress, ProgressSink};
