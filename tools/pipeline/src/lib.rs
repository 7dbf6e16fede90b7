//! trigger_pipeline: files into tables, exactly once
