-- Codes by text message, by minute, to a range of numbers or a country: how many went, and how many of them were entered.
-- The prefix says too whether the numbers were typed or come from accounts: neither count tells anything of the other.
CREATE TABLE sms_watch (
    prefix TEXT NOT NULL,
    minute BIGINT NOT NULL,
    sent INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (prefix, minute)
) WITHOUT ROWID;
CREATE INDEX sms_watch_expires ON sms_watch (expires_at);

-- Ranges and countries that get no codes for a while, with what they were paused for. What was sent before watched_from is
-- not held against them again.
CREATE TABLE sms_pauses (
    prefix TEXT PRIMARY KEY NOT NULL,
    paused_at BIGINT NOT NULL,
    paused_until BIGINT NOT NULL,
    sent INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    watched_from BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sms_pauses_expires ON sms_pauses (expires_at);

-- Where a code that is entered is counted as such; none for what went as mail.
ALTER TABLE one_time_codes ADD COLUMN sms_book TEXT;
