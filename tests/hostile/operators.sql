-- Every operator with what stands on its sides, - for nothing; the user's stand several times. PostgreSQL 13-18.
select n.nspname, o.oprname, coalesce(format_type(nullif(o.oprleft, 0), null), '-'), format_type(o.oprright, null)
from pg_operator o
join pg_namespace n on n.oid = o.oprnamespace
cross join lateral generate_series(1, case when n.nspname = 'pg_catalog' then 1 else 8 end)
where o.oprright <> 0
order by 1, 2, o.oid
