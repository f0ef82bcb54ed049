# 仅用于开发模式。
mailbox-title = 开发邮箱
mailbox-warning-title = 仅供开发使用
mailbox-warning-text = 消息（包括验证码）不会发出，而是落在这里。正式运行时没有这个页面。
mailbox-empty = 还没有消息。
mailbox-to = 收件人
mailbox-kind = 类型
mailbox-time = 收到时间
mailbox-subject = 主题
