//! What the compiler does not see in templates: names of icons and files, and what the Content-Security-Policy forbids.

use keyhouse::web::{assets, icon::Icon};

use super::{inside, quoted_after, texts};

#[test]
fn icons_and_files_exist() {
    let mut icons = 0;
    for (path, text) in texts(&inside("templates"), ".html") {
        for name in quoted_after(&text, "page.icon(\"") {
            assert!(Icon::from_name(name).is_some(), "{} draws {name}", path.display());
            icons += 1;
        }
        for name in quoted_after(&text, "page.asset(\"") {
            assert!(!assets::asset(name).is_empty(), "{} loads {name}", path.display());
        }
    }
    assert!(icons > 20);
}

#[test]
fn pages_have_no_inline_style_or_script() {
    for (path, text) in texts(&inside("templates"), ".html") {
        if path.components().any(|part| {
            ["delivery", "notice"].iter().any(|own| part.as_os_str() == *own) || path.ends_with("news/mail.html")
        }) {
            // Mail programs read nothing but inline styles.
            assert!(!text.contains("<script") && !text.contains("<img"), "{}", path.display());
            continue;
        }
        for forbidden in ["style=", "<style", "onclick", "onload", "javascript:", "<script>", "|safe"] {
            assert!(!text.contains(forbidden), "{} has {forbidden}", path.display());
        }
        for script in text.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\""), "{}", path.display());
        }
    }
}

#[test]
fn every_template_mirrors_a_module() {
    for (path, _) in texts(&inside("templates"), "") {
        let relative = path.strip_prefix(inside("templates")).unwrap();
        if relative.starts_with("layout") || relative.starts_with("parts") {
            continue;
        }
        let module = inside("src").join(relative).with_extension("rs");
        assert!(module.is_file(), "{} belongs to no module", relative.display());
    }
}
