//! What the tests say things with.
//!
//! ```ignore
//! let shop = Database::with("create table orders (id int primary key)").await;   // PostgreSQL 15, empty database
//! let client = Client::stdio(&shop).await;                                       // a server of its own, over stdio
//! let answer = client.call("table_stats", json!({"table": "orders"})).await.unwrap();
//! assert_eq!(answer["tables"][0]["name"], "public.orders");                      // structured content
//! assert!(answer.text.contains("orders"));                                       // what an assistant reads
//! let failure = client.call("table_stats", json!({"table": "orderz"})).await.unwrap_err();
//! assert_eq!(failure.error["code"], "42P01");
//! ```
//!
//! Every successful answer is validated against the tool's committed output schema by `call` itself. Conditions are
//! observed (`shop.until(...)`), never slept for.

mod client;
mod configuration;
mod database;
mod http;
mod processes;
mod sdk;
mod trail;
pub mod way;

/// Every tool, in the order in which a server lists them.
pub const TOOLS: [&str; 10] = [
    "explain_query",
    "suggest_index",
    "simulate_change",
    "run_quality_check",
    "suggest_quality_checks",
    "trigger_pipeline",
    "describe_schema",
    "run_query",
    "table_stats",
    "top_queries",
];

pub use client::{Answer, Client, Era, Failure, pgwright};
pub use configuration::Configuration;
pub use database::{BOUND, Database, NEWER, OLDER, eventually};
pub use http::{HttpServer, Request};
pub use processes::command_lines;
pub use sdk::{Driver, Sdk};
pub use trail::{Trail, shared as shared_trail};
