DROP TABLE sms_pauses;
DROP TABLE sms_watch;
