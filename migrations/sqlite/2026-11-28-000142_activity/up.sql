-- What kind of thing an event is, so that a person's list of one kind is one stretch of an index. A program that does not know
-- the column writes changes.
ALTER TABLE account_events ADD COLUMN topic TEXT NOT NULL DEFAULT 'changes';
UPDATE account_events SET topic = CASE
    WHEN kind IN ('created', 'signed_in', 'new_device', 'signed_out', 'signed_out_others') THEN 'sign_ins'
    WHEN kind = 'refused' THEN 'refusals'
    WHEN kind IN ('app_connected', 'app_removed') THEN 'apps'
    WHEN kind IN ('operator_looked', 'operator_locked', 'operator_unlocked', 'operator_ended_sessions') THEN 'operator'
    ELSE 'changes' END;
CREATE INDEX account_events_topic ON account_events (account_id, topic, happened_at, id);
