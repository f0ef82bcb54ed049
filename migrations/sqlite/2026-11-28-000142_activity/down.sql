DROP INDEX account_events_topic;
ALTER TABLE account_events DROP COLUMN topic;
