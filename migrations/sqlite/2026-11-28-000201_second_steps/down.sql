ALTER TABLE account_devices DROP COLUMN remembered_for;
ALTER TABLE account_devices DROP COLUMN remembered_until;
ALTER TABLE sign_in_attempts DROP COLUMN half_address;
ALTER TABLE sign_in_attempts DROP COLUMN half_until;
ALTER TABLE sign_in_attempts DROP COLUMN half_since;
ALTER TABLE sign_in_attempts DROP COLUMN half_shown;
DROP TABLE recovery_codes;
DROP TABLE totps;
ALTER TABLE accounts DROP COLUMN two_step_at;
