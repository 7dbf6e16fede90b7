-- Columns of the tables beside that one ($1, an OID; itself included) in its schema that could be pointed to: unique by a
-- whole index, or by statistics with a name like a key's. PostgreSQL 13-18.
select n.nspname::text as schema,
       c.relname::text as name,
       a.attname::text as column,
       t.typname::text as type_name,
       c.oid = s.oid as itself
from pg_catalog.pg_class s
join pg_catalog.pg_class c on c.relnamespace = s.relnamespace and c.relkind in ('r', 'p')
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_stats p on p.schemaname = n.nspname and p.tablename = c.relname and p.attname = a.attname
where s.oid = $1
  and (exists (
           select
           from pg_catalog.pg_index i
           where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null
             and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
       )
       or (p.n_distinct = -1 and p.null_frac = 0 and a.attname ~ '(^|_)(id|key|no|nr|code|number|uuid)$'))
  and pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')
order by c.relname, a.attnum
