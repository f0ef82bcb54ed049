-- A person's passkeys (W3C Web Authentication Level 3): the public half; the private one never leaves the authenticator.
-- credential: the public key and what was registered with it, as webauthn-rs writes it (JSON). counter: of the last use; the
-- same one again is a copy. aaguid: the model of the authenticator, 16 bytes, all 0 where it does not say.
CREATE TABLE passkeys (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    credential_id BYTEA NOT NULL,
    credential TEXT NOT NULL,
    counter BIGINT NOT NULL,
    backup_eligible BOOLEAN NOT NULL,
    backed_up BOOLEAN NOT NULL,
    aaguid BYTEA NOT NULL,
    transports TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    last_device_id BIGINT,
    PRIMARY KEY (account_id, id)
);
-- One credential belongs to one account; the first commit wins.
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential_id);

-- A challenge that waits for an authenticator's answer. account_id: whose passkey must answer; none: anybody's.
-- state: what webauthn-rs needs to judge the answer (JSON).
CREATE TABLE passkey_challenges (
    challenge_digest BYTEA PRIMARY KEY NOT NULL,
    binding_digest BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    account_id BIGINT,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_expires ON passkey_challenges (expires_at);
-- Those of an account end with it.
CREATE INDEX passkey_challenges_account ON passkey_challenges (account_id);
