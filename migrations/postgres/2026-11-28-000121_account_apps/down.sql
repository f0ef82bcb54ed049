DROP TABLE account_apps;
