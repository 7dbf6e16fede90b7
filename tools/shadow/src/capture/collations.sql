-- Collations that users made. The locale has had other names before 17. PostgreSQL 13-18.
select n.nspname::text as schema,
       l.collname::text as name,
       l.collprovider::text as provider,
       l.collcollate::text as collate,
       l.collctype::text as ctype,
       coalesce(pg_catalog.to_jsonb(l) ->> 'colllocale', pg_catalog.to_jsonb(l) ->> 'colliculocale', l.collcollate::text) as locale,
       l.collisdeterministic as deterministic
from pg_catalog.pg_collation l
join pg_catalog.pg_namespace n on n.oid = l.collnamespace
where n.nspname not in ('pg_catalog', 'information_schema')
  and l.collprovider in ('c', 'i')
order by l.oid
