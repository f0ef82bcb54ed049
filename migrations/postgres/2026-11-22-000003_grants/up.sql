CREATE TABLE authorization_requests (
    id_digest BYTEA PRIMARY KEY NOT NULL,
    binding_digest BYTEA,
    client_id TEXT NOT NULL,
    parameters TEXT NOT NULL,
    closed_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX authorization_requests_expires ON authorization_requests (expires_at);

-- resource is '' for what needs none (the claims of OpenID Connect).
CREATE TABLE consents (
    account_id BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id, resource)
);

CREATE TABLE authorization_codes (
    code_digest BYTEA PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL,
    grant_id BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    redirect_uri_sent BOOLEAN NOT NULL,
    scope TEXT NOT NULL,
    resources TEXT NOT NULL,
    nonce TEXT,
    code_challenge TEXT,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    session_expires_at BIGINT NOT NULL,
    redeemed_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX authorization_codes_expires ON authorization_codes (expires_at);
CREATE INDEX authorization_codes_account ON authorization_codes (account_id);

-- One row a sign-in at one client; the refresh token names it and its generation.
CREATE TABLE grants (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    session_id BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    resources TEXT NOT NULL,
    nonce TEXT,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    offline BOOLEAN NOT NULL,
    generation BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX grants_client ON grants (account_id, client_id);
CREATE INDEX grants_session ON grants (account_id, session_id);
CREATE INDEX grants_expires ON grants (expires_at);
CREATE INDEX grants_idle ON grants (idle_expires_at);

-- Opaque access tokens. account_id and grant_id are NULL where a client acts for itself.
CREATE TABLE access_tokens (
    token_digest BYTEA PRIMARY KEY NOT NULL,
    account_id BIGINT,
    grant_id BIGINT,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_grant ON access_tokens (account_id, grant_id);
CREATE INDEX access_tokens_expires ON access_tokens (expires_at);

-- JWT access tokens that were revoked one by one; a revoked grant needs no row here.
CREATE TABLE revoked_tokens (
    jti TEXT PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_expires ON revoked_tokens (expires_at);

-- What must still be told to other servers (back-channel logout).
CREATE TABLE outbox (
    id BIGINT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    client_id TEXT NOT NULL,
    url TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at);
CREATE INDEX outbox_expires ON outbox (expires_at);
