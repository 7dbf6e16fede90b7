-- Lets one statement fail without the others. PostgreSQL 13-18.
savepoint pgwright_statement
