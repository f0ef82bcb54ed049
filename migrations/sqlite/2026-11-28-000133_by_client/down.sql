DROP INDEX device_requests_client;
DROP INDEX authorization_requests_client;
DROP INDEX authorization_codes_client;
DROP INDEX access_tokens_client;
DROP INDEX consents_client;
DROP INDEX grants_client;
