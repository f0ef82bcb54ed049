-- Devices that wait for a person to allow them (RFC 8628). user_digest is keyed, since a user code is short.
-- account_id and session_id are NULL until somebody allows it.
CREATE TABLE device_requests (
    device_digest BYTEA PRIMARY KEY NOT NULL,
    user_digest BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    resources TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    account_id BIGINT,
    session_id BIGINT,
    interval_seconds INTEGER NOT NULL,
    polled_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX device_requests_user ON device_requests (user_digest);
CREATE INDEX device_requests_account ON device_requests (account_id);
CREATE INDEX device_requests_expires ON device_requests (expires_at);
