-- The indexes that are newer than $1, each with the one of the whole table that it is part of. PostgreSQL 13-18.
with recursive made (top, oid) as (
    select i.indexrelid, i.indexrelid
    from pg_catalog.pg_index i
    where i.indexrelid > $1::oid
      and not exists (select from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid)
    union all
    select made.top, h.inhrelid
    from made
    join pg_catalog.pg_inherits h on h.inhparent = made.oid
)
select made.top,
       made.oid,
       i.indrelid as relation,
       n.nspname::text as schema,
       c.relname::text as name,
       c.relkind::text as kind,
       m.amname::text as method,
       pg_catalog.pg_relation_filepath(made.oid) as path,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate,
       i.indexprs is not null as has_expressions,
       coalesce((
           select option_value::int4
           from pg_catalog.pg_options_to_table(c.reloptions)
           where option_name = 'pages_per_range'
       ), 128) as pages_per_range,
       pg_catalog.array_to_string(array(
           select o.opcname from pg_catalog.pg_opclass o where o.oid = any (i.indclass::oid[])
       ), ' ') as classes,
       array(
           select a.attname::text
           from unnest(i.indkey::int2[]) with ordinality key (number, place)
           left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.number and key.number > 0
           order by key.place
       ) as columns
from made
join pg_catalog.pg_index i on i.indexrelid = made.oid
join pg_catalog.pg_class c on c.oid = made.oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_am m on m.oid = c.relam
order by made.top, made.oid
