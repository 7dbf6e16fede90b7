-- One relation ($1): comment, measured sizes with its partitions', partitioning, what a view is made of. PostgreSQL 13-18.
select pg_catalog.obj_description(c.oid, 'pg_class') as comment,
       size.total_bytes,
       size.index_bytes,
       case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as partitioned_by,
       above.nspname::text as parent_schema,
       parent_table.relname::text as parent_name,
       pg_catalog.pg_get_expr(c.relpartbound, c.oid) as bounds,
       case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid, true) end as definition,
       c.relrowsecurity as row_security,
       not (pg_catalog.has_schema_privilege(c.relnamespace, 'usage')
            and pg_catalog.has_any_column_privilege(c.oid, 'select')) as no_select
from pg_catalog.pg_class c
left join pg_catalog.pg_inherits parent on parent.inhrelid = c.oid and c.relispartition
left join pg_catalog.pg_class parent_table on parent_table.oid = parent.inhparent
left join pg_catalog.pg_namespace above on above.oid = parent_table.relnamespace
cross join lateral (
    select pg_catalog.sum(pg_catalog.pg_total_relation_size(member.oid))::int8 as total_bytes,
           pg_catalog.sum(pg_catalog.pg_indexes_size(member.oid))::int8 as index_bytes
    from (
        select c.oid
        where c.relkind in ('r', 'm')
        union all
        select tree.relid
        from pg_catalog.pg_partition_tree(c.oid) tree
        where c.relkind = 'p' and tree.isleaf
    ) member
) size
where c.oid = $1
