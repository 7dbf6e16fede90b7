    ) probe (id, evidence, fix)
) counted
where counted.place <= 20
order by counted.id, counted.place
