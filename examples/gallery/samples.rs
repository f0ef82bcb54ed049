//! The pages of the gallery. Everybody and everything in them is invented.

use std::sync::Arc;

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use keyhouse::{
    account::{
        apps::{AppsPage, ConnectedApp},
        devices::{Device, DevicesNote, DevicesPage},
        home::{AccountAddress, AddressKind, HomePage, Safeguard, SafeguardKind, ShortDevice},
        personal::{Filled, PersonalPage},
        personal_fields::{ABOUT, ADDRESS, Field, FieldFault},
        picture::{PictureNote, PicturePage, UploadFault},
        remove_app::RemoveAppPage,
        settings::SettingsPage,
    },
    brand::Brand,
    clock::Clock,
    delivery::code::{CodeMessage, CodePurpose},
    dev_mailbox::{CapturedMessage, MailboxPage},
    language::Language,
    oauth::{
        authorize::{
            consent::{ConsentPage, Permission},
            form_post::FormPostPage,
        },
        device::{
            confirm::ConfirmPage,
            done::DonePage,
            enter::{EnterPage, UserCodeFault},
        },
        end_session::{
            confirm::LogoutConfirmPage,
            signed_out::{BackToApp, SignedOutPage},
        },
    },
    picture::square::PictureFault,
    signin::{
        accounts::{Account, AccountsPage},
        again::{AgainPage, CodeWay},
        code::{Channel, CodeFault, CodePage, Destination},
        identifier::IdentifierPage,
        password::{PasswordFault, PasswordPage},
    },
    signup::{
        TermsFault,
        details::{DetailsPage, ProvedKind},
        start::StartPage,
    },
    web::{
        device_name::DeviceKind,
        door::AppDoor,
        error::{DeveloperFact, DeveloperLabel, ErrorKind, ErrorPage, WayOn},
        field::{AddressFault, NameFault, NewPasswordFault},
        icon::Icon,
        moment::Moment,
        page::Page,
        person::Person,
    },
};
use secrecy::SecretString;

type Rendered = Vec<(String, String)>;

