ALTER TABLE passwords DROP COLUMN breached_at;
ALTER TABLE passwords DROP COLUMN looked_up_at;
