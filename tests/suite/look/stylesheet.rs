//! The stylesheet keeps the tokens, the contrasts that were computed for them, and logical properties.

use std::{collections::BTreeMap, fs};

use keyhouse::brand::colour::Colour;

use super::inside;

type Tokens = BTreeMap<String, Colour>;

fn stylesheet() -> String {
    fs::read_to_string(inside("static/keyhouse.css")).unwrap()
}

/// The colour tokens of the first block after this selector.
fn tokens(css: &str, selector: &str) -> Tokens {
    let (_, rest) = css.split_once(&format!("{selector} {{")).unwrap();
    let (block, _) = rest.split_once('}').unwrap();
    block
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(';').split_once(": "))
        .filter_map(|(name, value)| Some((name.to_owned(), Colour::parse(value).ok()?)))
        .collect()
}

fn themes() -> [Tokens; 2] {
    let css = stylesheet();
    let dark = tokens(&css, ":root[data-theme=\"dark\"]");
    assert_eq!(tokens(&css, ":root:not([data-theme=\"light\"])"), dark, "the two dark blocks differ");
    [tokens(&css, ":root"), dark]
}

fn token(theme: &Tokens, name: &str) -> Colour {
    *theme.get(&format!("--{name}")).unwrap_or_else(|| panic!("no --{name}"))
}

#[test]
fn contrasts_are_as_computed() {
    let [light, dark] = themes();
    let table = [
        ("edge", "surface", 4.4, 5.0),
        ("edge", "sunk", 4.0, 4.4),
        ("edge", "page", 3.6, 6.0),
        ("ink", "surface", 16.8, 13.7),
        ("ink", "page", 13.8, 16.4),
        ("ink-2", "surface", 7.8, 8.1),
        ("ink-2", "page", 6.4, 9.7),
        ("ink-2", "sunk", 7.1, 7.2),
        ("key", "surface", 8.1, 8.9),
        ("key", "page", 6.7, 10.7),
        ("key", "sunk", 7.3, 7.9),
        ("on-key", "key-down", 10.9, 11.4),
        ("on-key", "key", 8.1, 9.3),
        ("on-key-soft", "key-soft", 8.8, 9.8),
        ("brass", "surface", 5.3, 9.4),
        ("brass", "page", 4.4, 11.3),
        ("on-brass-soft", "brass-soft", 9.6, 11.4),
        ("brick", "surface", 7.3, 8.0),
        ("brick", "page", 6.0, 9.7),
        ("on-brick", "brick", 7.3, 8.7),
        ("on-brick", "brick-down", 10.1, 10.8),
        ("on-brick-soft", "brick-soft", 9.4, 11.2),
        ("surface", "page", 1.2, 1.2),
    ];
    for (text, ground, in_light, in_dark) in table {
        for (theme, expected) in [(&light, in_light), (&dark, in_dark)] {
            let computed = token(theme, text).contrast(token(theme, ground));
            assert!((computed - expected).abs() <= 0.06, "{text} on {ground}: {computed:.2}, not {expected}");
        }
    }
    for theme in [&light, &dark] {
        for ground in ["brass-soft", "sunk"] {
            assert!(token(theme, "brass").contrast(token(theme, ground)) >= 4.5, "brass on {ground}");
        }
    }
}

#[test]
fn the_accents_check_knows_the_surfaces() {
    let [light, dark] = themes();
    assert_eq!(token(&light, "surface"), Colour::LIGHT_SURFACE);
    assert_eq!(token(&dark, "surface"), Colour::DARK_SURFACE);
    assert_eq!(token(&dark, "key"), Colour::parse(Colour::DARK_KEY).unwrap());
    for name in light.keys() {
        assert!(dark.contains_key(name), "the dark theme has no {name}");
    }
}

#[test]
fn only_logical_properties() {
    for line in stylesheet().lines().map(str::trim) {
        let Some((property, value)) = line.trim_end_matches(';').split_once(": ") else { continue };
        let sided = ["left", "right", "margin-top", "margin-bottom", "padding-top", "padding-bottom", "top", "bottom"];
        assert!(!property.ends_with("-left") && !property.ends_with("-right"), "{line}");
        assert!(!sided.contains(&property), "{line}");
        assert!(!["width", "height", "min-width", "max-width", "min-height"].contains(&property), "{line}");
        assert!(!["left", "right"].contains(&value), "{line}");
        // A shorthand of four sides names left and right apart.
        let four = ["margin", "padding", "inset"].contains(&property) && value.split(' ').count() == 4;
        assert!(!four, "{line}");
    }
}

#[test]
fn colours_are_tokens() {
    let css = stylesheet();
    let (_, rules) = css.split_once("/* ---- Ground ---- */").unwrap();
    for line in rules.lines().filter(|line| line.contains('#')) {
        // The letter on a plate: plates are light in both themes.
        assert_eq!(line.trim(), "color: #12201e;");
    }
}

#[test]
fn the_wishes_of_the_system_are_met() {
    let css = stylesheet();
    for wish in ["(prefers-reduced-motion: no-preference)", "(forced-colors: active)", "(prefers-color-scheme: dark)"] {
        assert!(css.contains(wish), "{wish}");
    }
    let (still, _) = css.split_once("(prefers-reduced-motion: no-preference)").unwrap();
    assert!(!still.contains("transition") && !still.contains("animation"), "movement without asking");
}
