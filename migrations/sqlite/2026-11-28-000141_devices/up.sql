-- On which device an app was signed in to, also once the sign-in is over that it came from. A device without a browser (RFC
-- 8628) is known by the app on it: client_id; none for a browser.
ALTER TABLE account_devices ADD COLUMN client_id TEXT;
ALTER TABLE authorization_codes ADD COLUMN device_id BIGINT;
ALTER TABLE grants ADD COLUMN device_id BIGINT;
UPDATE grants SET device_id =
    (SELECT sessions.device_id FROM sessions WHERE sessions.account_id = grants.account_id AND sessions.id = grants.session_id);
-- Every device with a sign-in is one that its account knows.
INSERT INTO account_devices (account_id, device_id, network, first_used_at, last_used_at, expires_at)
    SELECT sessions.account_id, sessions.device_id, '', min(sessions.created_at), max(sessions.last_used_at), max(devices.expires_at)
    FROM sessions JOIN devices ON devices.id = sessions.device_id
    WHERE NOT EXISTS (SELECT 1 FROM account_devices known
        WHERE known.account_id = sessions.account_id AND known.device_id = sessions.device_id)
    GROUP BY sessions.account_id, sessions.device_id;
