DROP TABLE seen_assertions;
