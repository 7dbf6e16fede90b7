-- What planning a change of the relations ($1 schemas, $2 names) would meet beside what reading them meets, each said so that
-- a reader knows it: no row where there is nothing. PostgreSQL 13-18.
with target as (
    select c.oid, c.relkind, c.relrowsecurity,
        pg_catalog.format('%I.%I', n.nspname, c.relname) as shown
    from unnest($1::text[], $2::text[]) as named (schema, name)
    join pg_catalog.pg_class c on c.relname = named.name
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where case when named.schema is null then pg_catalog.pg_table_is_visible(c.oid)
          else n.nspname = named.schema end
)
select target.shown, 'it is no table' as reason
from target
where target.relkind not in ('r', 'p')
union all
select target.shown, pg_catalog.format('its rule %I rewrites the statement', r.rulename)
from target
join pg_catalog.pg_rewrite r on r.ev_class = target.oid and r.ev_type <> '1'
union all
select target.shown, pg_catalog.format('its policy %I is checked for new rows', p.polname)
from target
join pg_catalog.pg_policy p on p.polrelid = target.oid and p.polcmd <> 'r'
where target.relrowsecurity
union all
-- Planning folds what is immutable in them.
select target.shown, pg_catalog.format('the default of column %I calls %s', a.attname, f.oid::pg_catalog.regprocedure)
from target
join pg_catalog.pg_attrdef d on d.adrelid = target.oid
join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
cross join pg_catalog.regexp_matches(d.adbin::text, ':(?:opfuncid|funcid) ([0-9]+)', 'g') as called (oid)
join pg_catalog.pg_proc f on f.oid = called.oid[1]::oid
where f.oid >= 16384 and f.provolatile = 'i'
union all
-- Values are converted to them on their way in.
select target.shown, pg_catalog.format('column %I has the type %s', a.attname, pg_catalog.format_type(t.oid, null))
from target
join pg_catalog.pg_attribute a on a.attrelid = target.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type t on t.oid = a.atttypid
where t.oid >= 16384 and t.typtype <> 'e'
  and not exists (select
                  from pg_catalog.pg_depend d
                  where d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e')
union all
select target.shown, pg_catalog.format('the cast from %s to %s calls %s', pg_catalog.format_type(k.castsource, null),
    pg_catalog.format_type(k.casttarget, null), k.castfunc::pg_catalog.regprocedure)
from target
join pg_catalog.pg_attribute a on a.attrelid = target.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_cast k on k.casttarget = a.atttypid and k.oid >= 16384 and k.castfunc <> 0 and k.castcontext <> 'e'
where not exists (select
                  from pg_catalog.pg_depend d
                  where d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass and d.objid = k.oid and d.deptype = 'e')
limit 1
