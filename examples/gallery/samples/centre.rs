//! The account centre.

use keyhouse::account::apps::{AppsPage, ConnectedApp};
use keyhouse::account::devices::{Device, DevicesNote, DevicesPage};
use keyhouse::account::home::{AccountAddress, AddressKind, HomePage, Safeguard, SafeguardKind, ShortDevice};
use keyhouse::account::personal::{Filled, PersonalPage};
use keyhouse::account::personal_fields::{ABOUT, ADDRESS, Field, FieldFault};
use keyhouse::account::picture::{PictureNote, PicturePage, UploadFault};
use keyhouse::account::remove_app::RemoveAppPage;
use keyhouse::account::settings::SettingsPage;
use keyhouse::picture::square::PictureFault;
use keyhouse::web::device_name::DeviceKind;
use keyhouse::web::moment::Moment;

use super::{Gallery, Rendered, brightfold, few, keep, mina, notes, unchecked, with_face};

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
            ],
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
            ],
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

    pub(super) fn centre(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
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
        keep(pages, "settings", &SettingsPage { page: self.page("/account/settings"), saved: true })
    }
}
