# Development mode only.
mailbox-title = Development mailbox
mailbox-warning-title = For development only
mailbox-warning-text = Messages land here instead of being sent, codes included. A real house never shows this page.
mailbox-empty = No message yet.
mailbox-to = To
mailbox-kind = Kind
mailbox-time = Captured
mailbox-subject = Subject
