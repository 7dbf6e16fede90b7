-- Of the functions that a statement names ($1 schemas, $2 names), those that are volatile and not in $3. An unqualified
-- name counts for every function that the search path would let it reach. `x.name` ($4 names) calls a function of one
-- argument where no such column exists, so those names count too. PostgreSQL 13-18.
select n.nspname || '.' || p.proname
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join (
    select used.schema, used.name, false as as_field
    from unnest($1::text[], $2::text[]) as used (schema, name)
    union all
    select null, field.name, true
    from unnest($4::text[]) as field (name)
) called on p.proname = called.name
where (n.nspname = called.schema or (called.schema is null and pg_catalog.pg_function_is_visible(p.oid)))
  and (not called.as_field or (p.pronargs >= 1 and p.pronargs - p.pronargdefaults <= 1))
  -- Some extensions mark functions stable that run the SQL text they are given.
  and (p.provolatile = 'v' or p.probin ~ '(tablefunc|pgxml)$')
  and not (n.nspname = 'pg_catalog' and p.proname = any ($3::text[]))
order by 1
limit 1
