-- Attempts that belong to an account end with its password.
CREATE INDEX sign_in_attempts_account ON sign_in_attempts (account_id);
