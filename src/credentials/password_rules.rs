//! Pure: what a password may be, and what makes one easy to guess. Any characters, no rules of composition (NIST SP 800-63B-4
//! §3.1.1.2); a length, and nothing that is among the first million guesses of somebody who knows the person.

use zxcvbn::Score;
use zxcvbn::feedback::Warning;
use zxcvbn::matching::patterns::MatchPattern;

use crate::config;
use crate::security::password_text;
use crate::web::field::{Guess, NewPasswordFault, Strength};

/// So many characters are estimated at once: the time it takes grows with the square of them.
const ESTIMATED_CHARACTERS: usize = 64;

/// Own words shorter than this are in many passwords by chance.
const SHORTEST_OWN_WORD: usize = 3;

/// How good a password is, or what is wrong with it. `own` are the words that others know of the person.
pub fn judge(password: &str, own: &[String], config: &config::Passwords) -> Result<Strength, NewPasswordFault> {
    // As it will be hashed: in full width "password" is still that.
    let password = password_text::normal(password);
    let password = password.as_str();
    let length = password.chars().count();
    if length == 0 {
        return Err(NewPasswordFault::Missing);
    }
    if length < config.minimum {
        return Err(NewPasswordFault::TooShort { least: bound(config.minimum) });
    }
    if length > config.maximum {
        return Err(NewPasswordFault::TooLong { most: bound(config.maximum) });
    }
    if own.iter().any(|word| word.to_lowercase() == password.to_lowercase()) {
        return Err(NewPasswordFault::Guessable(Guess::Own));
    }
    let first = estimate(password, own);
    if length <= ESTIMATED_CHARACTERS {
        return first;
    }
    // A long one is as hard to guess as its harder end, at least: what repeats itself is weak at both.
    let last: String = password.chars().skip(length - ESTIMATED_CHARACTERS).collect();
    match (first, estimate(&last, own)) {
        (Err(fault), Err(_)) => Err(fault),
        (Ok(one), Ok(other)) => Ok(one.max(other)),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
    }
}

/// The bound as a sentence says it.
pub fn bound(characters: usize) -> u16 {
    u16::try_from(characters).unwrap_or(u16::MAX)
}

fn estimate(password: &str, own: &[String]) -> Result<Strength, NewPasswordFault> {
    let start: String = password.chars().take(ESTIMATED_CHARACTERS).collect();
    let words: Vec<&str> = own.iter().map(String::as_str).collect();
    let estimated = zxcvbn::zxcvbn(&start, &words);
    match estimated.score() {
        Score::Two => Ok(Strength::Enough),
        Score::Three => Ok(Strength::Good),
        Score::Four => Ok(Strength::Strong),
        _ if is_of_own_words(&estimated, own) => Err(NewPasswordFault::Guessable(Guess::Own)),
        _ => {
            let warning = estimated.feedback().and_then(zxcvbn::feedback::Feedback::warning);
            Err(NewPasswordFault::Guessable(warning.map_or(Guess::Plain, guess)))
        }
    }
}

/// Whether what was recognised in it is one of the person's own words: those come first to whoever knows them.
fn is_of_own_words(estimated: &zxcvbn::Entropy, own: &[String]) -> bool {
    let is_own = |word: &str| own.iter().any(|own| own.to_lowercase() == word.to_lowercase());
    estimated.sequence().iter().any(|found| match &found.pattern {
        MatchPattern::Dictionary(entry) => is_own(&entry.matched_word),
        MatchPattern::Repeat(repeat) => is_own(&repeat.base_token),
        _ => false,
    })
}

const fn guess(warning: Warning) -> Guess {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => Guess::Keyboard,
        Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => Guess::Repeat,
        Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword => {
            Guess::Common
        }
        Warning::ThisIsSimilarToACommonlyUsedPassword => Guess::Similar,
        Warning::SequencesLikeAbcAreEasyToGuess => Guess::Sequence,
        Warning::AWordByItselfIsEasyToGuess => Guess::Word,
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => Guess::Date,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            Guess::Name
        }
    }
}

