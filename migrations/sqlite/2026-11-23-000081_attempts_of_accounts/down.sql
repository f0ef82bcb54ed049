ALTER TABLE sign_in_attempts DROP COLUMN account_id;
