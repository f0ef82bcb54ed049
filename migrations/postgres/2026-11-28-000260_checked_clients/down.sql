DROP INDEX clients_checked;
