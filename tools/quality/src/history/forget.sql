-- Forgets figures that are older than what any judgement looks at. PostgreSQL 13-18.
delete from pgwright.quality_figures q
where q.place = $1 and q.relation = $2 and q.measured_at < pg_catalog.now() - interval '400 days'
