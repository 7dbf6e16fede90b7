-- The least-privilege role: it reads the shop, and nothing else.
create role analyst login nosuperuser noinherit nocreatedb nocreaterole noreplication nobypassrls connection limit 30;
alter role analyst set default_transaction_read_only = on;
revoke create on schema public from public;
revoke temporary on database trap from public;
grant usage on schema public to analyst;
grant select on customers, products, orders, order_items, employees, events, articles, bookings, flights, sales, sales_2023,
    sales_2024, "Odd Names", scratch, readings, open_orders, customer_totals, order_summary, labels, marks, indexed_marks,
    partitioned_marks, view_of_leave, view_of_view_of_leave, view_of_operator, view_of_definer, guarded, view_of_guarded
    to analyst;
