-- Whether run $1 is recorded. PostgreSQL 13-18.
select exists (select from pgwright.runs where id = $1)
