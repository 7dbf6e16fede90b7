-- Foreign keys that every row of these relations ($1) meets: validated, enforced (18), not deferrable, not over periods (18), and
-- none of their triggers disabled. PostgreSQL 13-18.
select k.conrelid as relation,
       k.confrelid as referenced,
       array(
           select a.attname::text
           from unnest(k.conkey) with ordinality as part (number, position)
           join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = part.number
           order by part.position
       ) as columns,
       array(
           select a.attname::text
           from unnest(k.confkey) with ordinality as part (number, position)
           join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = part.number
           order by part.position
       ) as referenced_columns
from pg_catalog.pg_constraint k
where k.contype = 'f'
  and k.conrelid = any ($1::oid[])
  and k.convalidated
  and not k.condeferrable
  and coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::bool, true)
  and not coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::bool, false)
  and not exists (
      select
      from pg_catalog.pg_trigger t
      where t.tgenabled not in ('O', 'A')
        and t.tgconstraint in (
            select k.oid
            union all
            select part.oid from pg_catalog.pg_constraint part where part.conparentid = k.oid
        )
  )
