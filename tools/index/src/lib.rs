//! Index advice: candidates from statements, ranked by what they save
