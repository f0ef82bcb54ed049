CREATE INDEX access_tokens_client ON access_tokens (client_id);
CREATE INDEX authorization_codes_client ON authorization_codes (client_id);
CREATE INDEX authorization_requests_client ON authorization_requests (client_id);
CREATE INDEX device_requests_client ON device_requests (client_id);
