//! explain_query: what a query costs, why, and what to do
