-- Keeps the plans that were seen latest, $1 of them in all. PostgreSQL 13-18.
delete from pgwright.plans p
using (
    select k.place, k.statement, k.shape
    from pgwright.plans k
    order by k.last_seen desc
    offset $1
) old
where (p.place, p.statement, p.shape) = (old.place, old.statement, old.shape)
