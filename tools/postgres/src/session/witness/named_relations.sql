-- The relations that names lead to ($1 schemas, $2 names); a plain one has nothing behind it that runs when it is read: no
-- query, no policy, no partitions or parents, no types, index methods or expressions but built-in ones. PostgreSQL 13-18.
select
    c.oid,
    c.relnamespace::pg_catalog.regnamespace::text as schema,
    c.relname::text as name,
    c.relkind::text as kind,
    array(select unnest(array[t.oid, t.typarray]) from pg_catalog.pg_type t where t.oid = c.reltype) as row_types,
    c.relkind in ('r', 'm', 'S') and not c.relhassubclass and not c.relrowsecurity
        and not exists (select from pg_catalog.pg_inherits i where i.inhrelid = c.oid)
        and not exists (select from pg_catalog.pg_attribute a
                        where a.attrelid = c.oid and a.attnum > 0 and a.atttypid >= 16384)
        and not exists (select
                        from pg_catalog.pg_index i
                        where i.indrelid = c.oid
                          and (pg_catalog.concat(i.indexprs, i.indpred) ~ '[ (]([2-9][0-9]{4}|1[6-9][0-9]{3}|[0-9]{6,})'
                               or exists (select from unnest(i.indclass::oid[]) as k (oid) where k.oid >= 16384)))
        and not exists (select
                        from pg_catalog.pg_statistic_ext s
                        where s.stxrelid = c.oid and pg_catalog.to_jsonb(s) ->> 'stxexprs' ~ '[ (]([2-9][0-9]{4}|1[6-9][0-9]{3}|[0-9]{6,})')
        and not exists (select
                        from pg_catalog.pg_constraint k
                        where k.conrelid = c.oid and k.contype = 'c' and k.conbin::text ~ '[ (]([2-9][0-9]{4}|1[6-9][0-9]{3}|[0-9]{6,})') as is_plain
from unnest($1::text[], $2::text[]) as named (schema, name)
join pg_catalog.pg_class c on c.relname = named.name
where case when named.schema is null then pg_catalog.pg_table_is_visible(c.oid)
      else c.relnamespace::pg_catalog.regnamespace::text = pg_catalog.quote_ident(named.schema) end