/// Words that say something of a person, each once; what is too short says nothing.
pub fn telling(words: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for word in words {
        if word.chars().count() >= SHORTEST_OWN_WORD && !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> config::Passwords {
        config::Passwords {
            memory_kib: 8192,
            iterations: 1,
            parallelism: 1,
            threads: None,
            queue: 1,
            minimum: 8,
            maximum: 256,
        }
    }

    #[test]
    fn length_counts_characters_and_nothing_else() {
        let long: String = "correct horse battery staple ".chars().cycle().take(256).collect();
        for (password, fault) in [
            (String::new(), Some(NewPasswordFault::Missing)),
            ("k7#Qz!u".to_owned(), Some(NewPasswordFault::TooShort { least: 8 })),
            ("k7#Qz!uV".to_owned(), None),
            // Seven characters, 21 bytes.
            ("鳥語花香樹影山".to_owned(), Some(NewPasswordFault::TooShort { least: 8 })),
            ("鳥語花香樹影山風".to_owned(), None),
            ("пароль не угадаешь".to_owned(), None),
            ("🐘 🦊 🌵 🚲 ⛵".to_owned(), None),
            ("two words and  spaces ".to_owned(), None),
            (long.clone(), None),
            (format!("{long}x"), Some(NewPasswordFault::TooLong { most: 256 })),
        ] {
            assert_eq!(judge(&password, &[], &rules()).err(), fault, "{password}");
        }
    }

    #[test]
    fn each_refusal_says_why() {
        let own =
            telling(["Lantern", "Zofia Kwiatkowska", "Kwiatkowska", "zofia.k@lantern.example"].map(str::to_owned));
        for (password, why) in [
            ("Kwiatkowska", Guess::Own),
            ("kwiatkowska1", Guess::Own),
            ("ZOFIA.K@lantern.example", Guess::Own),
            ("lanternlantern", Guess::Own),
            ("password", Guess::Common),
            ("ｐａｓｓｗｏｒｄ", Guess::Common),
            ("passw0rd1", Guess::Similar),
            ("qwertyuiop[]", Guess::Keyboard),
            ("aaaaaaaaaaaa", Guess::Repeat),
            ("abcdefghijklmnop", Guess::Sequence),
            ("12.08.1988", Guess::Date),
            ("margaret", Guess::Name),
        ] {
            let judged = judge(password, &own, &rules());
            assert_eq!(judged, Err(NewPasswordFault::Guessable(why)), "{password}");
        }
    }

    #[test]
    fn the_meter_tells_three_grades() {
        for (password, strength) in [
            ("k7#Qz!uV", Strength::Enough),
            ("k7#Qz!uV2m", Strength::Good),
            ("kiwi7treppe", Strength::Strong),
            ("correct horse battery", Strength::Strong),
        ] {
            assert_eq!(judge(password, &[], &rules()), Ok(strength), "{password}");
        }
    }

    #[test]
    fn a_long_one_that_repeats_itself_is_refused_and_one_with_a_strong_end_is_not() {
        let repeated = "abc".repeat(60);
        assert!(matches!(judge(&repeated, &[], &rules()), Err(NewPasswordFault::Guessable(_))));
        let strong_end = format!("{} seventeen green umbrellas in the rain, then a whale", "a".repeat(70));
        assert!(judge(&strong_end, &[], &rules()).is_ok());
    }

    #[test]
    fn the_longest_is_judged_in_no_time_to_speak_of() {
        let hard: String = "4@8({[<369!1|0$5+7%2".chars().cycle().take(256).collect();
        let watch = crate::clock::Stopwatch::start();
        let _ = judge(&hard, &[], &rules());
        assert!(watch.elapsed() < std::time::Duration::from_secs(5), "{:?}", watch.elapsed());
    }
}
