//! The house stands as drawn: floors, and what may be named in one place only. Scans the sources without their tests.

use std::collections::{BTreeMap, BTreeSet};

use crate::look::{inside, texts};

/// Names that say nothing about what a file holds.
const REFUSED_NAMES: [&str; 9] =
    ["util", "utils", "common", "helpers", "manager", "service", "handler", "model", "types"];

/// What only some files may name: each entry is the text, and what the paths of those files begin with.
const ONLY_IN: [(&str, &[&str]); 8] = [
    ("diesel", &["store/"]),
    ("session::start(", &["credentials/gate.rs"]),
    ("oxide_auth", &["oauth/engine.rs", "oauth/authorize/", "oauth/token/"]),
    ("env::var", &["config/mod.rs"]),
    ("SystemTime::now", &["clock.rs"]),
    ("Instant::now", &["clock.rs"]),
    ("Utc::now", &["clock.rs"]),
    ("rand::fill", &["security/random.rs"]),
];

/// Every source file by its path inside `src/`, without its unit tests and comments.
fn sources() -> BTreeMap<String, String> {
    let root = inside("src");
    let code = |text: &str| {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    let path = |path: &std::path::Path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    let all = texts(&root, ".rs").into_iter().map(|(file, text)| (path(&file), code(&text)));
    all.filter(|(path, _)| !path.contains("tests")).collect()
}

/// The floor of every module, as the comments of `src/lib.rs` say it.
fn floors() -> BTreeMap<String, u8> {
    let text = std::fs::read_to_string(inside("src/lib.rs")).unwrap();
    let mut floors = BTreeMap::new();
    let mut floor = None;
    for line in text.lines() {
        if let Some(number) = line.strip_prefix("// Floor ") {
            floor = Some(number.parse().unwrap());
        } else if let Some(module) = line.strip_prefix("pub mod ") {
            floors.insert(module.trim_end_matches(';').to_owned(), floor.expect("a floor stands above its modules"));
        }
    }
    floors
}

/// The top-level modules that `code` names, by `crate::a` or `crate::{a, b::c}`.
fn named(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(first_word(rest));
            continue;
        };
        let mut depth = 0;
        let mut starts = true;
        for (place, letter) in group.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => starts = true,
                _ if letter.is_alphabetic() && starts => {
                    names.insert(first_word(&group[place..]));
                    starts = false;
                }
                _ => {}
            }
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect()
}

#[test]
fn a_module_uses_only_lower_floors() {
    let floors = floors();
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let own = first_word(&path);
        let Some(floor) = floors.get(&own) else {
            assert!(path == "lib.rs" || path == "main.rs", "{path} has no floor in src/lib.rs");
            continue;
        };
        for other in named(&code).into_iter().filter(|other| *other != own) {
            // On a floor rooms may use each other, but the slices of floor 6 never do.
            let allowed = floors.get(&other).is_none_or(|below| below < floor || (below == floor && *floor != 6));
            if !allowed {
                wrong.push(format!("{path} uses {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_belongs_to_one_place_is_named_there_only() {
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        for (text, places) in ONLY_IN {
            if code.contains(text) && !places.iter().any(|place| path.starts_with(place)) {
                wrong.push(format!("{path} names {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pure_files_know_no_requests_and_no_store() {
    let mut pure = 0;
    for (path, text) in texts(&inside("src"), ".rs") {
        if !text.starts_with("//! Pure") {
            continue;
        }
        pure += 1;
        let code = text.split("#[cfg(test)]").next().unwrap();
        // Rows are plain structs and may be named; a connection or the verbs may not.
        for forbidden in ["actix", "AppState", "Connection", "StoreError", "store::Store", "HttpRe", "async fn"] {
            assert!(!code.contains(forbidden), "{} says it is pure and names {forbidden}", path.display());
        }
    }
    assert!(pure > 8);
}

#[test]
fn names_say_what_a_file_holds() {
    for (path, _) in sources() {
        let words = path.trim_end_matches(".rs").split('/').flat_map(|part| part.split('_'));
        for word in words {
            assert!(!REFUSED_NAMES.contains(&word) && word != "inner", "{path}");
        }
    }
}

#[test]
fn files_are_split_past_400_lines() {
    for folder in ["src", "tests", "examples"] {
        for (path, text) in texts(&inside(folder), ".rs") {
            let lines = text.lines().count();
            assert!(lines <= 400, "{} has {lines} lines", path.display());
        }
    }
}

#[test]
fn every_file_says_what_belongs_in_it() {
    for (path, text) in texts(&inside("src"), ".rs") {
        // Unit tests are about their module.
        let is_test = path.strip_prefix(inside("src")).unwrap().to_str().unwrap().contains("tests");
        assert!(is_test || text.starts_with("//! "), "{}", path.display());
    }
}

#[test]
fn the_tests_that_the_list_of_attacks_names_exist() {
    let list = std::fs::read_to_string(inside("docs/security.md")).unwrap();
    let root = inside("tests/suite");
    let mut named = 0;
    for name in list.split('`').skip(1).step_by(2).filter(|quoted| quoted.contains("::")) {
        let (file, test) = name.rsplit_once("::").unwrap();
        let paths = [root.join(format!("{file}.rs")), root.join(file).join("mod.rs")];
        let text = paths.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        assert!(text.contains(&format!("fn {test}(")), "docs/security.md names {name}");
        named += 1;
    }
    assert!(named > 150, "{named}");
}
