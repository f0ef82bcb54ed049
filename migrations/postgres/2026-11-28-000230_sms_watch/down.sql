ALTER TABLE one_time_codes DROP COLUMN sms_book;
DROP TABLE sms_pauses;
DROP TABLE sms_watch;
