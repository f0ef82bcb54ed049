DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (due_at);
DROP TABLE account_changes;
DROP TABLE account_events;
DROP TABLE account_devices;
