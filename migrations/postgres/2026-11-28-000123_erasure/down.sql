DROP INDEX account_devices_device;
DROP INDEX one_time_codes_destination;
DROP INDEX sign_in_attempts_identifier;
DROP TABLE erasure_receipts;
DROP TABLE retired_identifiers;
