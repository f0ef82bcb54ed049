//! The account centre.

use keyhouse::account::home::{AccountAddress, AddressKind, HomePage, ShortDevice};
use keyhouse::account::notice_choices::{NoticeChoice, NoticeChoices};
use keyhouse::account::personal::{Filled, PersonalPage};
use keyhouse::account::personal_fields::{ABOUT, ADDRESS, Field, FieldFault};
use keyhouse::account::picture::{PictureNote, PicturePage, UploadFault};
use keyhouse::account::safeguards::{Protection, Safeguard, SafeguardKind};
use keyhouse::account::settings::SettingsPage;
use keyhouse::account::strength::{Next, Strength};
use keyhouse::picture::square::PictureFault;
use keyhouse::store::notice_choices::Choosable;
use keyhouse::store::one_time_codes::Channel;
use keyhouse::web::device_name::DeviceKind;

use super::{Gallery, Rendered, brightfold, few, keep, mina, with_face};

impl Gallery {
    pub(super) fn home(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let mut apps = few();
        apps.push(brightfold());
        let home = HomePage {
            page: self.page("/account"),
            person: mina(),
            account_id: "4821 0937 5526".to_owned(),
            addresses: vec![AccountAddress { kind: AddressKind::Phone, shown: "+43 660 555 4417".to_owned() }],
            protection: self.protection(),
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
            protection: self.weak_protection(),
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

    /// Three safeguards of five.
    pub(super) fn protection(&self) -> Protection {
        let changed = self.either("Changed 12 March", "更改于 3 月 12 日");
        Protection {
            safeguards: vec![
                safeguard(SafeguardKind::Password, Some(&changed)),
                safeguard(SafeguardKind::Phone, Some("+43 ••• ••• 4417")),
                safeguard(SafeguardKind::Email, Some("m•••@lantern.example")),
                safeguard(SafeguardKind::Passkey, None),
                safeguard(SafeguardKind::TwoStep, None),
            ],
            strength: Strength::Fair,
            next: Some((Next::Passkey, "/account/security/passkeys/add".to_owned())),
        }
    }

    /// One way in.
    pub(super) fn weak_protection(&self) -> Protection {
        Protection {
            safeguards: vec![
                safeguard(SafeguardKind::Password, None),
                safeguard(SafeguardKind::Phone, Some("+43 ••• ••• 4417")),
                safeguard(SafeguardKind::Email, None),
                safeguard(SafeguardKind::Passkey, None),
                safeguard(SafeguardKind::TwoStep, None),
            ],
            strength: Strength::Weak,
            next: Some((Next::Email, "/account/security/add".to_owned())),
        }
    }

    /// Everything, without a password.
    pub(super) fn strong_protection(&self) -> Protection {
        let since = self.either("On since 12 March", "自 3 月 12 日起开启");
        Protection {
            safeguards: vec![
                safeguard(SafeguardKind::Phone, Some("+43 ••• ••• 4417")),
                safeguard(SafeguardKind::Email, Some("m•••@lantern.example")),
                safeguard(SafeguardKind::Passkey, Some("Google Password Manager")),
                safeguard(SafeguardKind::TwoStep, Some(&since)),
            ],
            strength: Strength::Strong,
            next: None,
        }
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

fn safeguard(kind: SafeguardKind, detail: Option<&str>) -> Safeguard {
    Safeguard { kind, on: detail.is_some(), detail: detail.map(str::to_owned) }
}
