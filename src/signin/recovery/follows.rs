//! What follows from a right code where it is no new password yet: a wait, and why; that it lasts; or that there is nothing to be
//! done. The wait begins with a post of `attempt` to `/signin/recovery/wait`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::start::whole;
use super::{load, proven};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::recovery::{self, Begun, OPEN};
use crate::credentials::assurance::Why;
use crate::credentials::one_time_code::reaches;
use crate::store::addresses::AddressKind;
use crate::store::one_time_codes::Channel;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::moment::Moment;
use crate::web::urls;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page};

/// What is said.
#[derive(Clone, Debug)]
pub enum Stand {
    /// No account has the address.
    NoAccount,
    /// Nothing may change at the account until this day.
    Frozen(Moment),
    /// A wait may begin.
    MayWait {
        /// What it is for.
        why: Why,
        /// Hours that it lasts.
        hours: u32,
        /// Whether a code by e-mail can be asked for instead.
        by_mail: bool,
    },
    /// It lasts: until this day, at this time.
    Waits(Moment, Moment),
    /// Nothing can be done with this proof.
    Never,
}

/// Says it.
#[derive(Debug, Template)]
#[template(path = "signin/recovery/follows.html")]
pub struct FollowsPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// The address that was proved, in full: it is theirs.
    pub address: String,
    /// Its kind.
    pub kind: AddressKind,
    /// What follows.
    pub stand: Stand,
    /// Days in which access can be taken after a wait.
    pub days: u32,
    /// The link to the account's second step, where that would do at once.
    pub second_url: String,
    /// The link to sign-in.
    pub signin_url: String,
    /// The link to sign-up.
    pub signup_url: String,
}

impl FollowsPage {
    /// Whether to wait is what is done first: nothing does at once.
    fn waits_first(&self) -> bool {
        !matches!(self.stand, Stand::MayWait { by_mail: true, .. } | Stand::MayWait { why: Why::SecondStep, .. })
    }

    fn title(&self) -> &'static str {
        match self.stand {
            Stand::NoAccount => "recovery-unknown-title",
            Stand::Frozen(_) => "recovery-frozen-title",
            Stand::MayWait { why: Why::SecondStep, .. } => "recovery-second-title",
            Stand::MayWait { .. } => "recovery-more-title",
            Stand::Waits(..) => "recovery-waits-title",
            Stand::Never => "recovery-never-title",
        }
    }
}

/// A wait that may begin, as the page says it.
pub(super) fn may_wait(app: &AppState, why: Why) -> Stand {
    Stand::MayWait {
        why,
        hours: whole(app.config.account.waiting.as_secs() / 3600),
        by_mail: why == Why::Email && reaches(app, Channel::Email),
    }
}

/// Days in which access can be taken after a wait.
pub(super) fn days() -> u32 {
    whole(OPEN.as_secs() / 86_400)
}

/// `POST /signin/recovery/wait`: begins the wait, once; the page that follows says until when.
pub async fn wait(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let attempt = load(&visitor, Some(id)).await?;
    let proven = proven(&attempt)?;
    let (state, actor, now) = (app.clone(), Actor::stranger(&visitor), app.clock.now());
    let begun = app.store.write(move |connection| recovery::begin(connection, &state, &proven, &actor, now)).await?;
    app.outbox_bell.notify_one();
    match begun {
        // Where something else follows by now, the page says it.
        Begun::Waits | Begun::Not => Ok(visitor.go(&urls::of_attempt(urls::RECOVERY_PASSWORD, id), [])),
        Begun::TooMany => Err(ErrorKind::TooMany.into()),
    }
}
