
commit;

-- Passwords are not part of this script. In psql, which sends only the SCRAM verifier, for each role:
{{password_lines}}
-- and give pgwright the connection string by reference (`dsn: "${env:NAME}"`). Then see what it says of the role:
--     pgwright doctor --database NAME
