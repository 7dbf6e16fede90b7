-- What types ($1) are made of, and what runs when a value of theirs is read, written or checked. PostgreSQL 13-18.
select
    t.oid,
    pg_catalog.format_type(t.oid, null) as shown,
    array(select part.oid
          from (
              select unnest(array[t.typelem, t.typarray, t.typbasetype])
              union all
              select unnest(array[r.rngtypid, r.rngsubtype]) from pg_catalog.pg_range r where r.rngtypid = t.oid
              union all
              select unnest(array[r.rngtypid, (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid])
              from pg_catalog.pg_range r
              where t.oid in (r.rngtypid, (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid)
              union all
              select a.atttypid
              from pg_catalog.pg_attribute a
              where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0
          ) as part (oid)
          where part.oid >= 16384) as parts,
    array(select part.oid
          from (
              select unnest(array[t.typelem, t.typbasetype])
              union all
              select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid
              union all
              select r.rngtypid from pg_catalog.pg_range r where (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid
              union all
              select a.atttypid
              from pg_catalog.pg_attribute a
              where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0
          ) as part (oid)
          where part.oid >= 16384) as contains,
    array(select c.conbin::text
          from pg_catalog.pg_constraint c
          where c.contypid = t.oid and c.conbin is not null) as checks,
    array(select called.oid
          from (
              select unnest(array[t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout]::oid[])
              union all
              select unnest(array[r.rngcanonical, r.rngsubdiff]::oid[])
              from pg_catalog.pg_range r
              where r.rngtypid = t.oid
              union all
              select p.amproc::oid
              from pg_catalog.pg_range r
              join pg_catalog.pg_opclass c on c.oid = r.rngsubopc
              join pg_catalog.pg_amproc p on p.amprocfamily = c.opcfamily
              where r.rngtypid = t.oid
          ) as called (oid)
          where called.oid >= 16384) as functions
from pg_catalog.pg_type t
where t.oid = any ($1::oid[])
