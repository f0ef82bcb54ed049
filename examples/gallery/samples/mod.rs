//! The pages of the gallery, one file a part of the house. Everybody and everything in them is invented.

mod addresses;
mod asking;
mod centre;
mod data;
mod devices;
mod elsewhere;
mod entry;
mod held;
mod messages;
mod news;
mod passkeys;
mod passwords;
mod steps;
mod trouble;
mod upstream;

use std::sync::Arc;

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use keyhouse::brand::Brand;
use keyhouse::clock::Clock;
use keyhouse::language::Language;
use keyhouse::web::door::AppDoor;
use keyhouse::web::moment::Moment;
use keyhouse::web::page::Page;
use keyhouse::web::person::Person;

type Rendered = Vec<(String, String)>;

/// Every page in one language: its name and its HTML.
pub fn pages(language: Language) -> Result<Rendered, askama::Error> {
    let gallery = Gallery { language, now: Clock::system().now().utc() };
    let mut pages = Rendered::new();
    gallery.sign_in(&mut pages)?;
    gallery.code(&mut pages)?;
    gallery.trouble(&mut pages)?;
    gallery.held(&mut pages)?;
    gallery.passwords(&mut pages)?;
    gallery.recovery(&mut pages)?;
    gallery.sign_up(&mut pages)?;
    gallery.elsewhere(&mut pages)?;
    gallery.second_step(&mut pages)?;
    gallery.two_step(&mut pages)?;
    gallery.consent(&mut pages)?;
    gallery.choice(&mut pages)?;
    gallery.device_grant(&mut pages)?;
    gallery.sign_out(&mut pages)?;
    gallery.home(&mut pages)?;
    gallery.centre(&mut pages)?;
    gallery.security(&mut pages)?;
    gallery.changes(&mut pages)?;
    gallery.recycled(&mut pages)?;
    gallery.devices(&mut pages)?;
    gallery.activity(&mut pages)?;
    gallery.apps(&mut pages)?;
    gallery.data(&mut pages)?;
    gallery.deletion(&mut pages)?;
    gallery.passkeys(&mut pages)?;
    gallery.upstream(&mut pages)?;
    gallery.errors(&mut pages)?;
    gallery.messages(&mut pages)?;
    gallery.news(&mut pages)?;
    Ok(pages)
}

struct Gallery {
    language: Language,
    now: DateTime<Utc>,
}

fn keep(pages: &mut Rendered, name: &str, page: &impl Template) -> Result<(), askama::Error> {
    pages.push((name.to_owned(), page.render()?));
    Ok(())
}

fn app(name: &str, host: &str, logo: &str) -> AppDoor {
    AppDoor {
        name: name.to_owned(),
        host: host.to_owned(),
        logo_url: Some(format!("/logos/{logo}.svg")),
        verified: true,
    }
}

fn notes() -> AppDoor {
    app("Lantern Notes", "notes.lantern.example", "notes")
}

fn brightfold() -> AppDoor {
    app("Brightfold", "app.brightfold.example", "brightfold")
}

fn unchecked() -> AppDoor {
    AppDoor { verified: false, logo_url: None, ..app("PDF Tools", "qpdf-tools.example", "brightfold") }
}

fn few() -> Vec<AppDoor> {
    vec![
        app("Notes", "notes.lantern.example", "notes"),
        app("Cloud", "cloud.lantern.example", "cloud"),
        app("Commons", "commons.lantern.example", "commons"),
    ]
}

fn mina() -> Person {
    Person {
        name: "Mina Farouk".to_owned(), picture_url: None, masked_address: "+43 ••• ••• 4417".to_owned()
    }
}

fn with_face(person: Person) -> Person {
    Person { picture_url: Some("/logos/face.svg".to_owned()), ..person }
}

impl Gallery {
    fn page(&self, path: &str) -> Page {
        Page {
            brand: Arc::new(brand()),
            language: self.language,
            theme: None,
            text_size: None,
            zone: None,
            csrf: "sample".to_owned(),
            path: path.to_owned(),
        }
    }

    fn clock(&self, minutes: i64) -> Moment {
        Moment::clock(self.now + TimeDelta::minutes(minutes))
    }

    fn ago(&self, hours: i64) -> Moment {
        Moment::ago(self.now - TimeDelta::hours(hours), self.now, self.language)
    }

    /// Words that the gallery itself brings along: those of scopes come from their resources.
    fn either(&self, english: &str, chinese: &str) -> String {
        match self.language {
            Language::English => english.to_owned(),
            Language::SimplifiedChinese => chinese.to_owned(),
        }
    }
}

fn brand() -> Brand {
    Brand {
        name: "Keyhouse".to_owned(),
        logo_url: None,
        stylesheet_url: None,
        support_address: Some("help@lantern.example".to_owned()),
        help_url: Some("https://lantern.example/help".to_owned()),
        privacy_url: Some("https://lantern.example/privacy".to_owned()),
        terms_url: Some("https://lantern.example/terms".to_owned()),
    }
}
