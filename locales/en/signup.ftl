# Creating an account.
signup-title = Create your account
signup-lead = One account for every { $brand } app.
signup-lead-app = One account for { $app } and every other { $brand } app.
signup-address-label = Phone or e-mail
signup-next = Next: a code to prove it is yours. No password needed.
signup-have-account = Have an account? { $signin }
name-label = Your name
name-hint = Apps you allow will see it. Any name is fine.
terms-agree-both = I agree to the { $terms }. How we handle data is in the { $privacy }.
terms-agree = I agree to the { $terms }.
terms-agree-plain = I agree that { $brand } keeps an account for me.
terms-link = terms
privacy-link = privacy notice
terms-missing = To create an account, agree to the terms first.

details-title = Almost there
details-lead = { $address } is yours.
details-create = Create account
details-advice = { $other ->
    [email] Add an e-mail address later. If this phone number is your only way in and you lose it, nobody can bring the account back.
   *[phone] Add a phone number later. If this e-mail address is your only way in and you lose it, nobody can bring the account back.
}
new-password-label = Password
new-password-hint = At least { $least } characters. Without one you sign in with a code.
