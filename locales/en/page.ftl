# What several pages share.
title-error = Error:
skip-to-content = Skip to the content
continue = Continue
change = Change
save = Save
on = On
not-yet = Not yet
optional = optional
not-you = Not you?
sign-in = Sign in
sign-out = Sign out
for-app = for { $app }
or-without-password = or without a password

foot-help = Help
foot-privacy = Privacy
foot-terms = Terms

preferences-label = Language and theme:
preferences-language = Language
preferences-theme = Theme
theme-system = As your device has it
theme-name = { $theme ->
    [dark] Dark
   *[light] Light
}

# Times.
ago-now = Just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
date-full = { $day }, { $clock }
date-day = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }

# Faults of fields that several pages have.
form-several-faults = Some things need another look:
address-missing = Enter your phone number or e-mail address.
address-not-understood = That is neither a phone number nor an e-mail address. A phone number looks like +43 660 555 4417.
address-comma = There is a comma in this address. Did you mean { $meant }?
address-country-missing = Start the phone number with + and the country, like +43.
name-missing = Enter a name. Any name is fine.
name-too-long = That name is too long. Use { $most } characters at most.
name-not-a-name = There are signs in this name that we cannot show. Use letters.

# Where sign-ins are bound to devices: a page on the way, for a moment.
arrival-title = One moment
arrival-lead = Your browser shows that this is your device.
arrival-go-on = Go on
