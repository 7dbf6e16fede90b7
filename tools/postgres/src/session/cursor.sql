-- Settings of a cursor: planned for all of its rows, as explain_query shows it, not for the first few; values written as ISO
-- 8601 has them, while the order of day and month on the way in stays the user's. PostgreSQL 13-18.
set local cursor_tuple_fraction = 1;
set local datestyle = 'ISO';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex'
