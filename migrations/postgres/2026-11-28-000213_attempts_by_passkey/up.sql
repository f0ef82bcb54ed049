-- How somebody proved whose account it is, where that was neither the password nor a code: `amr` values (RFC 8176).
ALTER TABLE sign_in_attempts ADD COLUMN proved_amr TEXT;
