//! The page for a code that does not go by text message, or not yet: why, and what there is instead. Where text messages are being
//! misused a browser works for one: a script of ours does that, and whoever runs none is offered e-mail, or told how long to wait.
//! Everything here follows from what was typed and from where, never from what is behind it. Its forms post to where the codes of
//! the attempt are asked for.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::code::{Channel, Destination, asked_channel, destination, shown};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::sms::{self, Never, Standing, proof_of_work};
use crate::credentials::{Kind, attempt, one_time_code};
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page};
use crate::web::{parameters, sign_in_context, urls};

/// Further off, a time of day alone would be taken for today's.
const SOON: Duration = Duration::from_secs(6 * 60 * 60);

/// Why there is no text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// There can be one by now.
    Free,
    /// The browser works for it.
    Prove {
        /// On this.
        challenge: String,
        /// Until the hash begins with so many zero bits.
        bits: u32,
    },
    /// Not before then.
    Wait {
        /// When.
        until: Moment,
    },
    /// Never to this country.
    Country,
    /// Never to such a number.
    NoMobile,
}

impl Held {
    fn title_key(&self) -> &'static str {
        match self {
            Self::Free => "held-free-title",
            Self::Prove { .. } => "held-prove-title",
            Self::Wait { .. } => "held-wait-title",
            Self::Country | Self::NoMobile => "held-never-title",
        }
    }
}

/// Says why, and what there is instead.
#[derive(Debug, Template)]
#[template(path = "signin/held.html")]
pub struct HeldPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// Where the code was to go.
    pub destination: Destination,
    /// Why it does not.
    pub held: Held,
    /// Where a code is asked for.
    pub send_url: String,
    /// The other way the code could travel, where there may be one.
    pub other_channel: Option<Channel>,
    /// The link to where another address is typed.
    pub change_url: Option<String>,
    /// The link back to where a new address is added.
    pub leave_url: Option<String>,
    /// The page that takes a code, where one is good.
    pub code_url: Option<String>,
    /// The link to the password page, where a password is a way on.
    pub password_url: Option<String>,
}

impl HeldPage {
    /// Whether the page has its one filled button already.
    fn has_filled(&self) -> bool {
        self.held == Held::Free
    }

    /// Whether the browser has work to do.
    fn is_work(&self) -> bool {
        matches!(self.held, Held::Prove { .. })
    }

    /// What the sentence names besides waiting.
    fn instead(&self) -> &'static str {
        match (self.other_channel, &self.change_url, &self.leave_url) {
            (Some(channel), _, _) => channel.name(),
            (None, Some(_), _) => "change",
            (None, None, _) => "none",
        }
    }
}

/// `GET /signin/code/held?attempt=…&channel=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = attempt::load_for(&visitor, Some(id), AttemptPurpose::ALL).await?;
    let asked = asked_channel(query.get("channel"), &attempt);
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let held = match sms::standing(&visitor, &attempt, asked).await? {
        Standing::Free => Held::Free,
        Standing::Prove => {
            Held::Prove { challenge: proof_of_work::challenge(&visitor, id), bits: app.config.sms.proof.bits }
        }
        Standing::Wait(until) => Held::Wait { until: moment(&visitor, until) },
        Standing::Never(Never::Country) => Held::Country,
        Standing::Never(Never::NoMobile) => Held::NoMobile,
    };
    let standing = one_time_code::standing(&visitor, &attempt, asked).await?;
    let other = one_time_code::other(asked);
    let ways = Ways::of(&attempt, id, shown(asked));
    let answer = HeldPage {
        page: visitor.page.clone(),
        app: asking.app,
        attempt: id.to_owned(),
        destination: destination(&attempt, asked),
        held,
        send_url: ways.send_url,
        other_channel: (ways.has_other && one_time_code::reaches(&app, other)).then(|| shown(other)),
        change_url: ways.change_url,
        leave_url: ways.leave_url,
        code_url: standing.works.then_some(ways.code_url),
        password_url: ways.password_url,
    };
    visitor.show(&answer)
}

fn moment(visitor: &Visitor, until: Timestamp) -> Moment {
    let is_soon = until.since(visitor.app.clock.now()) <= SOON;
    if is_soon { visitor.page.clock(until) } else { visitor.page.full(until) }
}

/// The pages that an attempt goes on to, by what it is for.
struct Ways {
    send_url: String,
    code_url: String,
    change_url: Option<String>,
    leave_url: Option<String>,
    password_url: Option<String>,
    /// Whether its codes can go by another channel than the one that was asked for.
    has_other: bool,
}

impl Ways {
    fn of(attempt: &Attempt, id: &str, channel: Channel) -> Self {
        let own = parameters::encode([("attempt", id), ("channel", channel.name())]);
        let (change_url, leave_url, password_url, has_other) = (None, None, None, false);
        match attempt.purpose {
            AttemptPurpose::SignIn | AttemptPurpose::Again | AttemptPurpose::Keep => Self {
                send_url: "/signin/code/send".to_owned(),
                code_url: format!("/signin/code?{own}"),
                change_url: Some(urls::sign_in(&attempt.continue_to)),
                leave_url,
                password_url: Some(attempt::page_url(Kind::Password, id)),
                has_other: true,
            },
            AttemptPurpose::SignUp => Self {
                send_url: "/signin/code/send".to_owned(),
                code_url: format!("/signin/code?{own}"),
                change_url: Some(urls::sign_up(&attempt.continue_to)),
                leave_url,
                password_url,
                has_other,
            },
            AttemptPurpose::Recovery => Self {
                send_url: urls::RECOVERY_SEND.to_owned(),
                code_url: format!("{}?{own}", urls::RECOVERY_CODE),
                change_url: Some(urls::sign_in(&attempt.continue_to)),
                leave_url,
                password_url,
                has_other: true,
            },
            AttemptPurpose::AddAddress => Self {
                send_url: format!("{}/send", urls::address_code(id)),
                code_url: urls::address_code(id),
                change_url,
                leave_url: Some(attempt.continue_to.clone()),
                password_url,
                has_other,
            },
            AttemptPurpose::Undo => Self {
                send_url: format!("{}/send", attempt.continue_to),
                code_url: format!("{}/code?{own}", attempt.continue_to),
                change_url,
                leave_url: Some(attempt.continue_to.clone()),
                password_url,
                has_other: true,
            },
        }
    }
}
