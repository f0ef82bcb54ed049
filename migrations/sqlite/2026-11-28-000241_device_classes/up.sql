-- The browser and the system that a sign-in was made in ("Firefox Linux"); none of one from before this was remembered, or where
-- neither is known. strange_at: when its cookie came from another one; it opens nothing from then on until it is proved again.
ALTER TABLE sessions ADD COLUMN device_class TEXT;
ALTER TABLE sessions ADD COLUMN strange_at BIGINT;
