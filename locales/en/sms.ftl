# A code that does not go by text message, or not yet.
held-free-title = You can ask for the code now
held-prove-title = One moment
held-wait-title = No text message right now
held-never-title = No text message to this number
held-send = Send the code
held-prove-why = Unusually many text messages are being asked for. Before we send yours, your browser does a short calculation: that costs you a moment, and whoever misuses them a lot.
held-prove-working = Your browser is calculating. The code is sent by itself when it is done, usually within a few seconds.
held-prove-no-script = { $instead ->
    [email] Your browser runs no scripts, so it cannot do that. Get the code by e-mail, or come back in an hour.
    [change] Your browser runs no scripts, so it cannot do that. Use an e-mail address, or come back in an hour.
   *[none] Your browser runs no scripts, so it cannot do that. Come back in an hour, or use another browser.
}
held-wait = So many text messages were asked for, to numbers like this one or from where you are, that no more go before { $time }. This stops people who misuse them. It has nothing to do with you.
held-instead = { $instead ->
    [email] You need not wait: get the code by e-mail.
    [change] You need not wait: use an e-mail address.
   *[none] Come back then.
}
held-country = We don’t send text messages to numbers of this country.
held-no-mobile = This number cannot get our text messages: it is not a mobile number, or one that costs extra.
held-never-instead = { $instead ->
    [email] Get the code by e-mail, or use another number.
    [change] Use an e-mail address, or another number.
   *[none] Use another number, or an e-mail address.
}
held-use-mail-address = Use an e-mail address
held-leave = Back
held-have-code = Enter a code you have
