DROP TABLE client_logos;
DROP TABLE resources;
DROP TABLE clients;
