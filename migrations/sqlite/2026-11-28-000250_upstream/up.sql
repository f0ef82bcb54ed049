-- Sign-ins of other OpenID Connect providers that open an account here. issuer and subject: who it is there. known_as: what the
-- person tells them apart by, as the provider said it; nothing is proved by it.
CREATE TABLE upstream_links (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    known_as TEXT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (account_id, id)
) WITHOUT ROWID;
-- One person elsewhere is one account here; the first commit wins.
CREATE UNIQUE INDEX upstream_links_identity ON upstream_links (issuer, subject);

-- Somebody who was sent to a provider and has not come back. account_id: who wants to connect it; none: somebody signs in.
-- anew: whether the provider was told to ask the person again.
CREATE TABLE upstream_requests (
    state_digest BLOB PRIMARY KEY NOT NULL,
    binding_digest BLOB NOT NULL,
    provider TEXT NOT NULL,
    account_id BIGINT,
    continue_to TEXT NOT NULL,
    anew BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX upstream_requests_expires ON upstream_requests (expires_at);
CREATE INDEX upstream_requests_account ON upstream_requests (account_id);

-- Somebody who has come back, and is no account's yet: it waits for the other proof, that of an account here.
CREATE TABLE upstream_proofs (
    id_digest BLOB PRIMARY KEY NOT NULL,
    binding_digest BLOB NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    known_as TEXT,
    account_id BIGINT,
    continue_to TEXT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX upstream_proofs_expires ON upstream_proofs (expires_at);
CREATE INDEX upstream_proofs_account ON upstream_proofs (account_id);
