//! An app in this process and a browser that keeps its cookies.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, LOCATION};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use openidconnect::http::Request;

use crate::config::{AppKind, Config};
use crate::rp::http::HttpClient;
use crate::state::AppState;
use crate::testing::issuer::{CLIENT_ID, CLIENT_SECRET, Issuer};
use crate::{page, server};

/// A running app on a port of its own, with a database that goes away with it.
pub struct RunningApp {
    pub url: String,
    pub state: web::Data<AppState>,
    database: PathBuf,
}

impl RunningApp {
    pub async fn start(kind: AppKind, issuer: &Issuer) -> Self {
        Self::start_with(kind, issuer, "http://127.0.0.1:9/api").await
    }

    /// `cloud` is the resource that notes uses.
    pub async fn start_with(kind: AppKind, issuer: &Issuer, cloud: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let database = std::env::temp_dir().join(format!("flagship-test-{}.sqlite", crate::random::token().unwrap()));
        let own = match kind {
            AppKind::Cloud => format!("resource = '{url}/api'"),
            AppKind::Community => String::new(),
            AppKind::Notes => format!("cloud_api = '{cloud}'\ncloud_resource = '{cloud}'"),
        };
        let text = format!(
            "listen = '127.0.0.1:0'\npublic_url = '{url}'\nissuer = '{}'\nclient_id = '{CLIENT_ID}'\n\
             client_secret = '{CLIENT_SECRET}'\ndatabase = '{}'\nname = 'App'\n{own}",
            issuer.url,
            database.display()
        );
        let state = web::Data::new(AppState::open(Config::parse(kind, &text).unwrap()).unwrap());
        let served = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(served.clone())
                .configure(move |routes| server::configure(kind, routes))
                .wrap(from_fn(page::finish))
        });
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        Self { url, state, database }
    }
}

impl RunningApp {
    /// The files of its database that there are, but for the index of the log, which has no rows.
    pub fn files(&self) -> Vec<PathBuf> {
        let all = ["", "-wal"].map(|end| PathBuf::from(format!("{}{end}", self.database.display())));
        all.into_iter().filter(|file| file.exists()).collect()
    }
}

impl Drop for RunningApp {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.database.display()));
        }
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The token of the page's forms.
    pub fn csrf(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"").expect("the page has a form");
        rest.split('"').next().unwrap().to_owned()
    }

    /// The first link or form target that begins like this.
    pub fn link(&self, beginning: &str) -> String {
        let at = self.body.find(&format!("\"{beginning}")).unwrap_or_else(|| panic!("{beginning} in {}", self.body));
        self.body[at + 1..].split('"').next().unwrap().to_owned()
    }
}

/// A browser that is used with one app.
pub struct Browser<'a> {
    app: &'a RunningApp,
    http: HttpClient,
    pub cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a RunningApp) -> Self {
        Self { app, http: HttpClient::new().unwrap(), cookies: BTreeMap::new() }
    }

    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let address = if path.starts_with('/') { format!("{}{path}", self.app.url) } else { path.to_owned() };
        let own = address.starts_with(&self.app.url);
        let mut request = Request::builder().method(method).uri(address);
        if own && !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.http.send(request.body(body).unwrap(), 20 * 1024 * 1024).await.unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in answer.headers() {
            headers.append(
                name.as_str().parse().unwrap(),
                actix_web::http::header::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        if own {
            self.keep_cookies(&headers);
        }
        let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
        Answer { status, headers, body: String::from_utf8_lossy(answer.body()).into_owned() }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all("set-cookie") {
            let cookie = Cookie::parse(cookie.to_str().unwrap().to_owned()).unwrap();
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], Vec::new()).await
    }

    /// A form, sent as browsers send it.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let origin = self.app.url.clone();
        let headers = [("origin", origin.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &headers, body.into_bytes()).await
    }

    /// Follows redirects, through the issuer too, to the page at their end.
    pub async fn open(&mut self, path: &str) -> Answer {
        let answer = self.get(path).await;
        self.follow(answer).await
    }

    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            if answer.status != StatusCode::SEE_OTHER {
                return answer;
            }
            let location = answer.location().to_owned();
            answer = self.get(&location).await;
        }
        panic!("too many redirects");
    }

    /// Signed in, on the app's first page.
    pub async fn sign_in(&mut self) -> Answer {
        let page = self.open("/signin").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("Sign out"), "{}", page.body);
        page
    }
}
