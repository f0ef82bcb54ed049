ALTER TABLE grants DROP COLUMN device_id;
ALTER TABLE authorization_codes DROP COLUMN device_id;
ALTER TABLE account_devices DROP COLUMN client_id;
