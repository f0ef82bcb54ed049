-- Every app an account was ever used with, and the subject by which the app knows it ('': the public one). Grants end with
-- sign-ins and consents are not asked of everybody: this stays, so that all of them can be told of the account's deletion.
CREATE TABLE account_apps (
    account_id BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    first_used_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id, subject)
) WITHOUT ROWID;
CREATE INDEX account_apps_client ON account_apps (client_id);
-- Grants with a pairwise subject hold it inside their details; they come in with the app's next grant.
INSERT INTO account_apps (account_id, client_id, subject, first_used_at)
SELECT account_id, client_id, '', min(created_at) FROM grants WHERE details NOT LIKE '%"sub":%' GROUP BY account_id, client_id;
