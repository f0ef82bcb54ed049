# News and offers: announcements, and who is sent them.
page-news = News and offers
news-lead = What { $brand } has to tell you. Nothing of it is sent to you unless you ask for it below.
news-none = There is nothing to read at the moment.
news-new = New
news-more = Read more
news-sending-title = By e-mail and text message
news-sending-text = Everything is off until you turn it on. You can turn it off at any time: here, or from any message.
news-consent-email = { $brand } may send me “{ $topic }” by e-mail until I turn it off, here or from any of these messages.
news-consent-sms = { $brand } may send me “{ $topic }” by text message until I turn it off, here or from any of these messages.
news-channel-email = E-mail
news-channel-sms = Text message
news-to = To { $address }
news-on-since = On since { $day }
news-turn-on = Turn on
news-turn-off = Turn off
news-turn-all-off = Turn everything off
news-no-email = Your account has no e-mail address yet.
news-no-phone = Your account has no phone number yet.
news-turned-on = Turned on.
news-turned-off = Turned off. Nothing more of it will be sent.
news-all-turned-off = Everything is turned off. Nothing more will be sent.
news-words-changed = The words have changed since you opened this page, so nothing was turned on. Read them once more.

stop-news-title = Stop “{ $topic }”?
stop-news-lead-email = { $brand } will send you no more of it by e-mail.
stop-news-lead-sms = { $brand } will send you no more of it by text message.
stop-news-button = Stop it
stop-news-done-title = “{ $topic }” is stopped
stop-news-done-email = Nothing more of it will be sent to you by e-mail.
stop-news-done-sms = Nothing more of it will be sent to you by text message.
stop-news-gone-title = These messages are stopped
stop-news-gone-text = Nothing more of this will be sent to you.
stop-news-rest = Everything that is sent to you

news-mail-why = Sent to { $to } because you asked { $brand } for “{ $topic }” on { $day }.
news-mail-stop = Stop these messages
news-sms-stop = Stop: { $link }

# What somebody is told how.
notices-title = How we tell you
notices-lead = What happens to your account’s security goes to every address it has, always: if one of them is in other hands, the others are how you find out. Only for a few things can you choose.
notices-new-device = Signing in on a new device
notices-export-ready = The copy of your data is ready
notices-every = Every address
notices-only-email = E-mail only
notices-only-sms = Text message only
notices-again = To save this you may have to prove once more that it is you.
notices-no-choice = There is a choice once your account has an e-mail address and a phone number.
notices-save = Save how to tell me
notices-saved = Saved.
