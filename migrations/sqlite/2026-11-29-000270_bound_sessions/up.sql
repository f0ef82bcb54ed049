-- The key that the browser of a sign-in proves (a JWK as RFC 7638 §3 writes it), since when, and when it last did; none where it has
-- brought none.
ALTER TABLE sessions ADD COLUMN bound_key TEXT;
ALTER TABLE sessions ADD COLUMN bound_since BIGINT;
ALTER TABLE sessions ADD COLUMN bound_at BIGINT;
