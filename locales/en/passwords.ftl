# Choosing a password: what is wrong with one, and how good it is.

new-password-missing = Choose a password.
new-password-too-short = That password is too short. Use at least { $least } characters.
new-password-too-long = That password is too long. Use { $most } characters at most.
new-password-guessable = { $why ->
    [own] That password is made of what others know of you, so it is tried first.
    [common] Many people use that password, so it is tried first.
    [similar] That password is close to one that many people use.
    [word] A single word is soon guessed.
    [name] Names are soon guessed.
    [keyboard] Keys that lie side by side are soon guessed.
    [repeat] The same again and again is soon guessed.
    [sequence] Runs like abc or 6543 are soon guessed.
    [date] Dates and years are soon guessed.
   *[plain] That password is soon guessed.
} Three or four words that have nothing to do with each other are better.
new-password-breached = That password was stolen somewhere and is in lists that attackers try. Choose one that you use nowhere else.

# Below the meter.
new-password-enough = This is enough. Another word makes it stronger.
new-password-good = This is a good password.
new-password-strong = This is a strong password.
