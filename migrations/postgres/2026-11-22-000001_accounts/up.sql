-- Times are milliseconds since 1970-01-01T00:00:00Z; digests are SHA-256, 32 bytes.

CREATE TABLE server_facts (
    name TEXT PRIMARY KEY NOT NULL,
    value BYTEA NOT NULL
);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY NOT NULL,
    algorithm TEXT NOT NULL,
    sealed_private_key BYTEA NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    signs_until BIGINT,
    published_until BIGINT
);

CREATE TABLE accounts (
    id BIGINT PRIMARY KEY NOT NULL,
    account_number TEXT NOT NULL,
    sub TEXT NOT NULL,
    state TEXT NOT NULL,
    lock_reason TEXT,
    name TEXT NOT NULL,
    language TEXT,
    theme TEXT,
    terms_version TEXT,
    terms_accepted_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX accounts_account_number ON accounts (account_number);
CREATE UNIQUE INDEX accounts_sub ON accounts (sub);

CREATE TABLE addresses (
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    is_main BOOLEAN NOT NULL,
    verified_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind, value)
);
-- One proven address belongs to one account; the first commit wins.
CREATE UNIQUE INDEX addresses_value ON addresses (kind, value);

CREATE TABLE passwords (
    account_id BIGINT PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE devices (
    id BIGINT PRIMARY KEY NOT NULL,
    secret_digest BYTEA NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX devices_secret ON devices (secret_digest);
CREATE INDEX devices_expires ON devices (expires_at);

-- One row a sign-in. The rows that share browser_digest live in one cookie of one browser.
CREATE TABLE sessions (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    browser_digest BYTEA NOT NULL,
    device_id BIGINT NOT NULL,
    amr TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    selected_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX sessions_browser ON sessions (browser_digest);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX sessions_idle ON sessions (idle_expires_at);

CREATE TABLE sign_in_attempts (
    id_digest BYTEA PRIMARY KEY NOT NULL,
    binding_digest BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    identifier_kind TEXT NOT NULL,
    identifier TEXT NOT NULL,
    continue_to TEXT NOT NULL,
    name TEXT,
    terms_version TEXT,
    proved_kind TEXT,
    proved_address TEXT,
    closed_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_attempts_expires ON sign_in_attempts (expires_at);

-- One live code a subject (a sign-in attempt): a new code replaces the old one.
CREATE TABLE one_time_codes (
    subject_digest BYTEA PRIMARY KEY NOT NULL,
    purpose TEXT NOT NULL,
    channel TEXT NOT NULL,
    destination TEXT NOT NULL,
    code_digest BYTEA NOT NULL,
    tries_left INTEGER NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX one_time_codes_expires ON one_time_codes (expires_at);

CREATE TABLE code_budgets (
    destination TEXT NOT NULL,
    day BIGINT NOT NULL,
    sent INTEGER NOT NULL,
    last_sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (destination, day)
);
CREATE INDEX code_budgets_expires ON code_budgets (expires_at);

CREATE TABLE throttles (
    bucket TEXT PRIMARY KEY NOT NULL,
    used INTEGER NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX throttles_expires ON throttles (expires_at);
