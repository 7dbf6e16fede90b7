-- Makes one hypothetical index of this definition ($1) in this backend. HypoPG, PostgreSQL 13-18.
select indexrelid as oid, indexname as name from hypopg_create_index($1)
