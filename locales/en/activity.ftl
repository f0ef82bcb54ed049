# What happened to an account.
activity-lead = What happened to your account in the last year, newest first.
activity-filter = Show
activity-all = Everything
activity-topic-sign-ins = Sign-ins
activity-topic-refusals = Refused
activity-topic-changes = Changes
activity-topic-apps = Apps
activity-topic-operator = Support
activity-none = Nothing of this kind happened in the last year.
activity-turn = More
activity-newest = Newest
activity-older = Older
activity-unknown-title = Something you don’t know?
activity-unknown-text = Look at your devices, sign out those that are not yours, and change how you sign in.
activity-export-title = Take it along
activity-export-text = Everything on this list in one file, as it is shown now.
activity-export-csv = For a spreadsheet (CSV)
activity-export-json = For programs (JSON)

activity-an-app = An app
activity-reason = Reason: { $reason }
activity-method = { $method ->
    [password] Password
    [sms] Code by text message
    [code] Code
    [passkey] Passkey
    [elsewhere] Sign-in with another provider
   *[other] In another way
}
activity-change = { $change ->
    [replacement] A new address in the place of another
    [undo] Bringing back an address
    [freeze] A stop to all changes
    [recovery] Getting back into the account
    [move] A phone number that moves to another account
   *[deletion] Deleting the account
}

activity-created = The account was made
activity-signed-in = Signed in
activity-new-device = Signed in on a new device
activity-refused = Not let in: a wrong password or code
activity-signed-out = Signed out
activity-approved-elsewhere = You approved a sign-in in another browser
activity-refused-elsewhere = You refused a sign-in in another browser
activity-password-stolen = Your password was typed, and is on a list of stolen ones
activity-strange-browser = A sign-in was used in another browser, and has to be proved again
activity-signed-out-others = All other devices were signed out
activity-app-connected = { $app } was connected
activity-app-removed = { $app } was disconnected
activity-address-added = An address was added
activity-address-removed = An address was removed
activity-address-changed = An address was changed
activity-main-address-chosen = Another address became the main one
activity-change-undone = A change was undone
activity-changes-frozen = Changes were stopped for a while
activity-change-waiting = A change was asked for, and waits
activity-change-cancelled = A waiting change was called off
activity-password-set = A password was set
activity-password-changed = The password was changed
activity-password-removed = The password was removed
activity-totp-added = An authenticator app was added
activity-totp-removed = The authenticator app was removed
activity-recovery-codes-made = New recovery codes were made
activity-recovery-code-used = A recovery code was used
activity-two-step-on = Two-step sign-in was turned on
activity-two-step-off = Two-step sign-in was turned off
activity-passkey-added = A passkey was added
activity-passkey-renamed = A passkey was renamed
activity-passkey-removed = A passkey was removed
activity-passkey-copied = A copied passkey was refused
activity-upstream-linked = A sign-in of another provider was connected
activity-upstream-unlinked = A sign-in of another provider was disconnected
activity-recovered = The account was recovered
activity-profile-changed = Personal information was changed
activity-settings-changed = Settings were changed
activity-opted-in = News was turned on
activity-opted-out = News was turned off
activity-export-asked = A copy of your data was asked for
activity-export-taken = A copy of your data was downloaded
activity-operator-looked = Support looked at the account
activity-operator-locked = Support locked the account
activity-operator-unlocked = Support unlocked the account
activity-operator-ended-sessions = Support signed out all devices
