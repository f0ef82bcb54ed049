-- The origins of public web clients: scripts from there may read what our endpoints answer them (CORS).
CREATE TABLE browser_origins (
    origin TEXT NOT NULL,
    client_id TEXT NOT NULL,
    PRIMARY KEY (origin, client_id)
);
CREATE INDEX browser_origins_client ON browser_origins (client_id);
