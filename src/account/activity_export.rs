//! What happened to the account as a file: `GET /account/activity/export?format=csv` or `json`, of one topic where `topic` says
//! so. It is read and sent a piece at a time, so that its length costs no memory.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use serde_json::{Map, Value, json};

use super::activity::{self, NEWEST, Named, Place};
use super::activity_words::{Around, Told};
use super::csv;
use crate::app::AppState;
use crate::language::Language;
use crate::session::{self, Refused, SignedIn};
use crate::store::StoreError;
use crate::store::events::{Event, EventTopic};
use crate::web::error::ErrorKind;
use crate::web::visitor::Visitor;

/// Where the file is.
pub const EXPORT: &str = "/account/activity/export";

/// Events of one piece.
const IN_A_PIECE: usize = 500;

/// The columns of the file for spreadsheets, and the members of the other.
const COLUMNS: [&str; 10] = ["at", "topic", "kind", "what", "how", "device", "app", "subject", "place", "address"];

/// What the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

impl Format {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
        }
    }

    const fn disposition(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"activity.csv\"",
            Self::Json => "attachment; filename=\"activity.json\"",
        }
    }
}

/// How far the file is.
struct Progress {
    app: AppState,
    account_id: i64,
    topic: Option<EventTopic>,
    language: Language,
    format: Format,
    /// The piece that is read and not yet written; none at the end.
    next: Option<Named>,
    is_first: bool,
}

/// `GET /account/activity/export`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let query = visitor.query()?;
    let format = match query.get("format") {
        Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        _ => return Err(ErrorKind::Unreadable.into()),
    };
    let mut progress = Progress {
        app: app.get_ref().clone(),
        account_id: account.id,
        topic: activity::asked_topic(&query),
        language: visitor.page.language,
        format,
        next: None,
        is_first: true,
    };
    // Before anything is sent: a store that does not answer is a page that says so, not half a file.
    progress.next = Some(progress.read(NEWEST).await?);
    let pieces = stream::try_unfold(progress, |mut progress| async move {
        let piece = progress.piece().await.inspect_err(|error| {
            tracing::warn!(%error, "a file of somebody's activity was broken off");
        })?;
        Ok::<_, StoreError>(piece.map(|text| (Bytes::from(text), progress)))
    });
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, format.disposition()))
        .streaming(Box::pin(pieces)))
}

impl Progress {
    async fn read(&self, before: Place) -> Result<Named, StoreError> {
        let (account_id, topic) = (self.account_id, self.topic);
        let scan = move |connection: &mut crate::store::Connection| {
            activity::read(connection, account_id, topic, before, IN_A_PIECE)
        };
        self.app.store.scan(scan).await
    }

    /// The next piece of the file; none after its end.
    async fn piece(&mut self) -> Result<Option<String>, StoreError> {
        let Some(found) = self.next.take() else { return Ok(None) };
        let last = found.last().map(|(event, _)| (event.happened_at, event.id));
        if let Some(before) = last.filter(|_| found.len() == IN_A_PIECE) {
            self.next = Some(self.read(before).await?);
        }
        let is_last = self.next.is_none();
        let mut text = String::new();
        if self.is_first {
            text.push_str(&match self.format {
                Format::Csv => format!("{}{}", csv::BYTE_ORDER_MARK, csv::row(COLUMNS)),
                Format::Json => "[".to_owned(),
            });
        }
        for named in found {
            if self.format == Format::Json {
                text.push_str(if self.is_first { "\n" } else { ",\n" });
            }
            self.is_first = false;
            text.push_str(&self.written(named));
        }
        if is_last && self.format == Format::Json {
            text.push_str("\n]\n");
        }
        Ok(Some(text))
    }

    fn written(&self, (event, around): (Event, Around)) -> String {
        let (at, topic, app) = (event.happened_at.rfc3339(), event.topic, around.app.clone());
        let told = activity::told(&self.app, (event, around), self.language);
        let Told { kind, method, device, subject, place, network, .. } = &told;
        let what = told.text(self.language);
        let known = |value: &Option<String>| value.clone().unwrap_or_default();
        let app = told.app.clone().or(app).unwrap_or_default();
        let values = [
            at,
            topic.as_str().to_owned(),
            kind.as_str().to_owned(),
            what,
            known(method),
            known(device),
            app,
            known(subject),
            known(place),
            known(network),
        ];
        match self.format {
            Format::Csv => csv::row(values.iter().map(String::as_str)),
            Format::Json => {
                let members = COLUMNS.into_iter().zip(values).filter(|(_, value)| !value.is_empty());
                let members: Map<String, Value> =
                    members.map(|(name, value)| (name.to_owned(), json!(value))).collect();
                Value::Object(members).to_string()
            }
        }
    }
}
