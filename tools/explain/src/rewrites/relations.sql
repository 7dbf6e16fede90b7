-- Tables by the names that a statement calls them ($1, quoted where needed). Left out: views and foreign tables, parents of
-- inheritance, whose children need not keep their constraints, and partitioned tables with a foreign partition. PostgreSQL 13-18.
select wanted.name, c.oid, c.relrowsecurity as row_security
from unnest($1::text[]) as wanted (name)
join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(wanted.name)
where (c.relkind = 'r' and not exists (select from pg_catalog.pg_inherits h where h.inhparent = c.oid))
   or (c.relkind = 'p'
       and not exists (
           select
           from pg_catalog.pg_partition_tree(c.oid) part
           join pg_catalog.pg_class leaf on leaf.oid = part.relid
           where leaf.relkind = 'f'
       ))
