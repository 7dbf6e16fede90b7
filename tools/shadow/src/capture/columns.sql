-- Columns of these relations ($1). PostgreSQL 13-18 (virtual generated columns are new in 18).
select a.attrelid as relation,
       a.attnum as number,
       a.attname::text as name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) as type_name,
       case
           when a.attcollation <> 0 and a.attcollation <> t.typcollation
               then (select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
                     from pg_catalog.pg_collation l
                     join pg_catalog.pg_namespace n on n.oid = l.collnamespace
                     where l.oid = a.attcollation)
       end as collation,
       a.attnotnull as not_null,
       a.attinhcount > 0 and not a.attislocal as inherited,
       case when a.attgenerated = 'v' then pg_catalog.pg_get_expr(g.adbin, g.adrelid) end as virtual_expression,
       pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select') as readable
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef g on g.adrelid = a.attrelid and g.adnum = a.attnum and a.attgenerated = 'v'
where a.attrelid = any ($1::oid[])
  and a.attnum > 0
  and not a.attisdropped
order by a.attrelid, a.attnum
