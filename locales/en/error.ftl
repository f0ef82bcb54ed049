# What cannot go on: what happened, and what to do.
error-what-to-do = What you can do
error-support = Still stuck? { $support } with the report number below.
error-support-link = Write to us
error-report-number = Report number
error-for-developer = For the app’s developer
error-developer-problem = Problem
error-developer-client = Client
error-developer-code = Error
error-to-account = Go to your account
error-again = Try again

error-not-found-title = There is no such page
error-not-found-text = The address may be mistyped, or the page has moved.
error-not-found-do = Check the address, or start from your account.
error-method-title = This page is not reached that way
error-method-text = Something asked for it in a way it does not answer. Nothing was changed.
error-method-do = Go back and use the buttons on the page.
error-unreadable-title = We could not read that request
error-unreadable-text = A part of it is missing, repeated or damaged. Nothing was changed.
error-unreadable-do = Go back and try again from the page you came from.
error-too-large-title = That was too much at once
error-too-large-text = The form held more than we take in one go. Nothing was changed.
error-too-large-do = Go back and send less.
error-too-slow-title = That took too long
error-too-slow-text = The form did not arrive in one piece in time. Nothing was changed.
error-too-slow-do = Check your connection, then go back and try again.
error-media-type-title = We could not read that form
error-media-type-text = It came in a format this page does not take. Nothing was changed.
error-media-type-do = Go back and use the form on the page.
error-forbidden-title = This is not yours to open
error-forbidden-text = You are signed in, but this page belongs to somebody else.
error-forbidden-do = Check which account you are using, or start from your account.
error-locked-title = This account is locked
error-locked-text = We stopped it from being used, for now. Nothing in it was changed.
error-locked-do = Write to support. They can tell you how it is opened again.
error-frozen-title = Changes are stopped for now
error-frozen-text = Somebody said from a notice that a change to this account was not theirs. Until that is settled, nobody can change how to sign in.
error-frozen-do = Come back when the time named in the notice is over.
error-forged-title = This form did not come from our page
error-forged-text = To keep others from pressing buttons in your name, we take a form only from the page we showed you. Nothing was changed.
error-forged-do = Open the page again and send the form from there. Cookies must be allowed for this site.
error-expired-title = This page is too old
error-expired-text = It waited too long, or it has been used already. Nothing was changed.
error-expired-do = Start again from the app you were going to, or from your account.
error-too-many-title = Too many tries
error-too-many-text = To keep guessers out, we stopped for a moment.
error-too-many-do = { $seconds ->
    [one] Try again in 1 second.
   *[other] Try again in { $seconds } seconds.
}
error-busy-title = We are busy
error-busy-text = Nothing was lost.
error-busy-do = { $seconds ->
    [one] Try again in 1 second.
   *[other] Try again in { $seconds } seconds.
}
error-internal-title = Something broke on our side
error-internal-text = What you sent may not have been saved. We have a record of it.
error-internal-do = Try again in a minute.
error-unknown-app-title = We don’t know the app that sent you here
error-unknown-app-text = It is not registered here, or no longer. We stopped, so nothing was shared.
error-unknown-app-do = Go back and try again from the app’s own site. If it happens again, tell the people who make it; only they can mend it.
error-unknown-address-title = This app sent you here with an address we don’t know
error-unknown-address-text = { $named ->
    [yes] “{ $app }” asked us to send you to an address it never registered. We stopped, so nothing was shared.
   *[no] It asked us to send you to an address it never registered. We stopped, so nothing was shared.
}
error-unknown-address-do = Go back and try again from the app’s own site. If it happens again, tell the people who make it; only they can mend it.
error-app-request-title = This app asked for something we can’t do
error-app-request-text = { $named ->
    [yes] “{ $app }” sent a request we cannot answer. We stopped, so nothing was shared.
   *[no] It sent a request we cannot answer. We stopped, so nothing was shared.
}
error-app-request-do = Go back and try again from the app’s own site. If it happens again, tell the people who make it; only they can mend it.
