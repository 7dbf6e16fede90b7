//! End to end: the built binary, driven by real MCP clients, against real PostgreSQL clusters that these tests start.
//! Nothing here reaches inside. One binary, so that everything is linked once and one cluster serves all tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod answer_sizes;
mod audit;
mod canaries;
mod cli;
mod demo;
mod describe_schema;
mod environments;
mod explain_changes;
mod explain_query;
mod guard_witness;
mod hostile;
mod masking;
mod plan_history;
mod planted;
mod private_cluster;
mod protocol;
mod quality;
mod resources;
mod rewrites;
mod roles;
mod run_quality_check;
mod run_query;
mod sdk_clients;
mod secret_references;
mod simulate_change;
mod suggest_index;
mod support;
mod surface;
mod table_stats;
mod top_queries;
mod transports;
mod trigger_pipeline;
mod validate;
