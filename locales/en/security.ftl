# How to sign in to an account: its addresses, what waits to change, and what links in notices lead to.
page-security = Sign-in and security
home-all-settings = All settings
security-lead = The phone numbers, e-mail addresses, password and passkeys that let you in.
security-addresses = Phone numbers and e-mail addresses
security-addresses-none = No phone number and no e-mail address yet.
security-since = Since { $time }
security-main = Main
security-make-main = Make main
security-change = Change
security-remove = Remove
security-add = Add a number or address
security-password-none = No password
security-password-change = Change password
security-frozen-until = Until { $time } nothing can be changed here, because somebody said that a change was not theirs.
security-waiting = What waits
security-waiting-kind = { $kind ->
    [recovery] Access is given back to somebody who could not prove everything
    [open] Somebody who could not prove everything can choose a new password
    [move] A phone number moves to another account
   *[replacement] One address takes the place of another
}
security-waiting-due = { $kind ->
    [open] Until { $time }, unless it is stopped
   *[other] On { $time }, unless it is stopped
}
security-waiting-look = Look

security-added = The address is added. It lets you in from now on, and all other devices are signed out.
security-removed = The address is removed, and all other devices are signed out.
security-changed = The address is changed, and all other devices are signed out.
security-waits = The change waits now. Every address you have was told and can stop it until then.
security-main-chosen = That is the main one now.
security-moves = This number belongs to an account that has not been used for long. That account was told; if nobody objects, the number becomes yours after the wait.
security-undone = The change is undone, and everything else is signed out. Look whether every address below is yours, and change your password if somebody may know it.
security-undone-without = The change is undone, but the old address belongs to another account now. Everything else is signed out.
security-frozen = Nothing was changed: changes to this account are stopped for a while.
security-own = Your account has that address already.
security-taken = That address belongs to another account. Remove it there first, or use another.
security-full = Your account has as many addresses as it can have. Remove one first.
security-last = That is your last way in. Add another first.
security-unknown = Your account no longer has that address.

security-add-lead = A second way in keeps the account yours when you lose the first.
security-code-next = Next: a code to prove it is yours.
security-send-code = Send the code
security-code-lead = A code is on its way to { $to }.
security-code-leave = { $kind ->
    [phone] Go on without this number
   *[email] Go on without this address
}

security-change-title = { $kind ->
    [phone] Change your phone number
   *[email] Change your e-mail address
}
security-change-lead = The new one takes the place of { $old }.
security-change-label = { $kind ->
    [phone] New phone number
   *[email] New e-mail address
}
security-change-ways = { $hours ->
    [one] You can do this without the old one. If you can prove who you are in another way, the change is made at once. If not, it waits 1 hour, and every address you have can stop it.
   *[other] You can do this without the old one. If you can prove who you are in another way, the change is made at once. If not, it waits { $hours } hours, and every address you have can stop it.
}
security-replace-lead = { $new } is yours.
security-replace-old = Old
security-replace-new = New
change-proved = Proved
security-replace-ends = All other devices are signed out. The old address is told, and can undo this for a while.
security-replace-now = Change it now
security-keep-old = Keep the old one
security-prove = Prove it is you
security-more-title = Prove a little more
security-more = { $kind ->
    [phone] To do this at once, use your password, a code by e-mail, or a code to the very number. What you added in the last days does not count yet.
   *[email] To do this at once, use your password or a code by e-mail. A text message alone is not enough, and what you added in the last days does not count yet.
}
security-wait-title = You cannot prove more?
security-wait-text = { $hours ->
    [one] Then the change waits 1 hour. Every address you have is told and can stop it.
   *[other] Then the change waits { $hours } hours. Every address you have is told and can stop it.
}
security-wait-button = { $hours ->
    [one] Change it in 1 hour
   *[other] Change it in { $hours } hours
}

security-remove-title = { $kind ->
    [phone] Remove this number?
   *[email] Remove this address?
}
security-remove-note-title = It will no longer let you in
security-remove-note = { $hours ->
    [one] All other devices are signed out. The address is told, and can undo this for 1 hour.
   *[other] All other devices are signed out. The address is told, and can undo this for { $hours } hours.
}
security-remove-last-title = This is your last way in
security-remove-last = Without it nobody could sign in to your account. Add another address first.
security-remove-or-change = If you can prove nothing else, change it instead: that is possible after a wait.
security-keep = Keep it

