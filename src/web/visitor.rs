//! Whoever looks at a page: their language and theme, the form cookie of their browser, and how a page is answered.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::client_address::ClientAddress;
use super::cookies::{self, CookieKind};
use super::error::ErrorKind;
use super::error_page::PageError;
use super::page::{Page, TextSize, Theme};
use super::parameters::{Malformed, Parameters};
use super::upload::{self, Sent};
use super::zone::Zone;
use super::{body, csrf, headers};
use crate::app::AppState;
use crate::language::{self, Language};
use crate::security::random;
use crate::store::accounts::Account;

/// One person at one browser, as one request shows them.
pub struct Visitor {
    /// The request, for what is read from it later.
    pub request: HttpRequest,
    /// The app.
    pub app: web::Data<AppState>,
    /// What every page carries.
    pub page: Page,
    binding: String,
    binding_is_new: bool,
    form_action: Option<String>,
    frames: Vec<String>,
}

impl Visitor {
    /// Reads the request. A browser without a form cookie gets one with the page.
    pub fn of(app: &web::Data<AppState>, request: &HttpRequest) -> Self {
        let known = cookies::read(app, request, CookieKind::Form);
        let binding_is_new = known.is_none();
        let binding = known.unwrap_or_else(random::secret);
        let accept = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let chosen = cookies::read(app, request, CookieKind::Language);
        let page = Page {
            brand: app.brand.clone(),
            language: language::negotiate(None, None, chosen.as_deref(), accept, app.default_language),
            theme: cookies::read(app, request, CookieKind::Theme).and_then(|name| Theme::from_name(&name)),
            text_size: cookies::read(app, request, CookieKind::TextSize).and_then(|name| TextSize::from_name(&name)),
            zone: None,
            csrf: app.derived.form_token(&binding),
            path: request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        };
        Self {
            request: request.clone(),
            app: app.clone(),
            page,
            binding,
            binding_is_new,
            form_action: None,
            frames: Vec::new(),
        }
    }

    /// Shows the pages as the account's settings have them, before what the browser would like.
    pub fn with_settings_of(mut self, account: &Account) -> Self {
        if let Some(language) = account.language.as_deref().and_then(Language::from_tag) {
            self.page.language = language;
        }
        if let Some(theme) = account.theme.as_deref() {
            self.page.theme = Theme::from_name(theme);
        }
        if let Some(size) = account.text_size.as_deref() {
            self.page.text_size = TextSize::from_name(size);
        }
        self.page.zone = account.zoneinfo.as_deref().and_then(Zone::from_name);
        self
    }

    /// What an app asked for in `ui_locales` comes before everything else.
    pub fn with_ui_locales(mut self, ui_locales: Option<&str>) -> Self {
        if let Some(language) = ui_locales.and_then(|tags| tags.split_ascii_whitespace().find_map(Language::matching)) {
            self.page.language = language;
        }
        self
    }

    /// Lets the forms of the next page lead, after our own redirect, to this origin or scheme too.
    pub fn allow_form_action(&mut self, source: Option<String>) {
        self.form_action = source;
    }

    /// Lets the next page frame these origins.
    pub fn allow_frames(&mut self, sources: Vec<String>) {
        self.frames = sources;
    }

    /// SHA-256 of the form cookie: what attempts and requests of this browser are bound to.
    pub fn binding_digest(&self) -> Vec<u8> {
        random::sha256(&self.binding)
    }

    /// The value of another cookie.
    pub fn cookie(&self, kind: CookieKind) -> Option<String> {
        cookies::read(&self.app, &self.request, kind)
    }

    /// The query, decoded.
    pub fn query(&self) -> Result<Parameters, PageError> {
        Parameters::parse(self.request.query_string().as_bytes()).map_err(|Malformed| ErrorKind::Unreadable.into())
    }

    /// Reads a posted form and refuses what is not ours.
    pub async fn form(&self, payload: web::Payload) -> Result<Parameters, PageError> {
        self.form_with_several(payload, &[]).await
    }

    /// The same where some fields may come more than once: boxes that are ticked.
    pub async fn form_with_several(&self, payload: web::Payload, several: &[&str]) -> Result<Parameters, PageError> {
        let form = body::form(&self.app, &self.request, payload).await?;
        self.checked(&form, several)?;
        Ok(form)
    }

