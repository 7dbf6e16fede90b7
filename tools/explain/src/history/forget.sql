-- Keeps the latest $3 plans of a statement ($2) of a place ($1). PostgreSQL 13-18.
delete from pgwright.plans p
where p.place = $1 and p.statement = $2
  and p.shape not in (
      select k.shape
      from pgwright.plans k
      where k.place = $1 and k.statement = $2
      order by k.last_seen desc
      limit $3
  )
