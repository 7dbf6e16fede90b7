-- What fills the columns of a relation ($1) by itself: default, identity, generation. PostgreSQL 13-18.
select a.attname::text as name,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression,
       a.attidentity::text as identity,
       a.attgenerated <> '' as generated
from pg_catalog.pg_attribute a
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = $1
  and a.attnum > 0
  and not a.attisdropped
  and (d.oid is not null or a.attidentity <> '')
