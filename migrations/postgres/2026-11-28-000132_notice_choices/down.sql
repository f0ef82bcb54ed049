DROP TABLE notice_choices;
