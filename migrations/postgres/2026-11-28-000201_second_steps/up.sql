-- Since when a sign-in takes two steps, where the person switched that on.
ALTER TABLE accounts ADD COLUMN two_step_at BIGINT;
-- The authenticator app of an account. sealed_secret: AES-256-GCM under the master key and the account's name. last_step: the
-- newest time step that a code was taken for; a code counts for a later one only, so none is used twice.
CREATE TABLE totps (
    account_id BIGINT NOT NULL PRIMARY KEY,
    sealed_secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
-- What is left of an account's recovery codes: a MAC of each. One that is used is deleted.
CREATE TABLE recovery_codes (
    account_id BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, digest)
);
-- A sign-in that is half done (account_id says for whom): which kinds of proof were shown for it, since when, until when the rest
-- may follow, and the address whose code was one of them.
ALTER TABLE sign_in_attempts ADD COLUMN half_shown TEXT;
ALTER TABLE sign_in_attempts ADD COLUMN half_since BIGINT;
ALTER TABLE sign_in_attempts ADD COLUMN half_until BIGINT;
ALTER TABLE sign_in_attempts ADD COLUMN half_address TEXT;
-- A browser that the person had remembered after both steps: until when, and a digest of everything the account was signed in
-- to with at that moment.
ALTER TABLE account_devices ADD COLUMN remembered_until BIGINT;
ALTER TABLE account_devices ADD COLUMN remembered_for BYTEA;