change-title-replacement = An address is going to change
change-title-recovery = Somebody wants back in
change-title-move = A number is going to move
change-title-stopped = It is stopped
change-title-happened = An address was changed
change-title-frozen = Changes are stopped
change-lead-waits = { $kind ->
    [recovery] On { $time } access to your account is given back to somebody who could not prove everything it asks for.
    [open] Until { $time } somebody who could not prove everything your account asks for can choose a new password for it.
    [move] On { $time } this number moves to another account, because whoever holds it now asked for it.
   *[replacement] On { $time } the new address takes the place of the old one.
}
change-lead-stopped = It will not happen. Every address of the account was told.
change-lead-happened = This was done on { $time }.
change-lead-frozen = Nobody can change how to sign in to the account for now. To undo the change, prove that the account was yours before it.
change-stop = { $kind ->
    [move] Stop it: the number is mine
   *[other] Stop it
}
change-nothing-waits = If you asked for it, there is nothing to do.
change-happened-ways = Until { $time } this can be undone by whoever proves that the account was theirs before: with its password, or a code to another of its addresses.
change-not-me = This was not me
change-nothing-happened = If it was you, there is nothing to do.
change-password-label = The password the account had before
change-undo = Undo the change
change-code = { $channel ->
    [sms] Text a code to another phone number of the account
   *[email] E-mail a code to another address of the account
}
change-code-hint = It goes to one that the account had before the change, if there is one.
change-code-lead = If the account had another address before, a code is on its way to it.
change-other-proof = Prove it in another way
change-recover-title = You have neither?
change-recover-text = Then you can ask for the account back. Every address of the account is told and can stop it, so this takes a few days.
change-recover-button = Ask for the account back
change-recover-waits = You have asked for the account back. If nobody stops it, that happens on { $time }.
change-to-security = Look at how you sign in

recycled-title = Is this account yours?
recycled-lead = This number belongs to an account that has not been used for a long time. Numbers are given to other people, so the number alone does not open it.
recycled-mine = It is mine
recycled-password = Its password
recycled-address = Another address of it, or its account ID
recycled-address-hint = We ask for a password or send a code there.
recycled-address-button = Use this instead
recycled-not-mine = It is not mine
recycled-new-text = Then make an account of your own. Nothing of the old one comes with the number.
recycled-new = Create a new account
recycled-waits = A new account has asked for this number, and gets it on { $time } if nobody objects. If that account is yours, go on with it.
recycled-go-on = Go on with the new account

details-lead-recycled = { $address } is with you now.
details-moves = The number still belongs to an old account, which is told now. If nobody objects, it moves to yours on { $time }. Until then, a password or another address keeps your account in reach.

second-title = One way in is one too few
second-lead = { $lacks ->
    [phone] Add a phone number, so that you can still get in without the address you have.
   *[email] Add an e-mail address, so that you can still get in without the number you have.
}
second-warning = If you lose the only way in, nobody can bring the account back, not even we.
second-label = { $lacks ->
    [phone] Phone number
   *[email] E-mail address
}
second-hint = Another number or address is fine too. Next: a code to prove it is yours.
second-send = Send the code
second-skip = Not now
security-strength = How strong your account is
strength-weak = Protection: weak
strength-weak-text = There is one way in. If you lose it, nobody can bring the account back.
strength-stolen-text = Your password is on a list of stolen ones. Whoever has the list can try it.
strength-fair = Protection: fair
strength-fair-text = Whoever gets your password, or a code that was sent to you, is in.
strength-good = Protection: good
strength-good-passkey-text = A false page gets nothing from your passkey. But a password or a code alone still opens the account.
strength-good-two-step-text = One stolen thing opens nothing. But a false page could ask you for both steps.
strength-strong = Protection: strong
strength-strong-text = One stolen thing opens nothing, and a false page gets nothing from your passkey.
next-change-title = Next: look at a change that waits
next-change-text = If it was not you who asked for it, stop it there.
next-stolen-title = Next: choose another password
next-stolen-text = Yours was stolen somewhere else. Take one that you use nowhere else.
next-stolen-button = Choose a password
next-codes-title = Next: make new recovery codes
next-codes-text = Few are left. They let you in when your phone is lost.
next-codes-button = Make new codes
