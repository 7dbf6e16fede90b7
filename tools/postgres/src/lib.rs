//! Everything that speaks to PostgreSQL: databases, guarded sessions, the catalogue, private clusters
