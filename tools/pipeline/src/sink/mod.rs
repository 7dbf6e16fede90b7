//! Where rows go: COPY into the target or a staging table, then the publication, all inside the load's transaction.

pub(crate) mod copy;
pub(crate) mod statements;
