CREATE INDEX grants_client ON grants (account_id, client_id);
CREATE INDEX grants_session ON grants (account_id, session_id);
CREATE INDEX grants_expires ON grants (expires_at);
