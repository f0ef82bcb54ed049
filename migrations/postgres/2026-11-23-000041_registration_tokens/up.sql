-- Initial access tokens (RFC 7591 §3): who holds one may register uses_left more clients until expires_at.
CREATE TABLE registration_tokens (
    token_digest BYTEA PRIMARY KEY NOT NULL,
    uses_left INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX registration_tokens_expires ON registration_tokens (expires_at);
