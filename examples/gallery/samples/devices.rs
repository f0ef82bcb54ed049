//! Where an account is used, what happened to it, and which apps may use it.

use keyhouse::account::activity::{ActivityPage, Happened};
use keyhouse::account::activity_words::Told;
use keyhouse::account::app::{AppPage, DeviceThere};
use keyhouse::account::apps::{AppsPage, ConnectedApp};
use keyhouse::account::device::{DeviceNote, DevicePage, TooLong};
use keyhouse::account::devices::{Device, DevicesNote, DevicesPage};
use keyhouse::account::known_devices::AppThere;
use keyhouse::account::remove_app::RemoveAppPage;
use keyhouse::store::events::{EventKind, EventTopic};
use keyhouse::web::device_name::DeviceKind;
use keyhouse::web::icon::Icon;
use keyhouse::web::moment::Moment;
use keyhouse::web::scope_words::Permission;

use super::{Gallery, Rendered, brightfold, keep, notes, unchecked};

impl Gallery {
    fn vienna(&self) -> Option<String> {
        Some(self.either("Vienna, Austria", "奥地利维也纳"))
    }

    fn device(&self, kind: DeviceKind, name: &str, hours: i64, apps: &[&str]) -> Device {
        let there = |name: &&str| AppThere { client_id: name.to_lowercase(), name: (*name).to_owned() };
        Device {
            id: format!("device-{hours}"),
            url: format!("/account/devices/device-{hours}"),
            kind,
            name: name.to_owned(),
            by_itself: None,
            place: self.vienna(),
            current: hours == 0,
            last_use: self.ago(hours),
            apps: apps.iter().map(there).collect(),
        }
    }

    fn named(&self) -> Device {
        Device {
            by_itself: Some("Firefox on Windows".to_owned()),
            ..self.device(
                DeviceKind::Laptop,
                &self.either("The one in the kitchen", "厨房里的那台"),
                26,
                &["Notes", "Cloud"],
            )
        }
    }

    pub(super) fn devices(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let this = || self.device(DeviceKind::Phone, "Chrome on Android", 0, &["Notes", "Cloud"]);
        let devices = DevicesPage {
            page: self.page("/account/devices"),
            devices: vec![
                this(),
                self.named(),
                Device { place: None, ..self.device(DeviceKind::Unknown, "Lantern Cinema", 50, &["Lantern Cinema"]) },
            ],
            signed_out: vec![self.device(DeviceKind::Tablet, "Safari on iPad", 300, &[])],
            note: Some(DevicesNote::Ended),
        };
        keep(pages, "devices", &devices)?;
        let alone = DevicesPage {
            devices: vec![this()],
            signed_out: Vec::new(),
            note: Some(DevicesNote::EndedOthers),
            ..devices
        };
        keep(pages, "devices-ended", &alone)?;
        let one = DevicePage {
            page: self.page("/account/devices/one"),
            device: self.named(),
            is_signed_in: true,
            first_use: Moment::day(self.now, self.language),
            address: "2001:db8:85a3:8d3:1319:8a2e:370:7348".to_owned(),
            ends_too: vec!["Lantern Cinema".to_owned()],
            name: self.named().name,
            error: None,
            note: Some(DeviceNote::Renamed),
        };
        keep(pages, "device-one", &one)?;
        let fault = DevicePage { name: "n".repeat(50), error: Some(TooLong), note: None, ..one };
        keep(pages, "device-one-fault", &fault)?;
        let out = DevicePage {
            device: self.device(DeviceKind::Tablet, "Safari on iPad", 300, &[]),
            is_signed_in: false,
            ends_too: Vec::new(),
            name: String::new(),
            error: None,
            note: Some(DeviceNote::SignedIn),
            ..fault
        };
        keep(pages, "device-one-out", &out)
    }

    fn told(&self, kind: EventKind, device: &str, method: &str) -> Told {
        let words = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Told {
            kind,
            app: matches!(kind, EventKind::AppConnected | EventKind::AppRemoved).then(|| "Lantern Notes".to_owned()),
            method: words(method),
            device: words(device),
            subject: None,
            place: self.vienna(),
            network: words("203.0.113.9"),
        }
    }

