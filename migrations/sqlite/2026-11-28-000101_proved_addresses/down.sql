ALTER TABLE sign_in_attempts DROP COLUMN replaces;
ALTER TABLE sessions DROP COLUMN proved_address;
