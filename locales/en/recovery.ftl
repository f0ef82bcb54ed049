# A forgotten password, and getting back into an account.
forgot-title = Set a new password
forgot-lead = First a code, to prove that the account is yours. Then you choose a new password.
forgot-ends = With the new password every device is signed out but this one, apps have to be connected again, and what waits to change on the account is stopped.
forgot-send = { $channel ->
    [sms] Text me a code
   *[email] E-mail me a code
}

recovery-none = I can’t use any of these
recovery-title = Get back into your account
recovery-lead = What you can still prove decides what follows.
recovery-mail-title = You can read your e-mail
recovery-mail-text = With a code sent there you choose a new password at once.
recovery-sms-title = You have your phone number
recovery-sms-text = { $hours ->
    [one] With a code sent there you choose a new password: at once, or after 1 hour where the account has something safer (an e-mail address, a passkey, an authenticator app), or where nobody has used it for long.
   *[other] With a code sent there you choose a new password: at once, or after { $hours } hours where the account has something safer (an e-mail address, a passkey, an authenticator app), or where nobody has used it for long.
}
recovery-password-title = You know your password
recovery-password-text = Sign in with it and any address of the account, or its account ID. Under Security you then put a new number or address in the place of the lost one.
recovery-password-link = Sign in with the password
recovery-wait-title = If it takes time
recovery-wait-text = { $days ->
    [one] We tell every address of the account at once. Until the end, whoever reads one of these messages can stop it by the link in it. If nobody does, you prove the same number or address again, and have 1 day to choose a new password.
   *[other] We tell every address of the account at once. Until the end, whoever reads one of these messages can stop it by the link in it. If nobody does, you prove the same number or address again, and have { $days } days to choose a new password.
}
recovery-lost-title = You have none of these
recovery-lost-text = If the only thing that proves the account is yours is lost, nobody can bring the account back, and neither can we. You can make a new one.

recovery-proved = You have proved { $address }.
recovery-new-title = Choose a new password
recovery-new-button = Save and sign in
recovery-another = Sign in another way
recovery-unknown-title = No account here
recovery-unknown-text = { $kind ->
    [phone] No account can be opened with this number. Perhaps it belongs to an account under another number or address, or was removed from it.
   *[email] No account can be opened with this address. Perhaps it belongs to an account under another number or address, or was removed from it.
}
recovery-frozen-title = Changes are stopped
recovery-frozen-text = Somebody said that a change to this account was not theirs. Until { $time } nobody can change how to sign in to it.
recovery-more-title = A text message is not enough
recovery-more-stronger = { $hours ->
    [one] This account has an e-mail address, which proves more than a text message. With a code sent there you go on at once; without it you have to wait for 1 hour.
   *[other] This account has an e-mail address, which proves more than a text message. With a code sent there you go on at once; without it you have to wait for { $hours } hours.
}
recovery-more-passkey = { $hours ->
    [one] This account has a passkey, which proves more than a text message. Whoever has it signs in at once; without it you have to wait for 1 hour.
   *[other] This account has a passkey, which proves more than a text message. Whoever has it signs in at once; without it you have to wait for { $hours } hours.
}
recovery-more-dormant = { $hours ->
    [one] Nobody has used this account for long, and phone numbers are given to other people. So its other addresses are asked first, for 1 hour.
   *[other] Nobody has used this account for long, and phone numbers are given to other people. So its other addresses are asked first, for { $hours } hours.
}
recovery-second-title = One more step
recovery-more-second = { $hours ->
    [one] This account has an authenticator app. With a code of it, or one of your recovery codes, you go on at once; without either you have to wait for 1 hour.
   *[other] This account has an authenticator app. With a code of it, or one of your recovery codes, you go on at once; without either you have to wait for { $hours } hours.
}
recovery-use-second = Use the app or a recovery code
recovery-mail-at-once = E-mail me a code instead
recovery-begin = { $hours ->
    [one] Wait 1 hour
   *[other] Wait { $hours } hours
}
recovery-waits-title = Your wait has begun
recovery-waits-text = If nobody stops it, you get back in on { $day }, from { $time } on. Every address of the account has been told.
recovery-waits-then = { $kind ->
    [phone] { $days ->
        [one] Then come back, choose “Forgot your password?”, and prove this number again. You have 1 day for that.
       *[other] Then come back, choose “Forgot your password?”, and prove this number again. You have { $days } days for that.
    }
   *[email] { $days ->
        [one] Then come back, choose “Forgot your password?”, and prove this address again. You have 1 day for that.
       *[other] Then come back, choose “Forgot your password?”, and prove this address again. You have { $days } days for that.
    }
}
recovery-waits-stop = To call it off, open the link in one of the messages.
recovery-waits-sooner = Whoever can sign in with a passkey or the password, or get a code by e-mail, need not wait.
recovery-never-title = This number is not enough
recovery-never-text = Nobody has used this account for long, and phone numbers are given to other people: whoever has the number now may be somebody else. The account has no other address that we could ask. Its password still opens it.

password-new-label = New password
password-new-hint = At least { $least } characters, and nothing that others know of you.
password-set-title = Set a password
password-change-title = Change the password
password-chosen = You chose it on { $time }.
password-ends = All other devices are signed out then, the apps on them have to be connected again, and what waits to change on the account is stopped.
password-more = There is a password, and you have proved yourself by a text message: whoever steals a number gets those too. Prove it with the password or a code by e-mail.
password-remove-title = Remove the password
password-remove-lead = From then on you sign in with a code.
password-remove-left = A code can go to
password-remove-last = Without the password you could not sign in any more. Add a phone number or an e-mail address first.
password-keep = Keep the password
password-remove-button = Remove it
security-password-was-set = Your account has a password now. All other devices are signed out.
security-password-was-changed = Your password is changed. All other devices are signed out.
security-password-was-removed = Your account has no password any more. All other devices are signed out.
