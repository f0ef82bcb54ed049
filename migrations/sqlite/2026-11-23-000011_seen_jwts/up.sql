-- JWTs of clients that are good once: client assertions and DPoP proofs, by a digest of kind, owner and jti.
CREATE TABLE seen_jwts (
    digest BLOB PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX seen_jwts_expires ON seen_jwts (expires_at);
