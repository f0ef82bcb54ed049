-- A browser that waits for somebody to approve its sign-in on a device that is signed in already. secret_digest: SHA-256 of what
-- the QR code holds. binding_digest: of the form cookie of the browser that waits, which alone may take the answer.
-- number: the one it shows; numbers: the three that are asked, in their order. newer_than: the proof on the other device must be
-- younger, where an app asks for a new one. account_id, session_id: the sign-in that answered.
CREATE TABLE approvals (
    secret_digest BYTEA PRIMARY KEY NOT NULL,
    binding_digest BYTEA NOT NULL,
    state TEXT NOT NULL,
    number INTEGER NOT NULL,
    numbers TEXT NOT NULL,
    continue_to TEXT NOT NULL,
    newer_than BIGINT,
    user_agent TEXT NOT NULL,
    network TEXT NOT NULL,
    account_id BIGINT,
    session_id BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX approvals_expires ON approvals (expires_at);
-- Those of an account end with a change of how to sign in, and with it.
CREATE INDEX approvals_account ON approvals (account_id);
