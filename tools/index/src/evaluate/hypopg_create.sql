-- Makes one hypothetical index of this definition ($1) in this backend. HypoPG, PostgreSQL 13-18.
select indexrelid from hypopg_create_index($1)
