# The second step: at sign-in, and in the account.
step-title = Enter the code of your app
step-lead = Open your authenticator app and type the code it shows now.
step-title-other = One more step
step-lead-other = Show in one more way that the account is yours.
step-or = or another way
step-others = Another way
step-use-password = Use your password
step-use-recovery = Use a recovery code
step-use-passkey = Use a passkey
step-passkey-missing = The second step is a passkey, and this browser cannot use one here.
step-none = There is no other way to prove that this account is yours.
step-remember = { $days ->
    [one] Don’t ask for this step on this browser for 1 day
   *[other] Don’t ask for this step on this browser for { $days } days
}
step-missing = Enter the six digits your app shows.
step-wrong = That code is wrong, too old or used already. Wait for the next one and type that.
step-too-many = Too many tries. Try again from { $time }, or use a recovery code.
recovery-code-title = Use a recovery code
recovery-code-lead = Each of the codes you kept works once.
recovery-code-label = Recovery code
recovery-code-hint = 16 letters. Spaces and dashes don’t matter.
recovery-code-missing = Enter one of your recovery codes.
recovery-code-wrong = That is no code of your newest set, or it is used already.
enrol-title = Set up a second step
enrol-lead = { $brand } asks everybody for a second step. It takes an authenticator app on your phone.

security-two-step-look = Change
security-two-step-none = Signing in takes one step
two-step-title = Two-step sign-in
two-step-lead = A password or a code can be stolen from afar. A second step asks for something that only you have with you.
two-step-status = Status
two-step-required = { $brand } asks everybody for a second step, so it can’t be turned off.
two-step-on-since = On since { $day }. Signing in takes a second step, except on browsers that you had remembered.
two-step-off-text = You have an authenticator app, but signing in does not ask for it. Apps may.
two-step-none-text = Signing in takes one step. Add an authenticator app, and nobody gets in with your password alone.
two-step-set-up = Set up an authenticator app
two-step-turn-on = Turn on
two-step-turn-off = Turn off
two-step-what = Your second step
two-step-note-on = Two-step sign-in is on, and all other devices are signed out.
two-step-note-off = Two-step sign-in is off.
two-step-note-removed = The authenticator app is removed.
two-step-note-forgotten = No browser is remembered any more.
two-step-off-title = Turn off two-step sign-in?
two-step-off-lead = Your authenticator app stays, for apps that ask for two steps and for changes here.
two-step-off-note = Whoever has your password, or reads a code that is sent to you, gets into your account. All other devices are signed out.
two-step-keep = Keep it on

safeguard-two-step-since = On since { $day }
safeguard-two-step-missing = One stolen password or code is enough
next-two-step-title = Next: turn on two-step sign-in
next-two-step-text = Then nobody gets in with your password or a stolen code alone.
next-two-step-button = Turn on

totp-name = Authenticator app
totp-since = Added { $day }
totp-title = Add an authenticator app
totp-lead = It shows a new code every 30 seconds, also without a network.
totp-step-app = Open an authenticator app on your phone. Any of them will do.
totp-step-scan = Scan this picture with it.
totp-step-code = Type the code that the app shows now.
totp-picture = A QR code for your authenticator app
totp-cannot-scan = Can’t scan it? Type a key instead
totp-type = Type this key into the app:
totp-type-hint = Choose “time-based” if the app asks. Show this key to nobody: it is shown this once.
totp-hint = It changes every 30 seconds.
totp-missing = Enter the six digits the app shows.
totp-wrong = That is not what the app should show now. Check that the time of your phone is right, and type the next code.
totp-confirm = Add it
totp-remove = Remove
    .aria = Remove the authenticator app
totp-remove-title = Remove the authenticator app?
totp-remove-lead = Do this when you have a new phone; you can add the app again there.
totp-remove-note = Two-step sign-in is turned off with it, your recovery codes stop working, and all other devices are signed out.
totp-keep = Keep the app

codes-name = Recovery codes
codes-left = { $left ->
    [one] 1 code left
   *[other] { $left } codes left
}
codes-new = Make new ones
    .aria = Make new ones: recovery codes
codes-title = Your recovery codes
codes-lead = If you lose your phone, one of these takes the place of the app’s code. Each works once.
codes-keep = They are shown this once. Print this page or write them down, and keep them where you keep what matters; not on the phone.
codes-kept = I have kept them
codes-new-title = Make new recovery codes?
codes-new-lead = You get ten new ones.
codes-new-note = { $left ->
    [one] The code you have left stops working, and all other devices are signed out.
   *[other] The { $left } codes you have left stop working, and all other devices are signed out.
}
codes-keep-old = Keep the old ones
codes-make = Make new ones

remembered-title = Remembered browsers
remembered-text = { $count ->
    [one] 1 browser is not asked for the second step for a while.
   *[other] { $count } browsers are not asked for the second step for a while.
}
remembered-forget = Forget them
