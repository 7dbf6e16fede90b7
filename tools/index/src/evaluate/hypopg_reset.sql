-- Removes all hypothetical indexes of this backend. HypoPG, PostgreSQL 13-18.
select hypopg_reset()
