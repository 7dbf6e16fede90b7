
-- Loading into schema {{schema}}: rows are added, updated and, with `write: replace`, truncated; none is deleted and no
-- table is created. Rows are staged in temporary tables.
grant usage on schema {{schema}} to {{role}};
grant select, insert, update, truncate on all tables in schema {{schema}} to {{role}};
grant usage on all sequences in schema {{schema}} to {{role}};
