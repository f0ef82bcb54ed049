# The account centre.
centre-navigation = Account
centre-pages = Pages of your account
back-to-account = Account
page-home = Home
page-devices = Devices
page-apps = Connected apps
page-activity = Activity
page-settings = Settings

home-account-id = Account ID { $id }
home-switch = Switch account
home-security = Security
home-safeguards = { $on } of { $all } safeguards set up
home-addresses = Your addresses
home-phone = Phone
home-email = E-mail
safeguard-password = Password
safeguard-phone = Phone
safeguard-email = E-mail
safeguard-set-up = Set up
safeguard-password-changed = Changed { $day }
safeguard-password-missing = A way in without a code
safeguard-phone-missing = A second way in
safeguard-email-missing = A second way in
next-password-title = Next: add a password
next-password-text = Sign in even when no code can reach you.
next-password-button = Add a password
next-phone-title = Next: add a phone number
next-phone-text = If you lose your e-mail address, a code to your phone still lets you in.
next-phone-button = Add a phone number
next-email-title = Next: add an e-mail address
next-email-text = If you lose your phone, a code by e-mail still lets you in.
next-email-button = Add an e-mail address
all-devices = All { $count }
    .aria = All { $count } devices
all-apps = All { $count }
    .aria = All { $count } connected apps

settings-lead = How these pages look to you, on every device you sign in on.
settings-saved = Saved.

page-personal = Personal information
personal-lead = What apps may ask about you. Only your name is needed; an app sees the rest once you have allowed it to.
personal-saved = Saved. Apps you have allowed see it from now on.
personal-given-name = Given name
personal-middle-name = Middle name
personal-family-name = Family name
personal-nickname = Nickname
personal-username = User name you like
personal-gender = Gender
personal-birthdate = Birthday
personal-birthdate-hint = Year, month and day: 1990-12-31. Write 0000 for a year you do not want to tell.
personal-profile = Address of your profile page
personal-website = Address of your website
personal-address = Postal address
personal-street = Street and number
personal-postal-code = Postal code
personal-locality = City
personal-region = State or province
personal-country = Country
personal-too-long = Use { $most } characters at most.
personal-not-text = Use letters, digits and ordinary signs only.
personal-not-a-url = Write the whole address, beginning with https://.
personal-not-a-date = Write it as 1990-12-31.

picture-title = Your picture
picture-lead = It stands beside your name on these pages, and in apps that you have let see your name.
picture-choose = Choose a picture
picture-hint = JPEG, PNG or WebP, up to 5 MB. We cut a square from its middle, and drop what the camera wrote into it, such as where you were.
picture-save = Use this picture
picture-remove = Remove the picture
picture-saved = Your picture is saved. If there was another before, it is gone.
picture-removed = Your picture is gone. Your initials stand in its place.
picture-gone-apps = Apps that have already copied it keep their copy.
picture-missing = Choose a file first.
picture-too-many-bytes = That file is over 5 MB. Choose a smaller one, or a lower quality.
picture-not-a-picture = That is not a JPEG, PNG or WebP picture. Choose another file.
picture-too-many-pixels = That picture has more than 40 million pixels. Choose a smaller one.
picture-damaged = That picture cannot be read to its end. Choose another, or save it once more.
seen-by = Seen by { $apps }
seen-by-none = No app sees this yet.
picture-add = Add a picture
picture-change = Change it
seen-by-also = Also seen by { $apps }
personal-about = About you

personal-settings = Language and time zone
settings-text = Size of text
settings-text-normal = As your browser has it
settings-text-size = { $size ->
    [larger] Larger
   *[large] Large
}
settings-zone = Time zone
settings-zone-hint = Times on these pages are shown in it, and apps that see your name see it too.
settings-region = { $region ->
    [Africa] Africa
    [America] America
    [Antarctica] Antarctica
    [Arctic] Arctic
    [Asia] Asia
    [Atlantic] Atlantic
    [Australia] Australia
    [Indian] Indian Ocean
    [Pacific] Pacific
   *[Europe] Europe
}
