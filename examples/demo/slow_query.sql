select o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) as items
from orders
join lineitem on l_orderkey = o_orderkey
where o_custkey = 370
  and o_orderdate >= date '1995-01-01'
group by o_orderkey, o_orderdate, o_totalprice
order by o_orderdate desc
