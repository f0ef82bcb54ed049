-- What lives for minutes is gone through when a client is removed: every code flow paid for these.
DROP INDEX device_requests_client;
DROP INDEX authorization_requests_client;
DROP INDEX authorization_codes_client;
DROP INDEX access_tokens_client;
