DROP TABLE operator_audit;
