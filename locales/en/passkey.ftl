# Passkeys: signing in with one, making, naming and removing them.
or = or
passkey = Passkey
passkey-sign-in = Sign in with a passkey
passkey-again = Use a passkey
passkey-script-fault = Your browser could not use a passkey. Try again, or take another way.

passkey-failed-title = That passkey did not work
passkey-too-late = It took longer than five minutes, or the page was used twice. Try again.
passkey-unknown = No account here has this passkey any more. Remove it where your passkeys are kept, and sign in another way.
passkey-not-verified = Your device did not check that it is you. Turn on its screen lock, fingerprint or PIN, and try again.
passkey-copied = There may be a copy of this passkey, so it was refused. Sign in another way and remove it from your account.
passkey-refused = This passkey could not be used here. Try again, or take another way.
passkey-try-again = Try again
passkey-other-way = Another way

page-passkeys = Passkeys
passkeys-lead = Sign in with your face, finger or screen lock. Nothing to remember, and nothing a false page can steal.
passkeys-off = Passkeys need a web address with a name, and this server is reached by a number.
passkeys-added = Your passkey is ready. Every address of your account was told of it.
passkeys-added-others = Your other devices stay signed in. If you do not know one of them, { $devices }.
passkeys-added-devices = sign it out
passkeys-renamed = The passkey has its new name.
passkeys-removed = The passkey is removed, and all other devices are signed out.
passkeys-none-title = You have no passkey yet
passkeys-none-text = This device can keep one for you. With most phones and browsers your other devices then have it too.
passkeys-more-title = One for each of your devices
passkeys-more-text = If you lose one, another still lets you in.
passkeys-add = Add a passkey
passkey-synced = Shared between your devices
passkey-one-device = Stays where it was made
passkey-created = Made { $time }
passkey-never-used = Not used yet
passkey-rename = Rename
passkey-remove = Remove
passkey-frozen = Changes to your account are stopped for now, so nothing can be added or removed.

passkey-add-title = Add a passkey
passkey-add-lead = Your device asks for your face, finger or screen lock, and makes a key that only works here.
passkey-add-nothing-typed = Nothing to type, and nothing a false page can steal
passkey-add-stays = Your face or finger never leaves your device
passkey-add-others-stay = Your other ways to sign in stay as they are
passkey-add-button = Create a passkey
passkey-needs-script = Passkeys need JavaScript, and a browser that knows them.
passkey-add-too-late = It took longer than five minutes, or the page was used twice. Nothing was added: try again.
passkey-add-not-verified = Your device did not check that it is you. Turn on its screen lock, fingerprint or PIN, and try again.
passkey-add-known = This device’s passkey is on an account already.
passkey-add-too-many = You have as many passkeys as there can be. Remove one first.
passkey-add-refused = Your device’s answer could not be used. Nothing was added: try again.

passkey-offer-title = Next time, just your face or finger
passkey-offer-lead = A passkey signs you in with your screen lock. It takes a few seconds to make.
passkey-offer-then = { $app } comes right after this.
passkey-offer-later = You can also do this later, in your account.

passkey-rename-title = Rename a passkey
passkey-rename-lead = Only you see this name.
passkey-name-label = Name

passkey-remove-title = Remove { $name }?
passkey-remove-lead = It can no longer be used to sign in to your account.
passkey-remove-note-title = This signs out all other devices
passkey-remove-note-text = Apps lose their access too, and have to ask you again. You stay signed in here.
passkey-remove-device = Your device may still show the passkey. It no longer works, and you can delete it there.
passkey-remove-keep = Keep it
passkey-remove-button = Remove the passkey
passkey-remove-prove = Confirm another way
passkey-remove-last = This is the only way into your account. Add another one first.
passkey-remove-too-little = A text message is not enough for this, and neither is anything newer than { $hours ->
    [one] 1 hour
   *[other] { $hours } hours
}. Confirm with a passkey, a password or an e-mail address that your account has had for longer.

safeguard-passkey = Passkey
safeguard-passkey-missing = The strongest way in
safeguard-passkeys = { $count } passkeys
next-passkey-title = Next: add a passkey
next-passkey-text = Sign in with your face, finger or screen lock. Nothing to remember, and nothing a false page can steal.
next-passkey-button = Add a passkey

security-passkeys-manage = Manage passkeys
security-passkeys-stay = Your passkeys below still let you in. If one is not yours, remove it.
password-passkeys-stay = A new password leaves your passkeys as they are. If one of these is not yours, { $passkeys }.
password-passkeys-look = remove it
recovery-passkeys = These passkeys open your account too
recovery-passkeys-hint = Tick what you have lost, and what is not yours: it is removed when you save.
recovery-passkey-stays = can be removed once you are in, with a stronger proof
