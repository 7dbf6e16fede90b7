-- Forgets the savepoint. PostgreSQL 13-18.
release savepoint pgwright_statement
