-- What a browser is to one account: the name the person gave it, and when that account used it. Kept beyond sign-ins, so
-- that a device that comes back is not new; gone when the person removes the device.
CREATE TABLE account_devices (
    account_id BIGINT NOT NULL,
    device_id BIGINT NOT NULL,
    name TEXT,
    network TEXT NOT NULL,
    first_used_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, device_id)
) WITHOUT ROWID;
CREATE INDEX account_devices_expires ON account_devices (expires_at);
-- What happened to an account, for the person it belongs to. details: a JSON object of what the kind needs.
CREATE TABLE account_events (
    account_id BIGINT NOT NULL,
    happened_at BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    details TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, happened_at, id)
) WITHOUT ROWID;
CREATE INDEX account_events_expires ON account_events (expires_at);
-- What waits to happen to an account, or happened and may still be undone. due_at: when it is carried out; none: never by
-- itself. details: a JSON object of what the kind needs.
CREATE TABLE account_changes (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    details TEXT NOT NULL,
    due_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX account_changes_id ON account_changes (id);
CREATE INDEX account_changes_due ON account_changes (due_at);
CREATE INDEX account_changes_expires ON account_changes (expires_at);
-- The outbox carries more than logouts: each kind has its own sender.
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (kind, due_at);
