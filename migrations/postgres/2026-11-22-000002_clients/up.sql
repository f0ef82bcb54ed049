-- Lists are words parted by one space: URIs and scope tokens hold none.
CREATE TABLE clients (
    client_id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    maker TEXT,
    secret_digest BYTEA,
    token_endpoint_auth_method TEXT NOT NULL,
    application_type TEXT NOT NULL,
    first_party BOOLEAN NOT NULL,
    verified BOOLEAN NOT NULL,
    redirect_uris TEXT NOT NULL,
    post_logout_redirect_uris TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    scopes TEXT NOT NULL,
    resources TEXT NOT NULL,
    backchannel_logout_uri TEXT,
    id_token_signed_response_alg TEXT NOT NULL,
    access_token_format TEXT NOT NULL,
    always_refresh BOOLEAN NOT NULL,
    pkce_optional BOOLEAN NOT NULL,
    logo_digest TEXT,
    client_uri TEXT,
    policy_uri TEXT,
    tos_uri TEXT,
    created_at BIGINT NOT NULL
);

-- scopes: a JSON object, scope -> language -> words.
CREATE TABLE resources (
    identifier TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    access_token_format TEXT NOT NULL,
    client_id TEXT,
    created_at BIGINT NOT NULL
);

-- Logos are kept here and served by us, so that no page loads anything from an app.
CREATE TABLE client_logos (
    client_id TEXT PRIMARY KEY NOT NULL,
    media_type TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    digest TEXT NOT NULL
);
