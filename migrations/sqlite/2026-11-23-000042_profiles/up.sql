-- Claims about a person beyond name and addresses (OpenID Connect Core 5.1). address: a JSON object of its members.
CREATE TABLE profiles (
    account_id BIGINT PRIMARY KEY NOT NULL,
    given_name TEXT,
    family_name TEXT,
    middle_name TEXT,
    nickname TEXT,
    preferred_username TEXT,
    profile TEXT,
    website TEXT,
    gender TEXT,
    birthdate TEXT,
    zoneinfo TEXT,
    address TEXT NOT NULL
) WITHOUT ROWID;
