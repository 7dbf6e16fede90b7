//! table_stats: how big tables are, how they are used, what maintenance they need
