//! The doors: stdio, streamable HTTP, and legacy SSE for old clients. All lead to the same handler.

pub(crate) mod http;
mod sse;
pub(crate) mod stdio;
