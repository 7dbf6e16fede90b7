-- Counts attempt $2 of run $1. PostgreSQL 13-18.
update pgwright.runs set attempts = $2, status = 'running', finished_at = null where id = $1
