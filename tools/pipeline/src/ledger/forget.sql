-- Before the rows of table $1 are replaced: what was loaded into it, by whichever pipeline, is no longer there.
-- PostgreSQL 13-18.
delete from pgwright.loads where target = $1
