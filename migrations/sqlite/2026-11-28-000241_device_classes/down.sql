ALTER TABLE sessions DROP COLUMN strange_at;
ALTER TABLE sessions DROP COLUMN device_class;
