//! Every page of the gallery, in every language: whole sentences, sound forms, one heading.

#[path = "../../../examples/gallery/samples/mod.rs"]
mod samples;

use std::collections::BTreeSet;

use keyhouse::language::Language;

use super::{catalogue::messages, quoted_after};

fn without_tags(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<Vec<_>>().join(" ")
}

#[test]
fn sentences_are_whole() {
    // "sign-in" is a word as well.
    let is_no_word = |key: &String| key.contains('-') && key != "sign-in";
    let keys: Vec<String> = messages(Language::English).into_keys().filter(is_no_word).collect();
    for language in Language::ALL {
        for (name, html) in samples::pages(language).unwrap() {
            // A key in the text: a blank of its sentence was not filled, and neither language could say it.
            let text = without_tags(&html);
            let words: BTreeSet<&str> = text.split_whitespace().collect();
            for key in &keys {
                assert!(!words.contains(key.as_str()), "{} {name} says {key}", language.tag());
            }
            assert!(!text.contains("{ $") && !text.contains('\u{e000}'), "{} {name}", language.tag());
        }
    }
}

#[test]
fn a_page_in_chinese_has_no_english_sentence() {
    let english = messages(Language::English);
    for (name, html) in samples::pages(Language::SimplifiedChinese).unwrap() {
        let text = without_tags(&html);
        for (key, message) in &english {
            // Whole sentences without blanks only: words like "Error" may be part of a name.
            let sentence = message.split_once("= ").map_or("", |(_, sentence)| sentence.trim());
            if sentence.len() > 12 && !sentence.contains('{') {
                assert!(!text.contains(sentence), "{name} says {key} in English");
            }
        }
    }
}

#[test]
fn markup_is_sound() {
    for (name, html) in samples::pages(Language::English).unwrap() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        let ids = quoted_after(&html, " id=\"");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name} has an id twice: {ids:?}");
        for label in quoted_after(&html, "<label for=\"") {
            assert!(unique.contains(label), "{name}: a label for {label}, which is not there");
        }
        for list in quoted_after(&html, "aria-describedby=\"") {
            for id in list.split(' ') {
                assert!(unique.contains(id), "{name}: described by {id}, which is not there");
            }
        }
        for form in html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap()) {
            let tag = form.split('>').next().unwrap();
            // What goes to an app in a post takes no token of ours along.
            let posts = tag.contains("method=\"post\"") && tag.contains("action=\"/");
            assert_eq!(posts, form.contains("name=\"csrf\""), "{name}: {form}");
        }
    }
}

#[test]
fn at_most_one_filled_button_a_page() {
    for (name, html) in samples::pages(Language::English).unwrap() {
        let filled = html.matches("button-filled").count() + html.matches("button-loss-filled").count();
        assert!(filled <= 1, "{name} has {filled}");
    }
}

#[test]
fn faults_are_tied_to_their_fields() {
    for (name, html) in samples::pages(Language::English).unwrap() {
        let title = html.split("<title>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        let faulty = html.contains("aria-invalid=\"true\"");
        assert_eq!(title.starts_with("Error: "), faulty, "{name}: {title}");
        if faulty {
            assert!(html.contains(" autofocus"), "{name}: the field has no focus");
        }
    }
}

#[test]
fn what_people_typed_is_only_ever_text() {
    use askama::Template;
    use keyhouse::{
        account::{notice_choices::NoticeChoices, settings::SettingsPage},
        brand::Brand,
        credentials::upstream::Offer,
        signin::identifier::IdentifierPage,
        web::{door::AppDoor, page::Page},
    };
    let hostile = "\"><script>alert(1)</script>{{7*7}}{ $brand }\u{e000}0\u{e000}";
    let page = Page {
        brand: std::sync::Arc::new(Brand { name: hostile.to_owned(), ..Brand::default() }),
        language: Language::English,
        theme: None,
        text_size: None,
        zone: None,
        csrf: hostile.to_owned(),
        path: hostile.to_owned(),
    };
    assert!(!format!("{page:?}").contains("csrf"));
    let identifier = IdentifierPage {
        page: page.clone(),
        app: Some(AppDoor {
            name: hostile.to_owned(),
            host: hostile.to_owned(),
            logo_url: Some(hostile.to_owned()),
            verified: true,
        }),
        identifier: hostile.to_owned(),
        error: None,
        continue_to: Some(hostile.to_owned()),
        passkeys: true,
        upstreams: vec![Offer {
            name: hostile.to_owned(),
            label: hostile.to_owned(),
            logo_url: Some(hostile.to_owned()),
        }],
        by_other_device: true,
        signup_url: hostile.to_owned(),
    };
    let notices = NoticeChoices { rows: Vec::new(), is_choice: false, saved: false };
    let settings = SettingsPage { page, saved: false, notices };
    for html in [identifier.render().unwrap(), settings.render().unwrap()] {
        assert!(!html.contains("<script>"), "{html}");
    }
}
