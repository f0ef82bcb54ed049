-- By which channel a person wants to be told what, of the few things where there is a choice; without a row, by every one.
CREATE TABLE notice_choices (
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    PRIMARY KEY (account_id, kind)
);
