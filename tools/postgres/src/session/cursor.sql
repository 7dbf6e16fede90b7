-- Before a cursor: the one before it is closed, which had the same name. It is planned for all of its rows, as explain_query
-- shows it, not for the first few; values are written as ISO 8601 has them, while the order of day and month on the way in
-- stays the user's. PostgreSQL 13-18.
close all;
set local cursor_tuple_fraction = 1;
set local datestyle = 'ISO';
set local intervalstyle = 'iso_8601';
set local bytea_output = 'hex'
