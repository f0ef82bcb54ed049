//! Pure: what a browser says it is, in words a person knows their devices by.
//!
//! A `User-Agent` is anybody's text, so nothing of it is ever shown: it only chooses among the names here.

use crate::language::Language;

/// What a device is, as far as its browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// A phone.
    Phone,
    /// A laptop or desktop computer.
    Laptop,
    /// A tablet.
    Tablet,
    /// Not known.
    Unknown,
}

impl DeviceKind {
    /// Its icon.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Laptop => "laptop",
            Self::Tablet => "tablet",
            Self::Unknown => "screen",
        }
    }
}

/// A browser and what it runs on, as far as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceName {
    browser: Option<&'static str>,
    system: Option<&'static str>,
    /// What kind of device that is.
    pub kind: DeviceKind,
}

/// What browsers call themselves. Nearly all of them also claim to be Chrome or Safari, so these come last.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("MicroMessenger/", "WeChat"),
    ("QQBrowser/", "QQ Browser"),
    ("UCBrowser/", "UC Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// What systems are known by. Android also says Linux, and phones of Apple also say Mac OS X.
const SYSTEMS: &[(&str, &str, DeviceKind)] = &[
    ("iPhone", "iPhone", DeviceKind::Phone),
    ("iPad", "iPad", DeviceKind::Tablet),
    ("OpenHarmony", "HarmonyOS", DeviceKind::Phone),
    ("Android", "Android", DeviceKind::Phone),
    ("Windows", "Windows", DeviceKind::Laptop),
    ("CrOS", "ChromeOS", DeviceKind::Laptop),
    ("Macintosh", "macOS", DeviceKind::Laptop),
    ("Linux", "Linux", DeviceKind::Laptop),
];

impl DeviceName {
    /// Reads a `User-Agent` (RFC 9110 §10.1.5).
    pub fn read(user_agent: &str) -> Self {
        let browser = BROWSERS.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name);
        let system = SYSTEMS.iter().find(|(mark, _, _)| user_agent.contains(mark));
        // On Android a browser says "Mobile" on a phone only.
        let kind = match system {
            Some(("Android", ..)) if !user_agent.contains("Mobile") => DeviceKind::Tablet,
            Some((_, _, kind)) => *kind,
            None => DeviceKind::Unknown,
        };
        Self { browser, system: system.map(|(_, name, _)| *name), kind }
    }

    /// Browser and system, as coarse as stays the same in honest hands: no version, and a phone or tablet that asks for pages as a
    /// computer does is what it was. None where either is not known.
    pub fn class(self) -> Option<String> {
        let system = match self.system? {
            "iPhone" | "iPad" | "macOS" => "Apple",
            "Android" | "HarmonyOS" | "ChromeOS" | "Linux" => "Linux",
            other => other,
        };
        Some(format!("{} {system}", self.browser?))
    }

    /// "Firefox on Windows".
    pub fn shown(self, language: Language) -> String {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => {
                language.text("device-name").plain("browser", browser).plain("system", system).to_string()
            }
            (Some(browser), None) => browser.to_owned(),
            (None, Some(system)) => language.text("device-name-system").plain("system", system).to_string(),
            (None, None) => language.text("device-name-unknown").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEBKIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
    const APPLE: &str = "AppleWebKit/605.1.15 (KHTML, like Gecko)";

    fn assert_known(table: impl IntoIterator<Item = (String, &'static str, DeviceKind)>) {
        for (user_agent, expected, kind) in table {
            let name = DeviceName::read(&user_agent);
            assert_eq!((name.shown(Language::English).as_str(), name.kind), (expected, kind), "{user_agent}");
        }
    }

    #[test]
    fn computers_are_known_by_what_they_say() {
        use DeviceKind::{Laptop, Unknown};
        assert_known([
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
                "Firefox on Windows",
                Laptop,
            ),
            (
                format!(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
                ),
                "Edge on Windows",
                Laptop,
            ),
            (
                format!("Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 OPR/124.0.0.0"),
                "Opera on Linux",
                Laptop,
            ),
            (
                format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/142.0.0.0 Safari/537.36"),
                "Chrome on ChromeOS",
                Laptop,
            ),
            (
                format!("Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/142.0.0.0 Safari/537.36"),
                "Chrome on Linux",
                Laptop,
            ),
            (
                format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {APPLE} Version/26.1 Safari/605.1.15"),
                "Safari on macOS",
                Laptop,
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Something/1.0".to_owned(), "A browser on Windows", Laptop),
            ("Firefox/1".to_owned(), "Firefox", Unknown),
            ("curl/8.14.1".to_owned(), "Unknown browser", Unknown),
            ("<b>Chrome</b>".to_owned(), "Unknown browser", Unknown),
            (String::new(), "Unknown browser", Unknown),
        ]);
    }

    #[test]
    fn phones_and_tablets_are_known_by_what_they_say() {
        use DeviceKind::{Phone, Tablet};
        assert_known([
            (
                format!("Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36"),
                "Chrome on Android",
                Phone,
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/142.0.0.0 Safari/537.36"),
                "Chrome on Android",
                Tablet,
            ),
            (
                "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0".to_owned(),
                "Firefox on Android",
                Phone,
            ),
            (
                "Mozilla/5.0 (Android 16; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0".to_owned(),
                "Firefox on Android",
                Tablet,
            ),
            (
                format!(
                    "Mozilla/5.0 (Linux; Android 15; SAMSUNG SM-S931B) {WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"
                ),
                "Samsung Internet on Android",
                Phone,
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {APPLE} Version/26.1 Mobile/15E148 Safari/604.1"
                ),
                "Safari on iPhone",
                Phone,
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {APPLE} CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1"
                ),
                "Chrome on iPhone",
                Phone,
            ),
            (
                format!(
                    "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) {APPLE} FxiOS/145.0 Mobile/15E148 Safari/605.1.15"
                ),
                "Firefox on iPad",
                Tablet,
            ),
            (
                format!(
                    "Mozilla/5.0 (Linux; Android 14; V2309A) {WEBKIT} Chrome/130.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.60"
                ),
                "WeChat on Android",
                Phone,
            ),
        ]);
    }

    #[test]
    fn a_class_stays_where_the_browser_does() {
        let class = |user_agent: String| DeviceName::read(&user_agent).class();
        let chrome = |system: &str, version: u32| {
            class(format!("Mozilla/5.0 ({system}) {WEBKIT} Chrome/{version}.0.0.0 Mobile Safari/537.36"))
        };
        let phone = chrome("Linux; Android 10; K", 142);
        assert_eq!(phone.as_deref(), Some("Chrome Linux"));
        // An update, and "desktop site".
        assert_eq!(chrome("Linux; Android 16; K", 155), phone);
        assert_eq!(chrome("X11; Linux x86_64", 142), phone);
        let safari = |system: &str| class(format!("Mozilla/5.0 ({system}) {APPLE} Version/26.1 Safari/605.1.15"));
        assert_eq!(safari("iPad; CPU OS 18_7 like Mac OS X"), safari("Macintosh; Intel Mac OS X 10_15_7"));
        // Another system, another browser, and what says nothing.
        assert_ne!(chrome("Windows NT 10.0; Win64; x64", 142), phone);
        assert_ne!(class("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned()), phone);
        for unknown in ["", "curl/8.14.1", "Firefox/1", "Mozilla/5.0 (Windows NT 10.0) Something/1.0"] {
            assert_eq!(class(unknown.to_owned()), None, "{unknown}");
        }
    }

    #[test]
    fn names_are_said_in_the_language_of_the_page() {
        let name = DeviceName::read("Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0");
        assert_eq!(name.shown(Language::SimplifiedChinese), "Windows 上的 Firefox");
        assert_eq!(DeviceName::read("").shown(Language::SimplifiedChinese), "未知浏览器");
    }
}
