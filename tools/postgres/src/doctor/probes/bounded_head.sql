-- At most 20 pieces of evidence for each finding, and how many there are. PostgreSQL 13-18.
select counted.id, counted.evidence, counted.fix, counted.total
from (
    select probe.id,
           probe.evidence,
           probe.fix,
           pg_catalog.count(*) over (partition by probe.id) as total,
           pg_catalog.row_number() over (partition by probe.id order by probe.evidence collate "C") as place
    from (
