ALTER TABLE account_devices DROP COLUMN passkey_offered_at;
