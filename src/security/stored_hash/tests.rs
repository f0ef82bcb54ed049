use super::*;

const PASSWORD: &str = "correct horse battery";

/// Made by OpenSSL (scrypt, PBKDF2) and libxcrypt (bcrypt), not by what is tested.
const KNOWN: [(&str, &str); 14] = [
    (
        "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$LYtM8Mh+uD5qDLQWvjcUOTNEVL2STXzMHwI4lieKYvI",
        "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$LYtM8Mh+uD5qDLQWvjcUOTNEVL2STXzMHwI4lieKYvI",
    ),
    (
        "$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$ebnHHTApWa0oNoXTYCCHxLXDaejcvcTRQhZaD1OJNCE",
        "$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$ebnHHTApWa0oNoXTYCCHxLXDaejcvcTRQhZaD1OJNCE",
    ),
    (
        "$pbkdf2$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$rDjxw4qmzpl4HTyqLNYNsdE5Zi4",
        "$pbkdf2$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$rDjxw4qmzpl4HTyqLNYNsdE5Zi4",
    ),
    (
        "$pbkdf2-sha1$1000$MDEyMzQ1Njc4OWFiY2RlZg$rDjxw4qmzpl4HTyqLNYNsdE5Zi4",
        "$pbkdf2$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$rDjxw4qmzpl4HTyqLNYNsdE5Zi4",
    ),
    (
        "pbkdf2_sha1$1000$0123456789abcdef$rDjxw4qmzpl4HTyqLNYNsdE5Zi4=",
        "$pbkdf2$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$rDjxw4qmzpl4HTyqLNYNsdE5Zi4",
    ),
    (
        "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4",
        "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4",
    ),
    (
        "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4",
        "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4",
    ),
    (
        "pbkdf2_sha256$1000$0123456789abcdef$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4=",
        "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4",
    ),
    (
        "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$7F/Y1rnWXXurLCfFvAmyjyXtbABhgzBTBNcm//wlnvGBOz7OExlgRFs5qwaY5PzB3/WjR7P4yv/ACDQZpDXIfQ",
        "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$7F/Y1rnWXXurLCfFvAmyjyXtbABhgzBTBNcm//wlnvGBOz7OExlgRFs5qwaY5PzB3/WjR7P4yv/ACDQZpDXIfQ",
    ),
    (
        "$2a$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
        "$2a$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
    ),
    (
        "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
        "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
    ),
    (
        "$2y$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
        "$2y$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
    ),
    // Bits left over in the salt, as some programs leave them.
    (
        "$2b$04$abcdefghijklmnopqrstuvqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
        "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
    ),
    // With `.` for `+`, as passlib writes it.
    (
        "$scrypt$r=8,p=1,ln=4$MDEyMzQ1Njc4OWFiY2RlZg==$LYtM8Mh.uD5qDLQWvjcUOTNEVL2STXzMHwI4lieKYvI=",
        "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$LYtM8Mh+uD5qDLQWvjcUOTNEVL2STXzMHwI4lieKYvI",
    ),
];

fn fault(text: &str) -> Option<HashFault> {
    StoredHash::parse(text).and_then(StoredHash::bounded).err()
}

#[test]
fn what_other_systems_made_is_checked_and_kept_in_one_form() {
    let mut memory = Vec::new();
    for (text, kept) in KNOWN {
        let stored =
            StoredHash::parse(text).and_then(StoredHash::bounded).unwrap_or_else(|fault| panic!("{fault}: {text}"));
        assert_eq!(stored.to_string(), kept);
        assert!(stored.is_foreign() && !stored.is_current(&Params::new(64, 1, 1, None).unwrap()));
        assert!(stored.matches(PASSWORD, &mut memory).unwrap(), "{text}");
        for wrong in ["", "correct horse batterz", "Correct horse battery", "correct horse battery "] {
            assert!(!stored.matches(wrong, &mut memory).unwrap(), "{text} {wrong}");
        }
        // The form in which it is kept is read as well.
        assert_eq!(StoredHash::parse(kept).unwrap_or_else(|fault| panic!("{fault}: {kept}")).to_string(), kept);
    }
}

#[test]
fn argon2id_of_any_length_is_checked() {
    let mut memory = Vec::new();
    for length in [16, 32, 64] {
        let params = Params::new(64, 2, 1, Some(length)).unwrap();
        let outcome = argon2(&params, PASSWORD, (b"0123456789abcdef", length), &mut memory).unwrap();
        let text = StoredHash::Argon2id { params, salt: b"0123456789abcdef".to_vec(), outcome }.to_string();
        let stored =
            StoredHash::parse(&text).and_then(StoredHash::bounded).unwrap_or_else(|fault| panic!("{fault}: {text}"));
        assert!(stored.matches(PASSWORD, &mut memory).unwrap() && !stored.matches("x", &mut memory).unwrap());
        assert_eq!(stored.is_current(&Params::new(64, 2, 1, None).unwrap()), length == 32);
        assert!(!stored.is_current(&Params::new(64, 1, 1, None).unwrap()));
        assert_eq!(stored.to_string(), text);
    }
}

#[test]
fn bcrypt_looks_at_72_bytes_as_it_always_did() {
    let text = bcrypt::hash_with_salt("x".repeat(72), 4, *b"0123456789abcdef").unwrap().to_string();
    let stored = StoredHash::parse(&text).unwrap_or_else(|fault| panic!("{fault}"));
    assert!(stored.matches(&"x".repeat(100), &mut Vec::new()).unwrap());
    assert!(!stored.matches(&"x".repeat(71), &mut Vec::new()).unwrap());
}

