-- Client assertions that were taken, by a digest of client and jti, so that none is taken twice.
CREATE TABLE seen_assertions (
    digest BYTEA PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX seen_assertions_expires ON seen_assertions (expires_at);
