--# volatile
select leave_volatile('called')
--# stable
select leave_stable('called')
--# immutable
select leave_immutable('called')
--# security definer
select leave_definer('called')
--# security definer in from
select * from leave_definer('called')
--# with its schema
select public.leave_volatile('called')
--# of another schema
select trap.leave_elsewhere('called')
--# quoted in another schema
select "trap"."leave_elsewhere"('called')
--# with named notation
select leave_volatile(mark => 'called')
--# with old named notation
select leave_volatile(mark := 'called')
--# with a default
select leave_default()
--# variadic
select leave_variadic('a', 'b')
--# variadic array
select leave_variadic(variadic array['a', 'b'])
--# polymorphic
select leave_any(1)
--# sql function
select leave_sql('called')
--# sql standard body
select leave_atomic('called')
--# set-returning
select * from leave_table('called')
--# set-returning in the list
select leave_table('called')
--# set-returning with ordinality
select * from leave_table('called') with ordinality
--# in rows from
select * from rows from (leave_table('called'), generate_series(1, 3)) as r(a, b)
--# in a lateral join
select * from customers c cross join lateral leave_table(c.name) limit 3
--# in a default of coalesce
select coalesce(null, leave_volatile('called'))
--# in a window
select bool_and(leave_volatile('called')) over () from customers
--# in a limit
select 1 limit case when leave_volatile('called') then 1 end
--# in values
values (leave_volatile('called'))
--# in a group by
select count(*) from customers group by leave_stable(name)
--# in a having
select count(*) from customers having leave_volatile('called')
--# in an array
select array(select leave_volatile(name) from customers limit 2)
--# in a not executed branch
select case when false then leave_immutable('folded') else true end
--# in a where that planning folds
select 1 where leave_immutable('folded')
--# in an unused CTE
with unused as (select leave_volatile('called')) select 1
--# in an ordinality alias
select * from unnest(array[leave_volatile('called')]) with ordinality
--# overloaded built-in
select initcap(name) from customers
--# overloaded built-in by its schema
select public.initcap('x'::varchar)
--# operator
select 'a'::text <<!>> 'b'::text
--# operator by its schema
select 'a' operator(public.<<!>>) 'b'
--# operator by its schema, quoted
select 'a' operator("public".<<!>>) 'b'
--# operator of another schema
select 'a' operator(trap.+) 'b'
--# prefix operator
select !!! 'a'::text
--# operator any
select 'a' <<!>> any (array['b'::text])
--# operator all
select 'a' operator(public.<<!>>) all (array['b'::text])
--# operator in an order by
select * from marks order by mark using <!
--# operator in a join
select * from customers c join customers d on c.country <<!>> d.country limit 1
--# operator in a subquery
select 1 where 'a'::text <<!>> (select 'b'::text)
--# operator in a row
select ('a'::text, 1) operator(public.<<!>>) ('b'::text, 2)
--# cast
select 'x'::text::label
--# cast, spelled out
select cast(customers.name as label) from customers
--# cast by a function's name
select label('x'::text)
--# implicit cast
select takes_number(l) from labels l
--# implicit cast in an operator
select l.one + 1 from labels l
--# assignment cast in a union
select one from labels union all select 1
--# cast in a case
select case when true then one else 1 end from labels
--# cast to json
select to_json(one) from labels
--# cast to jsonb
select to_jsonb(one) from labels
--# cast to json in a row
select row_to_json(l) from labels l
--# cast to json in an aggregate
select json_agg(l) from labels l
--# cast to json in an array
select array_to_json(array_agg(one)) from labels
--# cast to json in an object
select json_build_object('a', one) from labels
--# cast to json, in depth
select jsonb_build_array(array[one]) from labels
--# domain
select 'x'::checked
--# domain, spelled out
select cast('x' as checked)
--# domain, as a constant
select checked 'x'
--# domain in an array
select array['x', 'y']::checked[]
--# domain in a row
select row('x')::checked_row
--# domain in json
select * from jsonb_populate_record(null::checked_row, '{"c": "x"}')
--# domain in a record set
select * from json_to_recordset('[{"c": "x"}]') as r(c checked)
--# domain in xmltable
select * from xmltable('/a' passing '<a>x</a>' columns c checked path '.')
--# domain in json_table; since=17
select * from json_table('[1]', '$[*]' columns (c checked path '$'))
--# domain of a domain
select 'x'::checked_again
--# domain in a range
select checked_range('a', 'b')
--# domain as a parameter
select $1::checked
--# domain of a column definition list
select * from json_to_record('{"c": "x"}') as r(c checked)
--# aggregate
select leave_aggregate(name) from customers
--# aggregate as a window
select leave_aggregate(name) over () from customers
--# ordered-set aggregate
select leave_ordered() within group (order by name) from customers
--# aggregate with a final function
select leave_final(name) from customers
--# aggregate with distinct
select leave_aggregate(distinct name) from customers
--# sort by a class of its own
select mark from marks order by mark
--# distinct by a class of its own
select distinct mark from marks
--# group by a class of its own
select mark, count(*) from marks group by mark
--# equality of its own
select * from marks where mark = row('a')::mark
--# greatest of its own
select greatest(mark, mark) from marks
--# min of its own
select max(mark) from marks
--# set operation of its own
select mark from marks intersect select mark from marks
--# join by a class of its own
select * from marks a join marks b using (mark)
--# nullif of its own
select nullif(mark, mark) from marks
--# distinct from of its own
select mark is distinct from mark from marks
--# between of its own
select mark between mark and mark from marks
--# in of its own
select mark in (select mark from marks) from marks
--# case of its own
select case mark when mark then 1 end from marks
--# window of its own
select rank() over (partition by mark order by mark) from marks
--# row comparison of its own
select row(mark) < row(mark) from marks
--# array comparison of its own
select array[mark] < array[mark] from marks
--# whole rows of its own
select distinct m from marks m
--# view
select * from view_of_leave
--# view in another schema
select * from trap.view_elsewhere
--# view of a view
select * from view_of_view_of_leave
--# view, counted
select count(*) from view_of_leave
--# view of an operator
select * from view_of_operator
--# view of a definer
select * from view_of_definer
--# view by table
table view_of_leave
--# view in exists
select exists (select 1 from view_of_leave)
--# policy
select * from guarded
--# policy, counted
select count(*) from guarded
--# policy in a join
select * from guarded join customers using (id)
--# policy through a view
select * from view_of_guarded
--# expression of an index
select * from indexed_marks where leave_immutable(mark)
--# generated column's function
select leave_immutable(mark) from indexed_marks
--# partition by an expression
select * from partitioned_marks where mark = row('a')::mark
--# function of an extension
select uuid_generate_v4(), leave_volatile('x')
--# language inline
select plpgsql_call_handler()
--# trigger function
select leave_trigger()
--# lateral without the word
select * from customers c, leave_table(c.name) limit 1
--# in tablesample
select * from customers tablesample bernoulli (leave_number('x')) repeatable (1)
--# in a frame
select sum(id) over (order by id rows leave_int(1) preceding) from customers
--# in a recursive term
with recursive r(n) as (select 1 union all select n + 1 from r where n < 3 and leave_volatile('r')) select * from r
--# in search
with recursive r(n) as (select leave_int(1) union all select n + 1 from r where n < 3) search depth first by n set o select * from r
--# in a procedure
select leave_procedure('x')
--# function of a composite's name
select customers(1)
--# column default
select pg_get_expr(adbin, adrelid), leave_volatile('x') from pg_attrdef
--# in a json path's variables
select jsonb_path_query('{}', '$', jsonb_build_object('a', leave_volatile('x')))
--# in an interval's precision
select now() - make_interval(secs => leave_number('x'))
