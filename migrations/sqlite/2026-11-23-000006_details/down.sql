ALTER TABLE access_tokens DROP COLUMN details;
ALTER TABLE grants DROP COLUMN details;
ALTER TABLE authorization_codes DROP COLUMN details;
ALTER TABLE clients DROP COLUMN metadata;
