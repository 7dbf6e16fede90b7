-- Back to before the statement that failed. PostgreSQL 13-18.
rollback to savepoint pgwright_statement
