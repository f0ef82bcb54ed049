ALTER TABLE sessions DROP COLUMN bound_at;
ALTER TABLE sessions DROP COLUMN bound_since;
ALTER TABLE sessions DROP COLUMN bound_key;
