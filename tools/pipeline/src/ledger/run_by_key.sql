-- The run that pipeline $1 has recorded under idempotency key $2. PostgreSQL 13-18.
select id, status, attempts, answer::text as answer, failure ->> 'message' as failure
from pgwright.runs
where pipeline = $1 and idempotency_key = $2
