# Letting apps in, and signing out.
consent-title = { $verified ->
    [yes] Let { $app } use your account?
   *[no] Let “{ $app }” use your account?
}
consent-made-by = Made by
consent-maker-checked = { $maker }, checked
consent-maker-unknown = Not known
consent-takes-you = Takes you to
consent-added = Added
consent-unchecked-title = Nobody has checked this app
consent-unchecked-text = Its name was chosen by whoever made it. Allow it only if you started at the address below.
consent-able-to = It will be able to
consent-already = It can already
consent-never = { $phone ->
    [yes] It never sees your password or account ID. Disconnect it any time in { $apps }.
   *[no] It never sees your password, phone number or account ID. Disconnect it any time in { $apps }.
}
consent-policy = Its privacy policy
consent-tos = Its terms
consent-deny = Deny
consent-allow = { $verified ->
    [yes] Allow
   *[no] Allow anyway
}

form-post-title = Back to { $app }
device-title = Connect a device
device-lead = Enter the code that your device shows.
device-label = Code
device-only-yours = Only a code that a device in front of you shows. Nobody else has a reason to send you one.
device-qr = On a computer? Scan this with your phone’s camera to go on there.
device-qr-alt = QR code of this page
device-missing = Enter the code that your device shows.
device-wrong = No device is waiting with this code. Check it, or start again on the device: a code works for a few minutes only.
device-confirm-title = { $verified ->
    [yes] Let { $app } on another device use your account?
   *[no] Let “{ $app }” on another device use your account?
}
device-warning-title = Is the device in front of you?
device-warning-text = If somebody sent you this code or link, or asked for it on the phone, deny: their device would be in your account.
device-code = Code on the device
device-asked = Asked at
device-from = From the address
device-allow = It is my device, allow
device-allowed-title = Your device is connected
device-allowed-lead = { $app } can use your account. Go back to the device.
device-denied-title = The device was denied
device-denied-lead = { $app } got nothing of your account.

logout-title = Sign out?
logout-lead = Of { $brand }, in this browser.
logout-lead-app = { $app } asks to sign you out of { $brand }, in this browser.
logout-apps = These apps are signed out too
logout-elsewhere = Other browsers and devices stay signed in.
logout-stay = Stay signed in

signed-out-title = You are signed out
signed-out-lead = On this device, from { $brand }.
signed-out-lead-apps = On this device, from { $brand } and these apps:
signed-out-unanswered = { $apps } did not answer. If this is not your device, close the browser too.
signed-out-frame = Signing out of an app
signed-out-again = Sign in again
signed-out-back = Back to { $app }

scope-profile = See your name and picture, and what you say about yourself
scope-email = See your e-mail address
scope-phone = See your phone number
scope-address = See your postal address
scope-offline = Keep its access while you are away
