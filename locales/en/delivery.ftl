# Messages to people.
sms-code = { $minutes ->
    [one] { $code } is your { $brand } code. It works for 1 minute. Tell it to nobody.
   *[other] { $code } is your { $brand } code. It works for { $minutes } minutes. Tell it to nobody.
}
mail-code-subject = Your { $brand } code
mail-code-title = Your { $brand } code
mail-code-lead = { $purpose ->
    [sign-up] Somebody, probably you, is creating an account with this address. Enter this code to go on:
    [add-address] Somebody, probably you, is adding this address to an account. Enter this code to go on:
    [recovery] Somebody, probably you, wants to get back into the account of this address. Enter this code to go on:
    [undo] Somebody, probably you, wants to undo a change to the account of this address. Enter this code to go on:
   *[sign-in] Somebody, probably you, is signing in with this address. Enter this code to go on:
}
mail-code-works = { $minutes ->
    [one] It works for 1 minute, once, in the browser that asked for it.
   *[other] It works for { $minutes } minutes, once, in the browser that asked for it.
}
mail-fact-browser = Asked by
mail-fact-place = Near
mail-place-unknown = Not known
mail-was-it-you = Was it you?
mail-code-was-you = Enter the code on the page you have open. Its address begins with { $host }.
mail-was-it-not = Was it not?
mail-code-was-not = Then there is nothing to do. Without the code nobody gets in.
mail-never-ask = We never ask for your password or a code by mail, by text or on the phone.
mail-code-why = Sent to { $to } because it was entered on a page of { $brand }.
mail-support = Questions: { $address }
