ALTER TABLE sign_in_attempts DROP COLUMN proved_amr;
