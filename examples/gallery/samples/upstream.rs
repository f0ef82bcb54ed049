//! Signing in with other providers, and connecting them.

use keyhouse::account::connected::ShownLink;
use keyhouse::account::connected::confirm::{ConfirmConnectedPage, ConfirmProblem};
use keyhouse::account::connected::list::{ConnectedNote, ConnectedPage};
use keyhouse::account::connected::remove::{DisconnectPage, DisconnectProblem};
use keyhouse::credentials::upstream::{Offer, Problem};
use keyhouse::signin::unlinked::UnlinkedPage;
use keyhouse::signin::upstream::UpstreamPage;
use keyhouse::web::leaving::LeavingPage;

use super::{Gallery, Rendered, keep, mina, notes};

const LABEL: &str = "Brightfold";
const MAIL: &str = "mina.farouk@brightfold.example";

/// Two providers, one of which has a mark.
pub(super) fn offers() -> Vec<Offer> {
    let offer = |name: &str, label: &str, logo: Option<&str>| Offer {
        name: name.to_owned(),
        label: label.to_owned(),
        logo_url: logo.map(str::to_owned),
    };
    vec![offer("brightfold", LABEL, Some("/logos/brightfold.svg")), offer("city", "City of Lantern", None)]
}

impl Gallery {
    /// Two connected sign-ins, one of which is no longer offered.
    pub(super) fn links(&self) -> Vec<ShownLink> {
        let link = |label: &str, known_as: Option<&str>, hours: Option<i64>| ShownLink {
            key: "AAAAAAAAAAE".to_owned(),
            label: label.to_owned(),
            offered: hours.is_some(),
            known_as: known_as.map(str::to_owned),
            created: self.day(-40),
            last_use: hours.map(|hours| self.ago(hours)),
        };
        vec![link(LABEL, Some(MAIL), Some(3)), link("id.old-city.example", None, None)]
    }

    pub(super) fn upstream(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let list = ConnectedPage {
            page: self.page("/account/security/connected"),
            links: self.links(),
            offers: offers(),
            room: true,
            note: Some(ConnectedNote::Added),
        };
        keep(pages, "connected", &list)?;
        let none = ConnectedPage { links: Vec::new(), note: Some(ConnectedNote::Unavailable), ..list };
        keep(pages, "connected-none", &none)?;
        let confirm = |problem| ConfirmConnectedPage {
            page: self.page("/account/security/connected"),
            proof: "sample".to_owned(),
            person: mina(),
            label: LABEL.to_owned(),
            known_as: Some(MAIL.to_owned()),
            problem,
            skip_url: "/account/security/connected".to_owned(),
        };
        keep(pages, "connected-confirm", &confirm(None))?;
        keep(pages, "connected-taken", &confirm(Some(ConfirmProblem::Taken)))?;
        let remove = |problem| DisconnectPage {
            page: self.page("/account/security/connected"),
            key: "AAAAAAAAAAE".to_owned(),
            label: LABEL.to_owned(),
            problem,
        };
        keep(pages, "connected-remove", &remove(None))?;
        keep(pages, "connected-remove-last", &remove(Some(DisconnectProblem::Last)))?;
        let unlinked = UnlinkedPage {
            page: self.page("/signin/unlinked"),
            app: Some(notes()),
            label: LABEL.to_owned(),
            known_as: Some(MAIL.to_owned()),
            signup_url: "/signup".to_owned(),
            signin_url: "/signin".to_owned(),
        };
        keep(pages, "upstream-unlinked", &unlinked)?;
        let failed = UpstreamPage {
            page: self.page("/signin"),
            app: None,
            label: LABEL.to_owned(),
            problem: Problem::Unavailable,
            other_url: "/signin".to_owned(),
        };
        keep(pages, "upstream-failed", &failed)?;
        let leaving = LeavingPage {
            page: self.page("/signin"),
            label: LABEL.to_owned(),
            host: "id.brightfold.example".to_owned(),
            to: "https://id.brightfold.example/authorize".to_owned(),
        };
        keep(pages, "upstream-leaving", &leaving)
    }
}
