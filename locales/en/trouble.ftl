# What became of a code that did not come.
trouble-lead = { $channel ->
    [sms] It was to come as a text message to { $to }.
   *[email] It was to come as an e-mail to { $to }.
}
trouble-lead-account = It was to come to an address of this account.
trouble-waiting = { $channel ->
    [sms] The text message has been waiting here since { $time }. We try until it is taken, for a minute at most.
   *[email] The e-mail has been waiting here since { $time }. We try until it is taken, for a minute at most.
}
trouble-accepted = { $channel ->
    [sms] The phone network took the text message at { $time }. It has not said whether it arrived.
   *[email] The mail server took the e-mail at { $time }. It is on its way, or in your mailbox already.
}
trouble-delivered = { $channel ->
    [sms] The text message arrived at { $time }, says the phone network.
   *[email] The e-mail arrived at { $time }, says the mail server.
}
trouble-refused = { $channel ->
    [sms] The phone network refused the text message at { $time }: no text can be sent to this number. Check it, or use another way.
   *[email] The mail server refused the e-mail at { $time }: no mail can be sent to this address. Check it, or use another way.
}
trouble-failed = { $channel ->
    [sms] The text message did not arrive: the phone network gave up at { $time }. Ask for a new one, or use another way.
   *[email] The e-mail did not leave: the mail server could not be reached until { $time }. Ask for a new one, or use another way.
}
trouble-unsaid = A code was asked for at { $time }. If this account can get one this way, it is on its way. We don’t say here where to.
trouble-none = No code was asked for this way, or it is too long ago.
trouble-again = Look again
trouble-enter = Enter the code
trouble-check = What you can check
trouble-advice-address = Is the number or address right? One wrong digit or letter is enough.
trouble-advice-account = Check the account ID, number or address you typed: a code goes only to an address of that account.
trouble-advice-phone = Is the phone on, with a signal and room for messages?
trouble-advice-blocked = Some phones and networks hold back messages from short or unknown numbers.
trouble-advice-newest = Only the newest code works, and only in the browser that asked for it.
