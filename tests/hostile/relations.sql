-- Every relation that a query may name, with its columns; those of the shop stand several times, but for the one that is
-- large and what the user keeps secret. PostgreSQL 13-18.
select format('%I.%I', n.nspname, c.relname),
       array(select quote_ident(attname) from pg_attribute a where a.attrelid = c.oid and attnum > 0 and not attisdropped order by attnum)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral generate_series(1, case when n.nspname = 'public' then 5 else 1 end)
where c.relkind in ('r', 'v', 'm', 'f', 'p') and n.nspname not in ('pg_toast') and n.nspname not like 'pg\_temp%'
  and c.relname <> 'readings' and n.nspname <> 'secrets'
order by 1
