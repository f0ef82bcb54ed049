-- looked_up_at: when the password was last looked for among stolen ones. breached_at: when it was found there.
ALTER TABLE passwords ADD COLUMN looked_up_at BIGINT;
ALTER TABLE passwords ADD COLUMN breached_at BIGINT;
