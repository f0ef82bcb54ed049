-- The apps that somebody has checked, whose names no app that registers itself may look like.
CREATE INDEX clients_checked ON clients (client_id) WHERE (verified OR first_party);
