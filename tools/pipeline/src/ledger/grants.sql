
-- What was loaded and what was refused, kept by pgwright beside the tables it loads: {{roles}} may keep the record, and
-- may not read refused rows.
grant usage on schema pgwright to {{roles}};
grant select, insert, update on pgwright.runs to {{roles}};
grant select, insert, delete on pgwright.loads to {{roles}};
grant insert on pgwright.quarantine to {{roles}};
grant execute on function pg_catalog.pg_try_advisory_lock(bigint) to {{roles}};
grant execute on function pg_catalog.pg_advisory_xact_lock(bigint) to {{roles}};
grant execute on function pg_catalog.pg_try_advisory_xact_lock(bigint) to {{roles}};
