-- When the account's owner was last asked, on this device, whether to make a passkey.
ALTER TABLE account_devices ADD COLUMN passkey_offered_at BIGINT;
