//! The doors: stdio, streamable HTTP, and legacy SSE for old clients. All lead to the same handler.

pub(crate) mod http;
mod sse;
pub(crate) mod stdio;

/// Largest body of a request over HTTP.
const BODY_BYTES: usize = 1024 * 1024;