    fn checked(&self, form: &Parameters, several: &[&str]) -> Result<(), PageError> {
        let binding = (!self.binding_is_new).then_some(self.binding.as_str());
        if !csrf::is_own_form(&self.app, &self.request, form, binding) {
            return Err(ErrorKind::Forged.into());
        }
        if form.repeated(several).is_some() {
            return Err(ErrorKind::Unreadable.into());
        }
        Ok(())
    }

    /// Reads a posted form with a file, of at most `longest` bytes, and refuses what is not ours. A plain form brings none.
    pub async fn upload(&self, payload: web::Payload, name: &str, longest: usize) -> Result<Sent, PageError> {
        if !upload::is_upload(&self.request) {
            self.form(payload).await?;
            return Ok(Sent::Nothing);
        }
        let (form, sent) = upload::read(&self.request, payload, name, longest).await?;
        self.checked(&form, &[])?;
        Ok(sent)
    }

    /// What the browser calls itself, which is anybody's text: printable ASCII, not too long.
    pub fn user_agent(&self) -> String {
        let said = self.request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        said.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(256).collect()
    }

    /// The IP address this request comes from, for the person's own history; empty where it is not known.
    pub fn network(&self) -> String {
        let address = ClientAddress::of(&self.request, &self.app.config.server.trusted_proxies);
        address.map(|address| address.ip().to_string()).unwrap_or_default()
    }

    /// The block of addresses this request counts for.
    pub fn address_block(&self) -> String {
        ClientAddress::limit_key(&self.request, &self.app.config.server.trusted_proxies)
    }

    /// The network around it, of which one tenant or one attacker may have all.
    pub fn neighbourhood(&self) -> String {
        ClientAddress::neighbourhood_key(&self.request, &self.app.config.server.trusted_proxies)
    }

    /// Answers with a page.
    pub fn show<T: Template>(&self, template: &T) -> Result<HttpResponse, PageError> {
        self.show_as(StatusCode::OK, template)
    }

    /// Answers with a page whose form leads to this origin or scheme.
    pub fn show_leading_to<T: Template>(&self, source: Option<&str>, template: &T) -> Result<HttpResponse, PageError> {
        self.rendered(StatusCode::OK, template, source)
    }

    /// Answers with a page and a status of its own.
    pub fn show_as<T: Template>(&self, status: StatusCode, template: &T) -> Result<HttpResponse, PageError> {
        self.rendered(status, template, self.form_action.as_deref())
    }

    fn rendered<T: Template>(
        &self,
        status: StatusCode,
        template: &T,
        form_action: Option<&str>,
    ) -> Result<HttpResponse, PageError> {
        let html = template.render().map_err(|error| {
            tracing::error!(%error, "a page could not be rendered");
            PageError::of(ErrorKind::Internal)
        })?;
        let mut answer = HttpResponse::build(status);
        answer
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_SECURITY_POLICY, headers::page_policy(form_action, &self.frames)));
        if form_action.is_some() {
            // Pages of an authorization request may be a popup of the app that asks.
            answer.insert_header((headers::OPENER_POLICY, "unsafe-none"));
        }
        if self.binding_is_new {
            answer.cookie(self.form_cookie());
        }
        Ok(answer.body(html))
    }

    /// The form cookie, for answers that are no pages but must bind this browser.
    pub fn form_cookie(&self) -> Cookie<'static> {
        cookies::set(&self.app, CookieKind::Form, self.binding.clone(), None)
    }

    /// Answers a script of ours with JSON that is written already.
    pub fn json(&self, body: String) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        answer.content_type("application/json").insert_header((CACHE_CONTROL, "no-store"));
        answer.body(body)
    }

    /// Goes on to a local page: always 303, so that no browser posts again.
    pub fn go(&self, to: &str, set: impl IntoIterator<Item = Cookie<'static>>) -> HttpResponse {
        let mut answer = HttpResponse::SeeOther();
        answer.insert_header((LOCATION, to)).insert_header((CACHE_CONTROL, "no-store"));
        if self.binding_is_new {
            answer.cookie(self.form_cookie());
        }
        for cookie in set {
            answer.cookie(cookie);
        }
        answer.finish()
    }
}
