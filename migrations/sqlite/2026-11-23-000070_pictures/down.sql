ALTER TABLE accounts DROP COLUMN picture;
DROP TABLE pictures;
