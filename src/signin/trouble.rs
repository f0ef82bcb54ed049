//! The page for a code that did not come: what became of the message, as far as that is known and may be told, when the next
//! may be sent, how many are left, and the other ways on. Of an address that was not typed it says the same whether or not
//! there is an account. "New code" posts to where the code page posts it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::code::{Channel, Destination, asked_channel, destination, shown};
use crate::app::AppState;
use crate::credentials::one_time_code::fate::{self, Fate, Told};
use crate::credentials::{Kind, attempt, one_time_code};
use crate::language::Sentence;
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page};
use crate::web::{parameters, sign_in_context, urls};

/// What is said of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What became of it; none where none was sent by this channel.
    pub told: Option<Told>,
    /// Since when.
    pub at: Moment,
}

impl Message {
    fn key(&self) -> &'static str {
        match self.told {
            Some(Told::Waiting) => "trouble-waiting",
            Some(Told::Accepted) => "trouble-accepted",
            Some(Told::Delivered) => "trouble-delivered",
            Some(Told::Refused) => "trouble-refused",
            Some(Told::Failed) => "trouble-failed",
            Some(Told::Unsaid) => "trouble-unsaid",
            None => "trouble-none",
        }
    }

    /// The tone of its note and its icon: brass where there is something to do.
    fn look(&self) -> (&'static str, &'static str) {
        match self.told {
            Some(Told::Refused | Told::Failed) => ("brass", "warning"),
            Some(Told::Delivered) => ("neutral", "check"),
            Some(Told::Waiting) => ("neutral", "clock"),
            Some(Told::Accepted | Told::Unsaid) | None => ("neutral", "info"),
        }
    }
}

/// What became of the code.
#[derive(Debug, Template)]
#[template(path = "signin/trouble.html")]
pub struct TroublePage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// Where the code goes.
    pub destination: Destination,
    /// The channel that was asked for.
    pub channel: Channel,
    /// What became of the message.
    pub message: Message,
    /// When the next code may be asked for; `None` when it may be now.
    pub next_code: Option<Moment>,
    /// How many codes this destination has left today.
    pub codes_left: u32,
    /// How many it gets a day.
    pub codes_a_day: u32,
    /// When it gets new ones.
    pub more_codes_from: Moment,
    /// The other way a code could travel, where there may be one.
    pub other_channel: Option<Channel>,
    /// Where a new code is asked for; none where the code page itself does that.
    pub send_url: Option<&'static str>,
    /// This page once more.
    pub again_url: String,
    /// The page that takes the code.
    pub code_url: String,
    /// The link back to where the address is typed.
    pub change_url: Option<String>,
    /// The link to the password page, where a password is a way on.
    pub password_url: Option<String>,
}

impl TroublePage {
    fn said(&self) -> Sentence<'_> {
        self.page.t_at(self.message.key(), &self.message.at).choice("channel", self.channel.name())
    }

    fn change_key(&self) -> &'static str {
        match (self.is_typed(), self.channel) {
            (true, Channel::Sms) => "code-change-number",
            (true, Channel::Email) => "code-change-address",
            (false, _) => "code-change-account",
        }
    }

    fn is_typed(&self) -> bool {
        matches!(self.destination, Destination::Typed { .. })
    }

    fn has_phone_hints(&self) -> bool {
        !self.is_typed() || self.channel == Channel::Sms
    }

    fn has_mail_hints(&self) -> bool {
        !self.is_typed() || self.channel == Channel::Email
    }
}

/// The pages that an attempt goes back to, by what it is for.
struct Ways {
    send_url: Option<&'static str>,
    code_url: String,
    change_url: Option<String>,
    password_url: Option<String>,
}

impl Ways {
    fn of(attempt: &Attempt, id: &str, channel: Channel) -> Self {
        let own = parameters::encode([("attempt", id), ("channel", channel.name())]);
        let (sign_in, sign_up) = (urls::sign_in(&attempt.continue_to), urls::sign_up(&attempt.continue_to));
        match attempt.purpose {
            AttemptPurpose::SignIn | AttemptPurpose::Again | AttemptPurpose::Keep => Self {
                send_url: Some("/signin/code/send"),
                code_url: format!("/signin/code?{own}"),
                change_url: Some(sign_in),
                password_url: Some(attempt::page_url(Kind::Password, id)),
            },
            AttemptPurpose::SignUp => Self {
                send_url: Some("/signin/code/send"),
                code_url: format!("/signin/code?{own}"),
                change_url: Some(sign_up),
                password_url: None,
            },
            AttemptPurpose::Recovery => Self {
                send_url: Some("/signin/recovery/send"),
                code_url: format!("/signin/recovery/code?{own}"),
                change_url: Some(sign_in),
                password_url: None,
            },
            AttemptPurpose::AddAddress => {
                Self { send_url: None, code_url: urls::address_code(id), change_url: None, password_url: None }
            }
            AttemptPurpose::Undo => Self {
                send_url: None,
                code_url: format!("{}/code?{own}", attempt.continue_to),
                change_url: None,
                password_url: None,
            },
        }
    }
}

/// `GET /signin/code/trouble?attempt=…&channel=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = attempt::load_for(&visitor, Some(id), AttemptPurpose::ALL).await?;
    let asked = asked_channel(query.get("channel"), &attempt);
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let standing = one_time_code::standing(&visitor, &attempt, asked).await?;
    let fate = fate::of(&visitor, &attempt, asked).await?;
    let (now, page, channel) = (app.clock.now(), visitor.page.clone(), shown(asked));
    let other = one_time_code::other(asked);
    let has_other =
        matches!(attempt.purpose, AttemptPurpose::SignIn | AttemptPurpose::Again | AttemptPurpose::Recovery);
    let Ways { send_url, code_url, change_url, password_url } = Ways::of(&attempt, id, channel);
    let answer = TroublePage {
        app: asking.app,
        attempt: id.to_owned(),
        destination: destination(&attempt, asked),
        channel,
        message: said(fate, &page),
        next_code: standing.next.filter(|next| *next > now).map(|next| page.clock(next)),
        codes_left: standing.left,
        codes_a_day: app.config.codes.per_day,
        more_codes_from: page.clock(one_time_code::next_day(now)),
        other_channel: (has_other && one_time_code::reaches(&app, other)).then(|| shown(other)),
        send_url,
        again_url: urls::trouble(id, asked.as_str()),
        code_url,
        change_url,
        password_url,
        page,
    };
    visitor.show(&answer)
}

fn said(fate: Option<Fate>, page: &Page) -> Message {
    match fate {
        Some(Fate { told, at }) => Message { told: Some(told), at: page.clock(at) },
        None => Message { told: None, at: Moment { shown: String::new(), iso: String::new() } },
    }
}
