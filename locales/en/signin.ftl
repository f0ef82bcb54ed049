# Signing in.
identifier-title = Sign in
identifier-title-app = Sign in to { $app }
identifier-lead = to your { $brand } account
identifier-label = Phone, e-mail or account ID
identifier-first-time = First time here? { $create }
identifier-create = Create an account

accounts-title = Choose an account
accounts-title-app = Choose an account for { $app }
accounts-lead = These are signed in on this device.
accounts-another = Use another account

password-title = Enter your password
password-label = Password
password-show = Show
password-hide = Hide
password-forgot = Forgot your password?
password-use-code = Use a code
password-missing = Enter your password, or use a code.
password-wrong = That password doesn’t match. Try again, or use a code.
password-too-many = Too many tries. Use a code, or try your password again from { $time }.

again-title = Confirm it is you
again-lead = This needs a fresh proof that the account is yours.
again-lead-without-sms = For this a text message is not enough: whoever steals a number gets those too.
again-code-sms = Text a code to { $to }
again-code-email = E-mail a code to { $to }
again-not-now = Not now

code-title = Enter the code
code-label = 6-digit code
code-lead-sms = If { $to } can sign in here, a text message is on its way.
code-lead-email = If { $to } can sign in here, an e-mail is on its way.
code-lead-account = If this account can sign in here, a code is on its way to an address it has.
code-change-number = Change number
code-change-address = Change address
code-change-account = Change account
code-works-until = Works until { $time }, in this browser only.
code-another = Another code
code-from = from { $time }
code-now = now
code-countdown = (in { $left })
code-left = Codes left today
code-left-of = { $left } of { $all }
code-new = New code
code-use-channel = { $channel ->
    [sms] Use a text
   *[email] Use e-mail
}
code-use-password = Use your password
code-missing = Enter the six digits we sent.
code-wrong = { $tries ->
    [one] That code is wrong or too old. You have 1 try left.
   *[other] That code is wrong or too old. You have { $tries } tries left.
}
code-used-up = That code is wrong or too old, and has no tries left. Ask for a new one.
code-too-soon = The next code can be sent from { $time }. The last one still works.
code-too-soon-for-this = The next code can be sent from { $time }. The last one was for something else and does not work here.
code-none-left = { $instead ->
    [sms] That was the last code for today. Use a text message, or come back after { $time }.
    [email] That was the last code for today. Use e-mail, or come back after { $time }.
    [password] That was the last code for today. Use your password, or come back after { $time }.
   *[none] That was the last code for today. Come back after { $time }.
}
code-did-not-come = The code did not come
code-advice-wait = A text message or e-mail can take a minute or two.
code-advice-spam = E-mail may have landed in the spam folder.
