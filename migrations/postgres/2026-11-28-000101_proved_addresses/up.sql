-- The address whose code proved a sign-in last; none where it was no code. What may be changed by that proof depends on it.
ALTER TABLE sessions ADD COLUMN proved_address TEXT;
-- The address of the account that a new one is to take the place of; none where it comes in addition.
ALTER TABLE sign_in_attempts ADD COLUMN replaces TEXT;
