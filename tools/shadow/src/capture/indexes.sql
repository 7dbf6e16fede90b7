-- Indexes of these relations ($1) that the planner may use. `endpoint` is the leading column's number where its least and
-- greatest value can be looked up. PostgreSQL 13-18.
select i.indrelid as relation,
       i.indexrelid as oid,
       c.relname::text as name,
       m.amname::text as method,
       pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
       exists (
           select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
       ) as of_constraint,
       pn.nspname::text as parent_schema,
       p.relname::text as parent_name,
       case when c.relkind = 'i' then coalesce(pg_catalog.pg_relation_size(c.oid), 0) / 8192 else 0 end as blocks,
       c.relpages,
       c.reltuples,
       c.relallvisible,
       coalesce(s.idx_scan, 0) as scans,
       case
           when m.amname = 'btree' and c.relkind = 'i' and i.indpred is null and i.indkey[0] > 0 and o.opcdefault
               and i.indcollation[0] in (0, a.attcollation)
               then i.indkey[0]
       end as endpoint,
       i.indexprs is not null as has_expressions
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_am m on m.oid = c.relam
left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
left join pg_catalog.pg_opclass o on o.oid = i.indclass[0]
left join pg_catalog.pg_inherits h on h.inhrelid = i.indexrelid
left join pg_catalog.pg_class p on p.oid = h.inhparent
left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
left join pg_catalog.pg_stat_all_indexes s on s.indexrelid = i.indexrelid
where i.indrelid = any ($1::oid[])
  and i.indislive
  -- The index of a partitioned table is invalid until every partition has its part.
  and (i.indisvalid or c.relkind = 'I')
  and pg_catalog.pg_get_indexdef(i.indexrelid) is not null
order by i.indrelid, i.indexrelid
