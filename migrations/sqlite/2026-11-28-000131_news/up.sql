-- What the operator tells people. words: a JSON object, language -> title and text. audience: a JSON object of one member, or
-- none for everybody.
CREATE TABLE announcements (
    id TEXT PRIMARY KEY NOT NULL,
    topic TEXT NOT NULL,
    words TEXT NOT NULL,
    link TEXT,
    audience TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX announcements_ends ON announcements (ends_at);
CREATE INDEX announcements_expires ON announcements (expires_at);

-- How far an announcement has been sent on a channel: to everybody whose key is not behind reached.
CREATE TABLE announcement_sends (
    announcement_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    reached BIGINT NOT NULL,
    looked_at BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (announcement_id, channel)
) WITHOUT ROWID;
CREATE INDEX announcement_sends_expires ON announcement_sends (expires_at);

-- Whom it is on its way to, or who is to be tried again. Who has it, or will never get it, has no row. id: names the message
-- through every try.
CREATE TABLE announcement_recipients (
    account_id BIGINT NOT NULL,
    announcement_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    id BIGINT NOT NULL,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, announcement_id, channel)
) WITHOUT ROWID;
CREATE INDEX announcement_recipients_state ON announcement_recipients (announcement_id, channel, state, account_id);
CREATE INDEX announcement_recipients_expires ON announcement_recipients (expires_at);

-- Who wants what sent, with the proof of it: the words that were agreed to, when, how, from where. ended_at: when it was taken
-- back; the proof is kept beyond that until expires_at.
CREATE TABLE opt_ins (
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    topic TEXT NOT NULL,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    wording TEXT NOT NULL,
    version TEXT NOT NULL,
    way TEXT NOT NULL,
    network TEXT NOT NULL,
    opted_in_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_way TEXT,
    ended_network TEXT,
    expires_at BIGINT,
    PRIMARY KEY (account_id, id)
) WITHOUT ROWID;
-- Links in messages name an opt-in by its key.
CREATE UNIQUE INDEX opt_ins_id ON opt_ins (id);
-- One that stands for each topic and channel of an account; and, in the order of accounts, whom to send to.
CREATE UNIQUE INDEX opt_ins_standing ON opt_ins (topic, channel, account_id) WHERE ended_at IS NULL;
CREATE INDEX opt_ins_expires ON opt_ins (expires_at);

-- Until when a person has seen what there was to see.
CREATE TABLE news_seen (
    account_id BIGINT PRIMARY KEY NOT NULL,
    seen_at BIGINT NOT NULL
) WITHOUT ROWID;
