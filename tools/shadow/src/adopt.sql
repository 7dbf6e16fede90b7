-- Sets those of these settings ($1, their values $2) that any role may set here. PostgreSQL 13-18.
select pg_catalog.set_config(s.name, given.value, false)
from unnest($1::text[], $2::text[]) as given (name, value)
join pg_catalog.pg_settings s on pg_catalog.lower(s.name) = given.name and s.context = 'user'
where s.setting is distinct from given.value
