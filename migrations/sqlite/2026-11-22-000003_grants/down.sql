DROP TABLE outbox;
DROP TABLE revoked_tokens;
DROP TABLE access_tokens;
DROP TABLE grants;
DROP TABLE authorization_codes;
DROP TABLE consents;
DROP TABLE authorization_requests;
