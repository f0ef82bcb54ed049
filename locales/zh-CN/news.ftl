# 新闻与优惠：公告，以及发送给谁。
page-news = 新闻与优惠
news-lead = { $brand } 想告诉您的消息。除非您在下方要求，否则不会发送给您。
news-none = 目前没有可阅读的内容。
news-new = 新
news-more = 阅读更多
news-sending-title = 通过邮件和短信
news-sending-text = 在您开启之前，一切都是关闭的。您可以随时关闭：在这里，或在任何一条消息中。
news-consent-email = { $brand } 可以通过邮件向我发送“{ $topic }”，直到我在这里或任何一封邮件中关闭为止。
news-consent-sms = { $brand } 可以通过短信向我发送“{ $topic }”，直到我在这里或任何一条短信中关闭为止。
news-channel-email = 邮件
news-channel-sms = 短信
news-to = 发送至 { $address }
news-on-since = 自 { $day } 起开启
news-turn-on = 开启
news-turn-off = 关闭
news-turn-all-off = 全部关闭
news-no-email = 您的账号还没有邮箱。
news-no-phone = 您的账号还没有手机号。
news-turned-on = 已开启。
news-turned-off = 已关闭，不会再发送。
news-all-turned-off = 已全部关闭，不会再发送任何内容。
news-words-changed = 自您打开此页面以来，文字已更改，因此没有开启任何内容。请再读一遍。

stop-news-title = 停止“{ $topic }”？
stop-news-lead-email = { $brand } 将不再通过邮件向您发送。
stop-news-lead-sms = { $brand } 将不再通过短信向您发送。
stop-news-button = 停止
stop-news-done-title = “{ $topic }”已停止
stop-news-done-email = 不会再通过邮件向您发送。
stop-news-done-sms = 不会再通过短信向您发送。
stop-news-gone-title = 这些消息已停止
stop-news-gone-text = 不会再向您发送此类消息。
stop-news-rest = 发送给您的全部内容

news-mail-why = 发送至 { $to }，因为您于 { $day } 向 { $brand } 订阅了“{ $topic }”。
news-mail-stop = 停止接收这些消息
news-sms-stop = 停止：{ $link }

# 用什么方式告诉谁什么。
notices-title = 我们如何通知您
notices-lead = 涉及账号安全的事情总会发送到账号的每一个地址：如果其中一个落入他人之手，您可以通过其他地址得知。只有少数几项可以由您选择。
notices-new-device = 在新设备上登录
notices-export-ready = 您的数据副本已准备好
notices-every = 每一个地址
notices-only-email = 仅邮件
notices-only-sms = 仅短信
notices-again = 保存时，您可能需要再次证明是您本人。
notices-no-choice = 您的账号同时有邮箱和手机号后，便可以选择。
notices-save = 保存通知方式
notices-saved = 已保存。
