-- Every row of every table: the catalogue's and the user's. PostgreSQL 13-18.
create function pg_temp.checksum(wanted regclass) returns text language plpgsql as $$
declare found text;
begin
    execute format('select count(*) || '' '' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from %s t', wanted) into found;
    return found;
end $$
