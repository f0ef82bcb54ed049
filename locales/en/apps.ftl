# The apps that may use an account.
apps-lead = What may use your account. Disconnect what you no longer need.
apps-none = No app is connected yet.
apps-can = It can
apps-only-sign-in = Know that it is you, and nothing else
apps-since = Connected since
apps-last-use = Last used
apps-unchecked = Not checked
apps-open = Open
apps-remove = Disconnect
apps-removed = { $app } is disconnected.
remove-title = Disconnect { $app }?
remove-lead = You can connect it again later; it will ask first.
remove-loses = It will no longer be able to
remove-note-title = This ends at once
remove-note-text = { $minutes ->
    [one] The app gets nothing new from this moment. Another app that checks its pass without asking us may accept it for up to 1 more minute.
   *[other] The app gets nothing new from this moment. Another app that checks its pass without asking us may accept it for up to { $minutes } more minutes.
}
remove-keeps = What { $app } has already saved stays with it. Ask its makers to delete that.
remove-keep = Keep connected
remove-button = Disconnect
app-claims = It also sees
app-claim = { $claim ->
    [name] Your name
    [given_name] Your given name
    [family_name] Your family name
    [middle_name] Your middle name
    [nickname] Your nickname
    [preferred_username] The user name you like
    [profile] The address of your profile page
    [picture] Your picture
    [website] The address of your website
    [gender] Your gender
    [birthdate] Your birthday
    [zoneinfo] Your time zone
    [locale] Your language
    [updated_at] When you last changed any of this
    [email] Your e-mail address
    [email_verified] Whether your e-mail address is proved
    [phone_number] Your phone number
    [phone_number_verified] Whether your phone number is proved
    [address] Your postal address
   *[other] Something else about you
}
app-maker = Made by
app-maker-unknown = Nobody has checked
app-host = Leads to
app-added = Here since
app-home = Its home page
app-policy = Its privacy policy
app-terms = Its terms
app-devices = Where it is signed in
app-devices-none = On no device at the moment.
app-without-device = On its own, let in by an organisation that vouches for you
