-- What these roles ($1) own in this database, except pgwright's own schema: an owner may change, empty or drop it, and
-- read it whatever is granted. PostgreSQL 13-18.
select 'owner',
       pg_catalog.format('database %I', d.datname),
       pg_catalog.format('alter database %I owner to another_role;', d.datname)
from pg_catalog.pg_database d
where d.datname = pg_catalog.current_database() and d.datdba = any ($1)
union all
select 'owner', pg_catalog.format('schema %I', n.nspname),
       pg_catalog.format('alter schema %I owner to another_role;', n.nspname)
from pg_catalog.pg_namespace n
where n.nspowner = any ($1) and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgwright')
union all
select 'owner',
       pg_catalog.format('%s %I.%I', kind.word, n.nspname, c.relname),
       pg_catalog.format('alter %s %I.%I owner to another_role;', kind.word, n.nspname, c.relname)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join (values ('r', 'table'), ('p', 'table'), ('v', 'view'), ('m', 'materialized view'), ('f', 'foreign table')) kind (code, word)
    on kind.code = c.relkind
where c.relowner = any ($1) and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgwright')
