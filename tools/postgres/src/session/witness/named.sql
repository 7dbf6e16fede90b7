-- What else a statement may mean by its names, besides what is built in: functions ($1 schemas, $2 names, $3 whether the name
-- is known to be built in, $4 with how many arguments), functions of one argument that the name of a field calls ($5, $6
-- whether known), operators ($7 signs), types ($8 schemas, $9 names); and the casts and sort orders that users gave to types.
-- Few rows, in most databases none: what stands behind them is read elsewhere. PostgreSQL 13-18.
select 'function' as class, p.oid, p.proname::text as name, p.proargtypes::oid[] as operands, p.prorettype as gives
from unnest($1::text[], $2::text[], $3::bool[], $4::int[]) as called (schema, name, is_known, arguments)
join pg_catalog.pg_proc p on p.proname = called.name and (p.oid >= 16384 or not called.is_known)
where case when called.schema is null then pg_catalog.pg_function_is_visible(p.oid)
      else p.pronamespace::pg_catalog.regnamespace::text = pg_catalog.quote_ident(called.schema) end
  and (called.arguments is null or p.provariadic <> 0
       or called.arguments between p.pronargs - p.pronargdefaults and p.pronargs)
union all
select 'field', p.oid, p.proname, p.proargtypes::oid[], p.prorettype
from unnest($5::text[], $6::bool[]) as field (name, is_known)
join pg_catalog.pg_proc p on p.proname = field.name and (p.oid >= 16384 or not field.is_known)
where pg_catalog.pg_function_is_visible(p.oid)
  and p.pronargs > 0 and p.pronargs - p.pronargdefaults <= 1
union all
select 'operator', o.oid, o.oprname, array[o.oprleft, o.oprright], o.oprresult
from pg_catalog.pg_operator o
where o.oprname = any ($7::text[]) and o.oid >= 16384 and pg_catalog.pg_operator_is_visible(o.oid)
union all
select 'type', t.oid, t.typname, '{}', t.oid
from unnest($8::text[], $9::text[]) as used (schema, name)
join pg_catalog.pg_type t on t.typname = used.name and t.oid >= 16384
where case when used.schema is null then pg_catalog.pg_type_is_visible(t.oid)
      else t.typnamespace::pg_catalog.regnamespace::text = pg_catalog.quote_ident(used.schema) end
union all
-- Implicit casts are told apart from those that a statement has to write, and those that call a function from the others.
select case when c.castcontext = 'i' then 'implicit ' else 'explicit ' end
           || case when c.castfunc = 0 then 'relabelling' else 'cast' end,
    c.oid, pg_catalog.format_type(c.casttarget, null), array[c.castsource, c.casttarget], c.casttarget
from pg_catalog.pg_cast c
where c.oid >= 16384
union all
select 'sorting', c.oid, c.opcname, array[c.opcintype], 0
from pg_catalog.pg_opclass c
where c.oid >= 16384 and c.opcdefault and c.opcmethod in (403, 405)
union all
-- Functions of any type: a literal among their arguments may become a value of another's type, or of that type's array.
(select 'maker', p.oid, p.proname, '{}', 0
 from unnest($2::text[] || $5::text[]) as called (name)
 join pg_catalog.pg_proc p on p.proname = called.name
 cross join (select '{2277,2283,2776,3500,3831,4537,4538,5077,5078,5079,5080}'::oid[]) any_type (oids)
 where p.proargtypes::oid[] && any_type.oids
   and ((select count(*) from unnest(p.proargtypes::oid[]) as taken (oid) where taken.oid = any (any_type.oids)) > 1
        or p.pronargs > 1 and (p.prorettype = any (any_type.oids) or p.prorettype = 2249)
        -- Arrays and ranges of what it takes.
        or p.prorettype in (2277, 3831, 4537, 4538, 5078, 5080) and not p.prorettype = any (p.proargtypes::oid[]))
 limit 1)
