DROP TABLE resources;
DROP TABLE clients;
