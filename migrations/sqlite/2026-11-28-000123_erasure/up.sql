-- Account IDs and subjects that were given once and are gone: HMACs under the master key, so that none is given again and
-- nobody can tell from the table whose they were.
CREATE TABLE retired_identifiers (
    mark BLOB PRIMARY KEY NOT NULL
) WITHOUT ROWID;
-- What each app answered when it was told that an account is gone. erasure_id is drawn for the one deletion and stands for
-- nobody; id is the row of the outbox that tells the app.
CREATE TABLE erasure_receipts (
    erasure_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    answered_at BIGINT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (erasure_id, id)
) WITHOUT ROWID;
CREATE INDEX erasure_receipts_expires ON erasure_receipts (expires_at);
-- What a person typed lies in two tables for some minutes under no account: found by it when the account is erased.
CREATE INDEX sign_in_attempts_identifier ON sign_in_attempts (identifier);
CREATE INDEX one_time_codes_destination ON one_time_codes (destination);
-- Whether a browser is another account's too.
CREATE INDEX account_devices_device ON account_devices (device_id);
