# Signing in with another provider, and connecting one to an account.
upstream-continue = Continue with { $provider }
upstream-failed-title = { $provider } did not sign you in
upstream-too-late = It took longer than ten minutes, or began in another browser. Begin again.
upstream-denied = { $provider } says that it was called off. Try again, or sign in another way.
upstream-unavailable = { $provider } does not answer at the moment. Sign in another way, or try again later.
upstream-not-anew = The app wants you to prove anew who you are, and { $provider } did not ask you. Sign in another way.
upstream-untrusted = What { $provider } answered cannot be checked, so nothing was done. Try again, or sign in another way.
upstream-back = Go on

leaving-title = On to { $provider }
leaving-lead = You sign in there, and { $provider } brings you back.

unlinked-title = { $provider } does not open a { $brand } account yet
unlinked-lead = Sign in to your account another way, or create one. Then you can connect it, and { $provider } opens it from then on.
unlinked-sign-in = Sign in to { $brand }
unlinked-sign-up = Create an account
unlinked-hint = We do not look for your account by the address that { $provider } knows: only you can connect the two.

page-connected = Connected sign-ins
connected-lead = Accounts elsewhere that you can sign in to { $brand } with.
connected-added = It is connected. Every address of your account was told of it.
connected-own = It was connected to your account already.
connected-removed = It is disconnected, and all other devices are signed out.
connected-unavailable = That provider does not answer at the moment. Nothing was connected: try again later.
connected-since = Connected { $time }
connected-never-used = Not used yet
connected-not-offered = No longer offered here. It cannot sign you in at the moment.
connected-remove = Disconnect
connected-none-title = Nothing is connected yet
connected-none-text = Sign in with an account you have elsewhere
connected-more-title = Connect another
connected-more-text = Whoever can sign in there can then sign in to { $brand }. To change how you sign in, you still prove yourself here.
connected-nothing-offered = There is nothing to connect here at the moment.
connected-connect = Connect { $provider }
connected-look = Connect
connected-stay = Your connected sign-ins below still let you in. If one is not yours, disconnect it.
connected-manage = Manage connected sign-ins
connected-full = You have as many as there can be. Disconnect one first.
connected-frozen = Changes to your account are stopped for now, so nothing can be connected or disconnected.
connected-taken = This { $provider } account opens another account here, and can open only one. Sign in with it and disconnect it there first.

connected-confirm-title = Connect { $provider }?
connected-confirm-lead = From then on { $provider } signs you in to { $brand }.
connected-account-here = Your { $brand } account
connected-unnamed = Signed in just now
connected-confirm-check = Is that your { $provider } account? If not, do not connect it: its owner could sign in as you.
connected-not-now = Not now
connected-confirm-button = Connect

connected-remove-title = Disconnect { $provider }?
connected-remove-lead = { $provider } can no longer sign you in here. Your account there stays as it is.
connected-remove-keep = Keep it
connected-remove-button = Disconnect
connected-remove-last = This is the only way into your account. Add another one first.
