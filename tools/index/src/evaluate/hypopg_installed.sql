-- Whether HypoPG's functions can be called as they are written, and are the extension's own. PostgreSQL 13-18.
select
from pg_catalog.pg_extension e
join pg_catalog.pg_depend d
    on d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid
    and d.classid = 'pg_catalog.pg_proc'::regclass and d.deptype = 'e'
where e.extname = 'hypopg'
  and d.objid = pg_catalog.to_regprocedure('hypopg_create_index(text)')
