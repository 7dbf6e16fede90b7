-- Columns of these relations ($1): a NOT NULL that is not validated (18) is none. PostgreSQL 13-18.
select a.attrelid as relation,
       a.attname::text as name,
       case when t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace then t.typname::text
            else pg_catalog.format('%s.%s', t.typnamespace::pg_catalog.regnamespace, t.typname)
       end as type_name,
       a.attnotnull and not exists (
           select
           from pg_catalog.pg_constraint k
           where k.conrelid = a.attrelid and k.contype = 'n' and k.conkey[1] = a.attnum and not k.convalidated
       ) as not_null,
       coalesce(l.collisdeterministic, true) as deterministic
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_collation l on l.oid = a.attcollation
where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum
