//! Pure: time zones, by their names in the IANA time zone database, which comes with the program.

use chrono::{DateTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

/// The parts of the world that people look for their zone in; what else there is are other names of the same.
const REGIONS: [&str; 10] =
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

/// The zone a person lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

/// The zones of one part of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its name in the database.
    pub name: &'static str,
    /// Its zones: the whole name, and what is shown of it.
    pub zones: Vec<(&'static str, String)>,
}

impl Zone {
    /// The zone of a name; none for what is no name of one.
    pub fn from_name(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// A moment as its clocks show it.
    pub fn local(self, at: DateTime<Utc>) -> DateTime<Tz> {
        at.with_timezone(&self.0)
    }
}

/// Every zone that can be chosen, by part of the world.
pub fn regions() -> Vec<Region> {
    let of = |region: &'static str| {
        let named =
            |zone: &Tz| zone.name().strip_prefix(region)?.strip_prefix('/').map(|city| (zone.name(), shown(city)));
        Region { name: region, zones: TZ_VARIANTS.iter().filter_map(named).collect() }
    };
    REGIONS.into_iter().map(of).collect()
}

/// "Argentina/Buenos_Aires" as "Argentina, Buenos Aires".
fn shown(city: &str) -> String {
    city.replace('/', ", ").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name_only() {
        for name in ["Europe/Vienna", "America/Argentina/Buenos_Aires", "UTC", "Asia/Shanghai"] {
            assert_eq!(Zone::from_name(name).map(Zone::name), Some(name));
        }
        for name in ["", "Europe/", "../../etc/passwd", "europe/vienna", "Vienna", "+01:00", "Europe/Vienna "] {
            assert_eq!(Zone::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn clocks_follow_summer_time() {
        let vienna = Zone::from_name("Europe/Vienna").unwrap();
        let shown = |at: &str| vienna.local(at.parse().unwrap()).format("%d %H:%M").to_string();
        assert_eq!(
            (shown("2026-01-31T23:30:00Z"), shown("2026-06-30T22:30:00Z")),
            ("01 00:30".into(), "01 00:30".into())
        );
    }

    #[test]
    fn every_zone_that_is_offered_is_one() {
        let regions = regions();
        let zones: Vec<_> = regions.iter().flat_map(|region| &region.zones).collect();
        assert!(zones.len() > 400 && zones.iter().all(|(name, _)| Zone::from_name(name).is_some()));
        assert!(zones.contains(&&("America/Argentina/Buenos_Aires", "Argentina, Buenos Aires".to_owned())));
    }
}