#[test]
fn what_is_no_hash_or_costs_too_much_is_refused() {
    let (salt, outcome) = ("MDEyMzQ1Njc4OWFiY2RlZg", "BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4");
    let of = |costs: &str| format!("{costs}${salt}${outcome}");
    for (text, expected) in [
        (String::new(), HashFault::Unknown),
        ("correct horse battery".to_owned(), HashFault::Unknown),
        ("5f4dcc3b5aa765d61d8327deb882cf99".to_owned(), HashFault::Unknown),
        ("$1$salt$qJH7.N4xYta3aEG/dfqo/0".to_owned(), HashFault::Unknown),
        ("$6$salt$x".to_owned(), HashFault::Unknown),
        ("{SSHA}MDEyMzQ1Njc4OWFiY2RlZg".to_owned(), HashFault::Unknown),
        ("$2x$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".to_owned(), HashFault::Unknown),
        (of("$argon2i$v=19$m=64,t=1,p=1"), HashFault::Unknown),
        (of("$argon2d$v=19$m=64,t=1,p=1"), HashFault::Unknown),
        (of("$argon2id$v=16$m=64,t=1,p=1"), HashFault::Malformed),
        (of("$argon2id$m=64,t=1,p=1"), HashFault::Malformed),
        (of("$argon2id$v=19$m=64,t=1,p=1,keyid=AAAA"), HashFault::Malformed),
        (of("$argon2id$v=19$m=1,t=1,p=1"), HashFault::Malformed),
        (of("$argon2id$v=19$m=262145,t=1,p=1"), HashFault::TooCostly),
        (of("$argon2id$v=19$m=65536,t=17,p=1"), HashFault::TooCostly),
        (of("$argon2id$v=19$m=65536,t=1,p=17"), HashFault::TooCostly),
        ("$2b$15$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".to_owned(), HashFault::TooCostly),
        ("$2b$31$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".to_owned(), HashFault::TooCostly),
        ("$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoO".to_owned(), HashFault::Malformed),
        ("$2b$04$!bcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".to_owned(), HashFault::Malformed),
        ("$2b$xx$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".to_owned(), HashFault::Malformed),
        ("$2b$".to_owned(), HashFault::Malformed),
        (of("$scrypt$ln=18,r=8,p=1"), HashFault::TooCostly),
        (of("$scrypt$ln=17,r=8,p=3"), HashFault::TooCostly),
        (of("$scrypt$ln=10,r=1,p=17"), HashFault::TooCostly),
        (of("$scrypt$ln=63,r=4294967295,p=4294967295"), HashFault::TooCostly),
        (of("$scrypt$ln=99999999999,r=8,p=1"), HashFault::TooCostly),
        (of("$scrypt$ln=0,r=8,p=1"), HashFault::Malformed),
        (of("$scrypt$ln=4,r=0,p=1"), HashFault::Malformed),
        (of("$scrypt$ln=4,r=8"), HashFault::Malformed),
        (of("$scrypt$ln=4,ln=4,r=8,p=1"), HashFault::Malformed),
        (of("$scrypt$ln=+4,r=8,p=1"), HashFault::Malformed),
        (of("$pbkdf2-sha256$i=2000001,l=32"), HashFault::TooCostly),
        (of("$pbkdf2-sha256$i=99999999999,l=32"), HashFault::TooCostly),
        (of("$pbkdf2-sha256$i=0,l=32"), HashFault::Malformed),
        (of("$pbkdf2-sha256$i=1000,l=31"), HashFault::Malformed),
        (of("$pbkdf2-sha256$i=1000,x=1"), HashFault::Malformed),
        (of("$pbkdf2-sha256$i=1000,i=1"), HashFault::Malformed),
        (of("$pbkdf2-md5$i=1000"), HashFault::Unknown),
        (format!("$pbkdf2-sha256$1000$${outcome}"), HashFault::Malformed),
        (format!("$pbkdf2-sha256$1000${salt}$AAAA"), HashFault::Malformed),
        (format!("$pbkdf2-sha256$1000${salt}"), HashFault::Malformed),
        (format!("$pbkdf2-sha256$1000${salt}${outcome}$more"), HashFault::Malformed),
        (format!("pbkdf2_sha256$x$salt${outcome}"), HashFault::Malformed),
        (format!("bcrypt_sha256$$2b$12${salt}"), HashFault::Unknown),
        ("$".repeat(400), HashFault::Unknown),
        ("$2b$".repeat(400), HashFault::Unknown),
        ("$2b$04$\u{e4}bcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".to_owned(), HashFault::Unknown),
    ] {
        assert_eq!(fault(&text), Some(expected), "{text}");
    }
    // What common systems use today is within the bounds.
    for costs in [
        "$argon2id$v=19$m=65536,t=3,p=4",
        "$argon2id$v=19$m=262144,t=4,p=1",
        "$scrypt$ln=17,r=8,p=1",
        "$scrypt$ln=15,r=8,p=3",
        "$pbkdf2-sha256$i=1300000,l=32",
    ] {
        assert_eq!(fault(&of(costs)), None, "{costs}");
    }
    assert_eq!(fault("$2b$14$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS"), None);
}
