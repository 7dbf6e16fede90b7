-- What stands behind relations ($1, each read with the rights of a role of $2; 0 is the session's own): the query of a
-- view, the policies that hold for who reads, partitions and inheriting tables, what tells partitions apart (planning runs
-- it to leave some out), what indexes, extended statistics and checks compute (planning folds it; only where it mentions
-- an OID of users), parents of all degrees (the schema and name of each), and the columns' types that are not built in.
-- PostgreSQL 13-18.
select
    c.oid,
    c.relnamespace::pg_catalog.regnamespace::text as schema,
    c.relname::text as name,
    c.relkind::text as kind,
    case when c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1']
         then reached.role else c.relowner end as reads_as,
    (select e.extname::text
     from pg_catalog.pg_depend d
     join pg_catalog.pg_extension e on e.oid = d.refobjid
     where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
     limit 1) as extension,
    array(select distinct a.atttypid
          from pg_catalog.pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and a.atttypid >= 16384) as types,
    array(select r.ev_action::text
          from pg_catalog.pg_rewrite r
          where r.ev_class = c.oid and r.ev_type = '1' and c.relkind = 'v' and c.oid >= 16384) as queries,
    array(select k.oid
          from pg_catalog.pg_partitioned_table p
          cross join unnest(p.partclass::oid[]) as k (oid)
          where p.partrelid = c.oid and k.oid >= 16384) as keys,
    array(select p.partexprs::text
          from pg_catalog.pg_partitioned_table p
          where p.partrelid = c.oid and p.partexprs is not null) as key_expressions,
    array(select k.oid
          from pg_catalog.pg_index i
          cross join unnest(i.indclass::oid[]) as k (oid)
          where i.indrelid = c.oid and k.oid >= 16384
            and not exists (select
                            from pg_catalog.pg_depend d
                            where d.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass and d.objid = k.oid
                              and d.deptype = 'e')) as index_keys,
    array(select computed.tree
          from (
              select unnest(array[i.indexprs::text, i.indpred::text])
              from pg_catalog.pg_index i
              where i.indrelid = c.oid
              union all
              select pg_catalog.to_jsonb(s) ->> 'stxexprs' from pg_catalog.pg_statistic_ext s where s.stxrelid = c.oid
          ) as computed (tree)
          where computed.tree ~ '[ (]([2-9][0-9]{4}|1[6-9][0-9]{3}|[0-9]{6,})') as computed,
    array(select k.conbin::text
          from pg_catalog.pg_constraint k
          where k.conrelid = c.oid and k.contype = 'c' and k.conbin::text ~ '[ (]([2-9][0-9]{4}|1[6-9][0-9]{3}|[0-9]{6,})') as table_checks,
    c.relhassubclass or exists (select from pg_catalog.pg_inherits i where i.inhrelid = c.oid)
        or pg_catalog.current_setting('constraint_exclusion') = 'on' as is_excluded_by_checks,
    array(select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = c.oid) as children,
    array(with recursive above (oid) as (
              select i.inhparent from pg_catalog.pg_inherits i where i.inhrelid = c.oid
              union
              select i.inhparent from above join pg_catalog.pg_inherits i on i.inhrelid = above.oid
          )
          select part.name
          from above
          join pg_catalog.pg_class p on p.oid = above.oid
          join pg_catalog.pg_namespace n on n.oid = p.relnamespace
          cross join unnest(array[n.nspname::text, p.relname::text]) with ordinality part (name, place)
          order by p.oid, part.place) as parents,
    array(select p.polqual::text
          from pg_catalog.pg_policy p
          where p.polrelid = c.oid and p.polcmd in ('r', '*') and c.relrowsecurity
            and case when reached.role = 0 then pg_catalog.row_security_active(c.oid)
                else not exists (select
                                 from pg_catalog.pg_roles r
                                 where r.oid = reached.role
                                   and (r.rolsuper or r.rolbypassrls
                                        or not c.relforcerowsecurity
                                           and pg_catalog.pg_has_role(r.oid, c.relowner, 'usage')))
                end) as policies
from unnest($1::oid[], $2::oid[]) as reached (oid, role)
join pg_catalog.pg_class c on c.oid = reached.oid
