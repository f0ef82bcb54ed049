-- Pictures of people, in every size. picture_key: 256 random bits, the part of their addresses that nobody guesses; another
-- picture has another, so that the old addresses lead nowhere at once.
CREATE TABLE pictures (
    account_id BIGINT NOT NULL,
    size BIGINT NOT NULL,
    picture_key TEXT NOT NULL,
    jpeg BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, size)
);
CREATE UNIQUE INDEX pictures_by_key ON pictures (picture_key, size);

-- The key of the picture there is, beside the name: pages and claims read it with the account.
ALTER TABLE accounts ADD COLUMN picture TEXT;
