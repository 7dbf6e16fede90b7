-- Removes one hypothetical index ($1) of this backend. HypoPG, PostgreSQL 13-18.
select hypopg_drop_index($1)