/// Every page in one language: its name and its HTML.
pub fn pages(language: Language) -> Result<Rendered, askama::Error> {
    let gallery = Gallery { language, now: Clock::system().now().utc() };
    let mut pages = Rendered::new();
    gallery.sign_in(&mut pages)?;
    gallery.code(&mut pages)?;
    gallery.sign_up(&mut pages)?;
    gallery.consent(&mut pages)?;
    gallery.choice(&mut pages)?;
    gallery.device_grant(&mut pages)?;
    gallery.sign_out(&mut pages)?;
    gallery.home(&mut pages)?;
    gallery.centre(&mut pages)?;
    gallery.errors(&mut pages)?;
    gallery.messages(&mut pages)?;
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

    fn sign_in(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let identifier = |app, identifier: &str, error| IdentifierPage {
            page: self.page("/signin"),
            app,
            identifier: identifier.to_owned(),
            error,
            continue_to: Some("/oauth/authorize/resume/1".to_owned()),
            signup_url: "/signup".to_owned(),
        };
        keep(pages, "signin", &identifier(Some(notes()), "", None))?;
        keep(pages, "signin-alone", &identifier(None, "", None))?;
        keep(pages, "signin-unchecked", &identifier(Some(unchecked()), "mina", Some(AddressFault::NotUnderstood)))?;
        let letter = AppDoor { logo_url: None, ..notes() };
        keep(pages, "signin-letter", &identifier(Some(letter), "", Some(AddressFault::Missing)))?;
        let password = |error, forgot: Option<&str>| PasswordPage {
            page: self.page("/signin"),
            app: Some(notes()),
            identifier: "+43 660 555 4417".to_owned(),
            attempt: "sample".to_owned(),
            change_url: "/signin".to_owned(),
            error,
            forgot_url: forgot.map(str::to_owned),
        };
        keep(pages, "password", &password(None, None))?;
        keep(pages, "password-error", &password(Some(PasswordFault::Wrong), Some("/recover")))?;
        keep(pages, "password-many", &password(Some(PasswordFault::TooMany { again: self.clock(15) }), None))
    }

    fn code(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let typed = |address: &str, channel| Destination::Typed { address: address.to_owned(), channel };
        let page = CodePage {
            page: self.page("/signin"),
            app: Some(notes()),
            attempt: "sample".to_owned(),
            destination: typed("+43 660 555 4417", Channel::Sms),
            channel: Channel::Sms,
            change_url: "/signin".to_owned(),
            works_until: self.clock(10),
            next_code: Some(self.clock(9)),
            codes_left: 9,
            codes_a_day: 10,
            more_codes_from: self.clock(200),
            other_channel: Some(Channel::Email),
            password_url: Some("/signin/password".to_owned()),
            error: None,
        };
        keep(pages, "code", &page)?;
        let page = CodePage { error: Some(CodeFault::Wrong { tries_left: 3 }), next_code: None, ..page };
        keep(pages, "code-error", &page)?;
        let page = CodePage { error: None, codes_left: 0, ..page };
        keep(pages, "code-none-left", &page)?;
        let page = CodePage {
            destination: Destination::OfAccountId,
            codes_left: 1,
            error: Some(CodeFault::TooSoon { next: self.clock(1) }),
            ..page
        };
        keep(pages, "code-account-id", &page)?;
        let long = "a-rather-long-name.with-parts@an-even-longer-host-name.department.lantern.example";
        let page = CodePage {
            destination: typed(long, Channel::Email),
            app: None,
            codes_left: 0,
            other_channel: None,
            password_url: None,
            error: Some(CodeFault::Wrong { tries_left: 0 }),
            ..page
        };
        keep(pages, "code-long", &page)
    }

    fn sign_up(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let comma = AddressFault::Comma { meant: "mina@lantern.example".to_owned() };
        let start = StartPage {
            page: self.page("/signup"),
            app: Some(notes()),
            name: "Mina Farouk".to_owned(),
            name_error: None,
            identifier: "mina@lantern,example".to_owned(),
            identifier_error: Some(comma),
            terms_ticked: false,
            terms_error: None,
            continue_to: None,
            signin_url: "/signin".to_owned(),
        };
        keep(pages, "signup", &start)?;
        let start = StartPage {
            app: None,
            name: String::new(),
            name_error: Some(NameFault::Missing),
            terms_error: Some(TermsFault),
            ..start
        };
        keep(pages, "signup-faults", &start)?;
        let details = DetailsPage {
            page: self.page("/signup"),
            app: Some(notes()),
            attempt: "sample".to_owned(),
            proved_address: "+43 660 555 4417".to_owned(),
            proved_kind: ProvedKind::Phone,
            name: "Mina Farouk".to_owned(),
            name_error: None,
            password_error: None,
            asks_terms: false,
            terms_error: None,
        };
        keep(pages, "details", &details)?;
        let details = DetailsPage {
            proved_address: "mina@lantern.example".to_owned(),
            proved_kind: ProvedKind::Email,
            password_error: Some(NewPasswordFault::TooShort),
            asks_terms: true,
            terms_error: Some(TermsFault),
            ..details
        };
        keep(pages, "details-faults", &details)
    }

    fn permission(&self, icon: Icon, title: (&str, &str), detail: &str) -> Permission {
        Permission { icon, title: self.either(title.0, title.1), detail: Some(detail.to_owned()) }
    }

    fn consent(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let name = self.permission(Icon::Person, ("See your name and picture", "查看您的名字和头像"), "Mina Farouk");
        let mail =
            self.permission(Icon::Envelope, ("See your e-mail address", "查看您的邮箱地址"), "mina@lantern.example");
        let until = self.either("Until you disconnect it", "直到您断开它");
        let offline = self.permission(Icon::Clock, ("Stay connected when you are away", "在您离开时保持连接"), &until);
        let files = self.either("All 214 files, not only new ones", "全部 214 个文件，不只是新的");
        let cloud = self.permission(
            Icon::Document,
            ("Read and change your files in Cloud", "读取和更改您在 Cloud 中的文件"),
            &files,
        );
        let page = ConsentPage {
            page: self.page("/oauth/authorize/resume/1"),
            action: "/oauth/authorize/consent".to_owned(),
            request: "sample".to_owned(),
            sid: "sample".to_owned(),
            person: mina(),
            not_you_url: "/signin".to_owned(),
            app: brightfold(),
            maker: Some("Brightfold Studio".to_owned()),
            added: None,
            policy_url: None,
            tos_url: None,
            permissions: vec![name.clone(), mail, offline],
            already: Vec::new(),
            sees_phone: false,
        };
        keep(pages, "consent", &page)?;
        let more = ConsentPage {
            permissions: vec![cloud.clone()],
            already: page.permissions,
            policy_url: Some("https://brightfold.example/privacy".to_owned()),
            tos_url: Some("https://brightfold.example/terms".to_owned()),
            page: self.page("/"),
            action: page.action,
            request: page.request,
            sid: page.sid,
            person: page.person,
            not_you_url: page.not_you_url,
            app: page.app,
            maker: page.maker,
            added: None,
            sees_phone: true,
        };
        keep(pages, "consent-more", &more)?;
        let unverified = ConsentPage {
            app: unchecked(),
            maker: None,
            added: Some(self.ago(75)),
            policy_url: None,
            tos_url: None,
            permissions: vec![name, cloud],
            already: Vec::new(),
            sees_phone: false,
            ..more
        };
        keep(pages, "consent-unverified", &unverified)
    }

    /// The accounts of one browser, and the page that carries an answer to an app.
    fn choice(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let account = |key: &str, person, in_use| Account { key: key.to_owned(), person, in_use };
        let jonas = Person {
            name: "Jonas Weber".to_owned(),
            picture_url: None,
            masked_address: "j•••@lantern.example".to_owned(),
        };
        let choice = AccountsPage {
            page: self.page("/signin/accounts"),
            app: Some(notes()),
            accounts: vec![account("first", with_face(mina()), true), account("second", jonas, false)],
            continue_to: Some("/account".to_owned()),
            another_url: "/signin".to_owned(),
        };
        keep(pages, "accounts", &choice)?;
        let way = |channel, icon, key, address: &str| CodeWay { channel, icon, key, address: address.to_owned() };
        let again = AgainPage {
            page: self.page("/signin/again"),
            person: mina(),
            attempt: "sample".to_owned(),
            identifier: "4821 0937 5526".to_owned(),
            has_password: true,
            codes: vec![
                way("sms", "bubble", "again-code-sms", "+43 ••• ••• 4417"),
                way("email", "envelope", "again-code-email", "m•••@lantern.example"),
            ],
            back_url: "/account",
        };
        keep(pages, "again", &again)?;
        let answer = FormPostPage {
            page: self.page("/"),
            app: notes(),
            action: "https://notes.lantern.example/callback".to_owned(),
            fields: vec![("code".to_owned(), "sample".to_owned())],
        };
        keep(pages, "form-post", &answer)
    }

    fn device_grant(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let enter = |user_code: &str, error| EnterPage {
            page: self.page("/device"),
            user_code: user_code.to_owned(),
            error,
            person: mina(),
            not_you_url: "/signin/accounts".to_owned(),
            qr_url: "/logos/qr.svg".to_owned(),
        };
        keep(pages, "device", &enter("", None))?;
        keep(pages, "device-wrong", &enter("BCDF-GHJJ", Some(UserCodeFault::Wrong)))?;
        let name = self.permission(Icon::Person, ("See your name", "查看您的姓名"), "Mina Farouk");
        let confirm = ConfirmPage {
            page: self.page("/device"),
            request: "sample".to_owned(),
            person: mina(),
            not_you_url: "/signin/accounts".to_owned(),
            app: notes(),
            maker: Some("Lantern".to_owned()),
            user_code: "BCDF-GHJK".to_owned(),
            address: "2001:db8:4d1:7c00:9e3f:21ff:fe40:17a2".to_owned(),
            asked: self.clock(-1),
            permissions: vec![name],
        };
        keep(pages, "device-confirm", &confirm)?;
        keep(pages, "device-confirm-unverified", &ConfirmPage { app: unchecked(), maker: None, ..confirm })?;
        for allowed in [true, false] {
            let done = DonePage { page: self.page("/device/decide"), app: notes(), allowed };
            keep(pages, if allowed { "device-allowed" } else { "device-denied" }, &done)?;
        }
        Ok(())
    }

    fn sign_out(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let confirm = LogoutConfirmPage {
            page: self.page("/oauth/end-session"),
            action: "/oauth/end-session".to_owned(),
            request: "sample".to_owned(),
            app: Some(notes()),
            person: mina(),
            apps: few(),
        };
        keep(pages, "logout", &confirm)?;
        let done = SignedOutPage {
            page: self.page("/"),
            apps: few(),
            unanswered: vec!["Brightfold".to_owned()],
            signin_url: "/signin".to_owned(),
            frames: Vec::new(),
            back: Some(BackToApp {
                name: "Lantern Notes".to_owned(),
                url: "https://notes.lantern.example/".to_owned(),
            }),
        };
        keep(pages, "signed-out", &done)
    }

    fn home(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let safeguard = |kind, on, detail: Option<&str>| Safeguard { kind, on, detail: detail.map(str::to_owned) };
        let changed = self.either("Changed 12 March", "更改于 3 月 12 日");
        let mut apps = few();
        apps.push(brightfold());
        let home = HomePage {
            page: self.page("/account"),
            person: mina(),
            account_id: "4821 0937 5526".to_owned(),
            addresses: vec![AccountAddress { kind: AddressKind::Phone, shown: "+43 660 555 4417".to_owned() }],
            safeguards: vec![
                safeguard(SafeguardKind::Password, true, Some(&changed)),
                safeguard(SafeguardKind::Phone, true, Some("+43 ••• ••• 4417")),
                safeguard(SafeguardKind::Email, false, None),
            ],
            next_url: Some("/account/addresses".to_owned()),
            devices: vec![
                self.short(DeviceKind::Phone, "Chrome on Android", true, 0),
                self.short(DeviceKind::Laptop, "Firefox on Windows", false, 26),
            ],
            device_count: 3,
            apps,
            app_count: 5,
        };
        keep(pages, "home", &home)?;
        let new = HomePage {
            safeguards: vec![
                safeguard(SafeguardKind::Password, false, None),
                safeguard(SafeguardKind::Phone, true, None),
                safeguard(SafeguardKind::Email, false, None),
            ],
            next_url: None,
            devices: vec![self.short(
                DeviceKind::Unknown,
                &self.language.text("device-name-unknown").to_string(),
                true,
                0,
            )],
            device_count: 1,
            apps: Vec::new(),
            app_count: 0,
            ..home
        };
        keep(pages, "home-new", &new)
    }

    fn short(&self, kind: DeviceKind, name: &str, current: bool, hours: i64) -> ShortDevice {
        ShortDevice { kind, name: name.to_owned(), current, last_use: self.ago(hours) }
    }

    fn device(&self, kind: DeviceKind, name: &str, hours: i64, apps: &[&str]) -> Device {
        Device {
            id: format!("device-{hours}"),
            kind,
            name: name.to_owned(),
            current: hours == 0,
            last_use: self.ago(hours),
            apps: apps.iter().map(|app| (*app).to_owned()).collect(),
        }
    }

    fn centre(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let devices = DevicesPage {
            page: self.page("/account/devices"),
            devices: vec![
                self.device(DeviceKind::Phone, "Chrome on Android", 0, &["Notes", "Cloud"]),
                self.device(DeviceKind::Laptop, "Firefox on Windows", 26, &["Notes"]),
                self.device(DeviceKind::Tablet, "Safari on iPad", 300, &[]),
            ],
            note: None,
        };
        keep(pages, "devices", &devices)?;
        let alone = DevicesPage {
            devices: vec![self.device(DeviceKind::Phone, "Chrome on Android", 0, &[])],
            note: Some(DevicesNote::EndedOthers),
            ..devices
        };
        keep(pages, "devices-ended", &alone)?;
        let permissions = vec![
            self.either("See your name and picture", "查看您的名字和头像"),
            self.either("Stay connected when you are away", "在您离开时保持连接"),
        ];
        let connected = |door, client_id: &str, hours| ConnectedApp {
            client_id: client_id.to_owned(),
            door,
            open_url: Some("https://notes.lantern.example/begin".to_owned()),
            permissions: permissions.clone(),
            since: Moment::day(self.now, self.language),
            last_use: Some(self.ago(hours)),
        };
        let apps = AppsPage {
            page: self.page("/account/apps"),
            apps: vec![connected(notes(), "notes", 1), connected(unchecked(), "pdf", 75)],
            removed: Some("Brightfold".to_owned()),
        };
        keep(pages, "apps", &apps)?;
        keep(pages, "apps-none", &AppsPage { apps: Vec::new(), removed: None, ..apps })?;
        let remove = RemoveAppPage {
            page: self.page("/account/apps"),
            client_id: "brightfold".to_owned(),
            app: brightfold(),
            permissions,
            token_minutes: 5,
        };
        keep(pages, "remove-app", &remove)?;
        let filled = |field: Field| {
            let (value, fault) = match field.name {
                "given_name" => ("Mina", None),
                "birthdate" => ("31.12.1990", Some(FieldFault::NotADate)),
                "locality" => ("Vienna", None),
                _ => ("", None),
            };
            let also_seen_by = if field.name == "nickname" { vec!["Brightfold".to_owned()] } else { Vec::new() };
            Filled { field, value: value.to_owned(), fault, also_seen_by }
        };
        let personal = PersonalPage {
            page: self.page("/account/personal"),
            person: mina(),
            seen_by: vec!["Lantern Cloud".to_owned(), "Lantern Notes".to_owned()],
            address_seen_by: Vec::new(),
            name: "Mina Farouk".to_owned(),
            name_error: None,
            about: ABOUT.into_iter().map(filled).collect(),
            address: ADDRESS.into_iter().map(filled).collect(),
            saved: false,
        };
        keep(pages, "personal", &personal)?;
        let picture = PicturePage {
            page: self.page("/account/picture"),
            person: with_face(mina()),
            seen_by: personal.seen_by,
            note: Some(PictureNote::Saved),
            error: None,
        };
        keep(pages, "picture", &picture)?;
        let fault = Some(UploadFault::Refused(PictureFault::NotAPicture));
        keep(
            pages,
            "picture-fault",
            &PicturePage { person: mina(), seen_by: Vec::new(), note: None, error: fault, ..picture },
        )?;
        keep(pages, "settings", &SettingsPage { page: self.page("/account/settings"), saved: true })
    }

    fn errors(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        for kind in ErrorKind::ALL {
            let of_app = matches!(kind, ErrorKind::UnknownAddress | ErrorKind::AppRequest);
            let fact = |label, value: &str| DeveloperFact { label, value: value.to_owned() };
            let page = ErrorPage {
                page: self.page("/"),
                kind,
                app_name: of_app.then(|| "PDF Tools".to_owned()),
                reason: None,
                wait_seconds: 10,
                request_id: "KH-5T2M-90QF".to_owned(),
                developer: if of_app {
                    vec![
                        fact(DeveloperLabel::Problem, "redirect_uri is not registered"),
                        fact(DeveloperLabel::Client, "c_7f3q9d"),
                    ]
                } else {
                    Vec::new()
                },
                way_on: Some(WayOn::account()),
            };
            keep(pages, &format!("error-{kind:?}").to_lowercase(), &page)?;
        }
        Ok(())
    }

    fn messages(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let brand = brand();
        let code = SecretString::from("407133");
        let message = CodeMessage {
            brand: &brand,
            language: self.language,
            code: &code,
            minutes: 10,
            purpose: CodePurpose::SignIn,
            to: "mina@lantern.example",
            browser: Some("Firefox on Windows"),
            host: "id.lantern.example",
        };
        pages.push(("mail-code".to_owned(), message.html()?));
        let captured = |to: &str, channel: &str, subject, text| CapturedMessage {
            to: to.to_owned(),
            kind: "code".to_owned(),
            channel: channel.to_owned(),
            subject,
            text,
            time: self.clock(0),
        };
        let mailbox = MailboxPage {
            page: self.page("/dev/mailbox"),
            messages: vec![
                captured("+43 660 555 4417", "sms", None, message.sms()),
                captured("mina@lantern.example", "email", Some(message.subject()), message.text()?),
            ],
        };
        keep(pages, "mailbox", &mailbox)
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
