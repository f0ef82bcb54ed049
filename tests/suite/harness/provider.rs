//! A provider of OpenID Connect that says whatever a test wants: good ID tokens, forged ones, errors. The person's half of it is
//! the test's own: it reads where the browser was sent, and comes back.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::Site;
use super::signer::{Signer, changed};

/// What this house is called there, and its secret.
pub const CLIENT: &str = "keyhouse";
pub const SECRET: &str = "a secret that is long enough for an HMAC of 256 bits";
/// Who signs in there.
pub const SUBJECT: &str = "mina-elsewhere";

/// A request it had: its headers, as they came, and its body.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub headers: String,
    pub body: String,
}

#[derive(Default)]
struct Told {
    answers: HashMap<String, (String, String)>,
    heard: HashMap<String, Vec<Heard>>,
}

/// A running one. It stops when this is dropped.
pub struct Provider {
    pub issuer: String,
    pub signer: Signer,
    told: Arc<Mutex<Told>>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Provider {
    /// Starts one that does what it should.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let told: Arc<Mutex<Told>> = Arc::default();
        let stop: Arc<AtomicBool> = Arc::default();
        let (own_told, own_stop) = (Arc::clone(&told), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own_stop.load(Ordering::SeqCst) {
                    return;
                }
                answer(stream.unwrap(), &own_told);
            }
        });
        let provider = Self { issuer, signer: Signer::new("ES256"), told, stop, thread: Some(thread) };
        provider.says_of_itself(&json!({}));
        provider.publishes(&provider.signer.jwks());
        provider.answers("/token", "400 Bad Request", &json!({"error": "invalid_grant"}));
        provider
    }

    /// Its metadata, with changes.
    pub fn says_of_itself(&self, change: &Value) {
        let issuer = &self.issuer;
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": true,
        });
        self.answers("/.well-known/openid-configuration", "200 OK", &changed(metadata, change));
    }

    /// Its key set.
    pub fn publishes(&self, jwks: &Value) {
        self.answers("/jwks", "200 OK", jwks);
    }

    /// What it answers at a path from now on.
    pub fn answers(&self, path: &str, status: &str, body: &Value) {
        let answer = (status.to_owned(), body.to_string());
        self.told.lock().unwrap().answers.insert(path.to_owned(), answer);
    }

    /// The ID token that it gives for the next code.
    pub fn gives(&self, id_token: &str) {
        let answer = json!({"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": id_token});
        self.answers("/token", "200 OK", &answer);
    }

    /// The claims of a good ID token.
    pub fn claims(&self, site: &Site, nonce: &str) -> Value {
        let now = site.now().seconds();
        json!({
            "iss": self.issuer, "sub": SUBJECT, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce,
            "email": "mina@lantern.example", "email_verified": true,
        })
    }

    /// What it heard at a path.
    pub fn heard(&self, path: &str) -> Vec<Heard> {
        self.told.lock().unwrap().heard.get(path).cloned().unwrap_or_default()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.issuer.trim_start_matches("http://"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Takes one request of one connection.
fn answer(stream: TcpStream, told: &Mutex<Told>) {
    let mut reader = BufReader::new(stream);
    let (mut heard, mut path, mut length) = (Heard::default(), String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if path.is_empty() {
            path = line.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        heard.headers.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    heard.body = String::from_utf8(body).unwrap();
    let mut told = told.lock().unwrap();
    told.heard.entry(path.clone()).or_default().push(heard);
    let (status, body) = told.answers.get(&path).cloned().unwrap_or(("404 Not Found".to_owned(), String::new()));
    let length = body.len();
    let headers = format!("Location: /elsewhere\r\nContent-Type: application/json\r\nContent-Length: {length}");
    // Whoever has heard enough hangs up.
    let _ = write!(reader.get_mut(), "HTTP/1.1 {status}\r\n{headers}\r\nConnection: close\r\n\r\n{body}");
}
