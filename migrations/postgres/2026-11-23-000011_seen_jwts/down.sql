DROP TABLE seen_jwts;
