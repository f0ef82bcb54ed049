-- JSON objects of what only some have. clients.metadata: members of RFC 7591 §2 and its extensions beyond the columns.
ALTER TABLE clients ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
-- What a request asked for, or what a token is bound to, beyond the columns.
ALTER TABLE authorization_codes ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
ALTER TABLE grants ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
ALTER TABLE access_tokens ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
