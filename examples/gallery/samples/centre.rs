//! The account centre.

use keyhouse::account::home::{AccountAddress, AddressKind, HomePage, Safeguard, SafeguardKind, ShortDevice};
use keyhouse::account::notice_choices::{NoticeChoice, NoticeChoices};
use keyhouse::account::personal::{Filled, PersonalPage};
use keyhouse::account::personal_fields::{ABOUT, ADDRESS, Field, FieldFault};
use keyhouse::account::picture::{PictureNote, PicturePage, UploadFault};
use keyhouse::account::settings::SettingsPage;
use keyhouse::picture::square::PictureFault;
use keyhouse::store::notice_choices::Choosable;
use keyhouse::store::one_time_codes::Channel;
use keyhouse::web::device_name::DeviceKind;

use super::{Gallery, Rendered, brightfold, few, keep, mina, with_face};

impl Gallery {
    pub(super) fn home(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
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
                safeguard(SafeguardKind::Email, true, Some("m•••@lantern.example")),
                safeguard(SafeguardKind::Passkey, false, None),
                safeguard(SafeguardKind::TwoStep, false, None),
            ],
            next_url: Some("/account/security/passkeys/add".to_owned()),
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
                safeguard(SafeguardKind::Passkey, true, Some("Google Password Manager")),
                safeguard(SafeguardKind::TwoStep, false, None),
            ],
            next_url: Some("/account/security/add".to_owned()),
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
        let place = current.then(|| self.either("Vienna, Austria", "奥地利维也纳"));
        ShortDevice { kind, name: name.to_owned(), current, last_use: self.ago(hours), place }
    }

    pub(super) fn centre(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
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
            signal: None,
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
        let choice = |kind, channel| NoticeChoice { kind, channel };
        let notices = NoticeChoices {
            rows: vec![choice(Choosable::NewDevice, None), choice(Choosable::ExportReady, Some(Channel::Email))],
            is_choice: true,
            saved: false,
        };
        keep(pages, "settings", &SettingsPage { page: self.page("/account/settings"), saved: true, notices })
    }
}