    pub(super) fn activity(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let password = self.either("Password", "密码");
        let at = || Moment::full_in(self.now, self.language, None);
        let told = [
            self.told(EventKind::SignedIn, "Chrome on Android", &password),
            self.told(EventKind::AppConnected, "Chrome on Android", ""),
            self.told(EventKind::Refused, "Firefox on Windows", &password),
            self.told(EventKind::NewDevice, "Firefox on Windows", &password),
            Told {
                subject: Some("m•••@lantern.example".to_owned()),
                ..self.told(EventKind::AddressAdded, "Chrome on Android", "")
            },
            Told {
                subject: Some(self.either("Reason: you asked us by phone", "原因：您打电话要求")),
                device: None,
                place: None,
                network: None,
                ..self.told(EventKind::OperatorLooked, "", "")
            },
            Told { place: None, network: None, ..self.told(EventKind::Created, "", "") },
        ];
        let page = ActivityPage {
            page: self.page("/account/activity"),
            topic: None,
            happened: told.into_iter().map(|told| Happened { told, at: at() }).collect(),
            is_newest: false,
            older_url: Some("/account/activity?before=older".to_owned()),
        };
        keep(pages, "activity", &page)?;
        let none = ActivityPage {
            topic: Some(EventTopic::Refusals),
            happened: Vec::new(),
            is_newest: true,
            older_url: None,
            ..page
        };
        keep(pages, "activity-none", &none)
    }

    pub(super) fn apps(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let permissions = vec![
            self.either("See your name and picture", "查看您的名字和头像"),
            self.either("Stay connected when you are away", "在您离开时保持连接"),
        ];
        let connected = |door, client_id: &str, hours| ConnectedApp {
            client_id: client_id.to_owned(),
            url: format!("/account/apps/about?client_id={client_id}"),
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
            permissions: permissions.clone(),
            token_minutes: 5,
        };
        keep(pages, "remove-app", &remove)?;
        self.one_app(pages, &permissions)
    }

    fn one_app(&self, pages: &mut Rendered, permissions: &[String]) -> Result<(), askama::Error> {
        let [name, stay] = permissions else { return Ok(()) };
        let permission = |icon, title: &str, detail: &str| Permission {
            icon,
            title: title.to_owned(),
            detail: Some(detail.to_owned()).filter(|detail| !detail.is_empty()),
        };
        let there = |name: &str, icon, current| DeviceThere {
            url: "/account/devices/one".to_owned(),
            name: name.to_owned(),
            icon,
            current,
        };
        let page = AppPage {
            page: self.page("/account/apps/about"),
            client_id: "notes".to_owned(),
            app: notes(),
            maker: Some("Lantern".to_owned()),
            added: Moment::day(self.now, self.language),
            links: vec![("app-home", "https://notes.lantern.example/".to_owned())],
            open_url: Some("https://notes.lantern.example/begin".to_owned()),
            permissions: vec![
                permission(Icon::Person, name, "Mina Farouk"),
                permission(Icon::Clock, stay, ""),
                permission(Icon::Document, &self.either("See your files", "查看您的文件"), "Lantern Cloud"),
            ],
            claims: vec!["birthdate".to_owned(), "nickname".to_owned()],
            since: Moment::day(self.now, self.language),
            last_use: Some(self.ago(1)),
            devices: vec![
                there("Chrome on Android", "phone", true),
                there(&self.either("The one in the kitchen", "厨房里的那台"), "laptop", false),
            ],
            is_without_device: false,
            token_minutes: 5,
        };
        keep(pages, "app-one", &page)?;
        let stranger = AppPage {
            app: unchecked(),
            maker: None,
            links: Vec::new(),
            open_url: None,
            permissions: Vec::new(),
            claims: Vec::new(),
            devices: Vec::new(),
            ..page
        };
        keep(pages, "app-one-unchecked", &stranger)
    }
}
