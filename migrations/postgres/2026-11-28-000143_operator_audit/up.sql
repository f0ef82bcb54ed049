-- What operators did to accounts. account_id goes when the account does; account_mark is a keyed digest of the 12 digits, by
-- which the rows of an account are found also after that.
CREATE TABLE operator_audit (
    id BIGINT PRIMARY KEY NOT NULL,
    happened_at BIGINT NOT NULL,
    operator TEXT NOT NULL,
    os_user TEXT NOT NULL,
    action TEXT NOT NULL,
    account_id BIGINT,
    account_mark BYTEA NOT NULL,
    reason TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX operator_audit_happened ON operator_audit (happened_at, id);
CREATE INDEX operator_audit_account ON operator_audit (account_id);
CREATE INDEX operator_audit_mark ON operator_audit (account_mark, happened_at, id);
CREATE INDEX operator_audit_expires ON operator_audit (expires_at);
