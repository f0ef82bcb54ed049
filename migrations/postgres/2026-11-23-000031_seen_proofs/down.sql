DROP TABLE seen_proofs;
