
-- Reading schema {{schema}}, with the tables that are created there later by whoever owns tables there today.
grant usage on schema {{schema}} to {{readers}};
grant select on all tables in schema {{schema}} to {{readers}};
