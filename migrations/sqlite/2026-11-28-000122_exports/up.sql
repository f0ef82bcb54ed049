-- A copy of somebody's data, one an account: asked for, made by whichever node claims it, kept to be downloaded. id tells
-- one asked for anew from the one before. ready_at, size and file are NULL until it is made.
CREATE TABLE exports (
    account_id BIGINT PRIMARY KEY NOT NULL,
    id BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    ready_at BIGINT,
    size BIGINT,
    file BLOB,
    expires_at BIGINT NOT NULL
);
CREATE INDEX exports_waiting ON exports (claimed_until) WHERE ready_at IS NULL;
CREATE INDEX exports_expires ON exports (expires_at);
