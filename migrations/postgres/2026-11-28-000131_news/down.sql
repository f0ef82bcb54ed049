DROP TABLE news_seen;
DROP TABLE opt_ins;
DROP TABLE announcement_recipients;
DROP TABLE announcement_sends;
DROP TABLE announcements;
