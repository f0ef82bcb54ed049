# What people are told of their account.
notice-new-device-title = A new sign-in to your account
notice-new-device-text = Your account was used on a device that is new to it. If that was you, there is nothing to do. If not, sign it out.
notice-address-added-title = An address was added to your account
notice-address-added-text = { $subject } can now be used to sign in to your account. If you did not add it, look at your account now.
notice-address-removed-title = An address was removed from your account
notice-address-removed-text = { $subject } can no longer be used to sign in to your account. If you did not remove it, look at your account now.
notice-address-replaced-title = An address of your account was changed
notice-address-replaced-text = { $subject } now takes the place of another address of your account. If you did not change it, look at your account now.
notice-address-was-yours-title = This address no longer belongs to your account
notice-address-was-yours-text = This address was taken off your account, or another took its place. If that was not you, stop it until { $until }.
notice-replacement-waiting-title = An address of your account is going to change
notice-replacement-waiting-text = Somebody asked to use { $subject } for your account from { $until } on. If that was not you, stop it.
notice-change-cancelled-title = A change to your account was stopped
notice-change-cancelled-text = What was going to change on your account will not happen.
notice-change-undone-title = A change to your account was undone
notice-change-undone-text = Your account has { $subject } again, and all other devices are signed out.
notice-changes-frozen-title = Changes to your account are stopped
notice-changes-frozen-text = Until { $until } nobody can change how to sign in to your account.
notice-password-set-title = Your account has a password now
notice-password-set-text = A password was set for your account. If that was not you, look at your account now.
notice-password-changed-title = Your password was changed
notice-password-changed-text = The password of your account was changed. If that was not you, look at your account now.
notice-password-removed-title = Your password was removed
notice-password-removed-text = Your account no longer has a password. If that was not you, look at your account now.
notice-passkey-added-title = A passkey was added to your account
notice-passkey-added-text = A passkey was made that can sign in to your account. If that was not you, remove it now.
notice-passkey-removed-title = A passkey was removed from your account
notice-passkey-removed-text = A passkey of your account was removed, and all other devices are signed out. If that was not you, look at your account now.
notice-passkey-copied-title = A passkey of your account may have been copied
notice-passkey-copied-text = A passkey was refused because it looks like a copy. Sign in another way and remove it from your account.
notice-recovery-waiting-title = Somebody wants back into your account
notice-recovery-waiting-text = Access to your account will be given back on { $until } to somebody who could not prove all it asks for. If that is not you, stop it.
notice-recovery-open-title = Access to your account can be taken now
notice-recovery-open-text = The wait is over: until { $until } whoever asked can prove the same address again, under “Forgot your password?”, and choose a new password. If that is not you, stop it.
notice-recovered-title = Your account was recovered
notice-recovered-text = Somebody got back into your account and all other devices are signed out. If that was not you, look at your account now.
notice-move-waiting-title = A phone number of your account is going to move
notice-move-waiting-text = { $subject } will belong to another account from { $until } on, because its new owner asked for it. If it is still yours, stop it.
notice-moved-title = A phone number of your account has moved
notice-moved-text = { $subject } now belongs to another account and no longer signs you in.
notice-deletion-waiting-title = Your account will be deleted
notice-deletion-waiting-text = Your account and everything in it will be deleted on { $until }. Sign in before then to keep it.
notice-deletion-cancelled-title = Your account stays
notice-deletion-cancelled-text = You signed in, so your account will not be deleted.
notice-deleted-title = Your account is deleted
notice-deleted-text = Your account and everything in it is deleted. Nothing can bring it back.
notice-deleted-answer = { $state ->
    [confirmed] Has erased what it kept of you ({ $at })
    [refused] Refused to erase it ({ $at }). Ask its makers.
    [untold] Cannot be told by us. Ask its makers to erase what it kept.
   *[asked] Has not answered. Ask its makers.
}
notice-deleted-answers = { $confirmed } of { $all } apps confirmed that they erased what they kept.
notice-export-ready-title = Your data are ready
notice-export-ready-text = The copy of your data can be downloaded until { $until }.
notice-button-change = Stop it
notice-button-devices = Look at your devices
notice-button-data = Get your data
notice-button-account = Look at your account
notice-fact-when = When
notice-fact-device = Device
notice-device-without-browser = A television, or another device without a browser
notice-fact-network = From
notice-why = Sent to { $to } because it belongs, or belonged, to an account of { $brand }.
