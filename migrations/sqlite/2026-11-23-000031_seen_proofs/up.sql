-- DPoP proofs that were used (RFC 9449 §11.1), by the digest of key and jti.
CREATE TABLE seen_proofs (
    proof_digest BLOB PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX seen_proofs_expires ON seen_proofs (expires_at);
