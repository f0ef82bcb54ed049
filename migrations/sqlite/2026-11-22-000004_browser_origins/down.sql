DROP TABLE browser_origins;
