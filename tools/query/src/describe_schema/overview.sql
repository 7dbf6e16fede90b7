-- Tables, views, materialized and foreign tables of one schema ($1) or of all but the system's and pgwright's own, behind one
-- name ($2 schema, $3 name), by name. Partitions are folded into their table. With words ($4, lower case) only those where each is found in the
-- table's name or comment, or in a column's; `matching` are these columns. PostgreSQL 13-18.
select c.oid,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as kind,
       case
           when c.relkind in ('r', 'm') and (c.reltuples > 0 or c.relpages > 0) then c.reltuples
           when c.relkind = 'p' and c.reltuples > 0 then c.reltuples
       end::float8 as estimated_rows,
       pg_catalog.obj_description(c.oid, 'pg_class') as comment,
       not (pg_catalog.has_schema_privilege(n.oid, 'usage')
            and pg_catalog.has_any_column_privilege(c.oid, 'select')) as no_select,
       found.matching
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join lateral (
    select array(
        select a.attname::text
        from pg_catalog.pg_attribute a
        left join pg_catalog.pg_description d
            on d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid = c.oid and d.objsubid = a.attnum
        where $4::text[] is not null
          and a.attrelid = c.oid
          and a.attnum > 0
          and not a.attisdropped
          and exists (
              select
              from unnest($4::text[]) as word
              where strpos(lower(a.attname::text || ' ' || coalesce(d.description, '')), word) > 0
          )
        order by a.attnum
    ) as matching
) found
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and not c.relispartition
  and n.nspname !~ '^pg_(toast_)?temp_'
  and (n.nspname = $1
       or ($1 is null and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'pgwright')))
  and ($2::text is null or (n.nspname::text collate "C", c.relname::text collate "C") > ($2::text, $3::text))
  and ($4::text[] is null
       or not exists (
           select
           from unnest($4::text[]) as word
           where strpos(
                     lower(
                         n.nspname || '.' || c.relname || ' '
                         || coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '')
                     ),
                     word
                 ) = 0
             and not exists (
                 select
                 from pg_catalog.pg_attribute a
                 left join pg_catalog.pg_description d
                     on d.classoid = 'pg_catalog.pg_class'::regclass
                     and d.objoid = c.oid and d.objsubid = a.attnum
                 where a.attrelid = c.oid
                   and a.attnum > 0
                   and not a.attisdropped
                   and strpos(lower(a.attname::text || ' ' || coalesce(d.description, '')), word) > 0
             )
       ))
order by n.nspname::text collate "C", c.relname::text collate "C"
