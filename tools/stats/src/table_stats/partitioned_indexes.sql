-- Indexes of a partitioned table ($1) with the sizes and scans of their parts, which the parent itself does not have.
-- PostgreSQL 13-18.
with recursive member (root, oid) as (
    select i.indexrelid, i.indexrelid
    from pg_catalog.pg_index i
    where i.indrelid = $1
    union all
    select member.root, h.inhrelid
    from member
    join pg_catalog.pg_inherits h on h.inhparent = member.oid
)
select member.root as oid,
       pg_catalog.sum(pg_catalog.pg_relation_size(member.oid))::int8 as size_bytes,
       coalesce(pg_catalog.sum(s.idx_scan), 0)::int8 as scans
from member
left join pg_catalog.pg_stat_all_indexes s on s.indexrelid = member.oid
group by member.root
