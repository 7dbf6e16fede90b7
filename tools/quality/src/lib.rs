//! run_quality_check: many checks in few scans, honest verdicts
