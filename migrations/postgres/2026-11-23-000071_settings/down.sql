ALTER TABLE profiles ADD COLUMN zoneinfo TEXT;
UPDATE profiles SET zoneinfo = (SELECT accounts.zoneinfo FROM accounts WHERE accounts.id = profiles.account_id);
ALTER TABLE accounts DROP COLUMN zoneinfo;
ALTER TABLE accounts DROP COLUMN text_size;
