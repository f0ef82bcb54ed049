-- What became of the message with the newest code of an attempt: nothing of the message itself. id is what a gateway names it
-- by when it reports.
CREATE TABLE sent_messages (
    subject_digest BYTEA PRIMARY KEY NOT NULL,
    id BIGINT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sent_messages_id ON sent_messages (id);
CREATE INDEX sent_messages_expires ON sent_messages (expires_at);
