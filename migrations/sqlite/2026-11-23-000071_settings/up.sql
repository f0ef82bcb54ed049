-- Settings that every page needs stand with the account: text_size is 'large' or 'larger'; zoneinfo, a claim as well, moves
-- here from the profile.
ALTER TABLE accounts ADD COLUMN text_size TEXT;
ALTER TABLE accounts ADD COLUMN zoneinfo TEXT;
UPDATE accounts SET zoneinfo = (SELECT profiles.zoneinfo FROM profiles WHERE profiles.account_id = accounts.id);
ALTER TABLE profiles DROP COLUMN zoneinfo;
