-- The account that somebody proves an address for; none for a sign-in, where the account is what is to be found out.
ALTER TABLE sign_in_attempts ADD COLUMN account_id BIGINT;
