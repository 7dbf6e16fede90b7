
-- ---------------------------------------------------------------------------------------------------------------------
-- WARNING: what follows takes from PUBLIC, that is from every role of this database, what PostgreSQL gives to all. Owners
-- and superusers keep it. Applications that connect as another role can break. Name such roles to `pgwright roles` with
-- --keep-for, and they are granted by name what they lose here; --keep-public leaves this whole part out.
-- ---------------------------------------------------------------------------------------------------------------------
