//! Passwords that were stolen somewhere: refused on every page that sets one, by a file of the operator's and by a service that
//! is told five digits; and nobody is kept out where neither answers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use keyhouse::breached::build::build;
use keyhouse::security::random;
use keyhouse::store::events::EventKind;
use keyhouse::store::passwords;
use reqwest::StatusCode;

use super::{ALL, Place, refused};
use crate::both;
use crate::harness::Site;
use crate::harness::flows;
use crate::life::password_steps::{EMAIL, kinds, opens};

const FILE: &str = "KEYHOUSE_PASSWORDS__BREACHED__FILE";
const SERVICE: &str = "KEYHOUSE_PASSWORDS__BREACHED__RANGE_URL";
const INSIDE: (&str, &str) = ("KEYHOUSE_PASSWORDS__BREACHED__PRIVATE_ADDRESSES", "true");

/// Good as it looks, but stolen.
const STOLEN: &str = "violet tin 47 zebra";
/// As good, and not.
const GOOD: &str = "yellow pan 52 giraffe";
const WEEK: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 60 * 60);
const STOLEN_SAYS: &str = "stolen somewhere";

/// `SHA1(STOLEN)` as capital hexadecimal digits, and that of its kind.
fn sha1(password: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// How often mina was told by mail that her password was stolen.
async fn told(site: &Site) -> usize {
    let told = site.notices_to(EMAIL).await;
    told.iter().filter(|message| message.text.contains("on a list of passwords that were stolen")).count()
}

/// A folder of its own, which goes when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("keyhouse-stolen-{}", random::identifier()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// A file of these passwords.
    fn breached(&self, passwords: &str) -> String {
        let list = self.0.join("list");
        std::fs::write(&list, passwords).unwrap();
        build(&[list], &self.0.join("breached"), 1, |_| {}).unwrap();
        self.path("breached")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A range service: it answers every request with what it was told, and keeps the heads of requests.
struct Range {
    url: String,
    told: Arc<Mutex<Option<String>>>,
    heads: Arc<Mutex<Vec<String>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Range {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/range/", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Some(String::new())));
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let (own_told, own_heads) = (Arc::clone(&told), Arc::clone(&heads));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(answer) = own_told.lock().unwrap().clone() else { return };
                let mut reader = BufReader::new(stream.unwrap());
                let (mut head, mut line) = (String::new(), String::new());
                while reader.read_line(&mut line).unwrap_or(0) > 0 && line != "\r\n" {
                    head.push_str(&line);
                    line.clear();
                }
                own_heads.lock().unwrap().push(head);
                let _ = reader.get_mut().write_all(answer.as_bytes());
            }
        });
        Self { url, told, heads, thread: Some(thread) }
    }

    fn answer(&self, status: &str, body: &str) {
        let length = body.len();
        let text = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        *self.told.lock().unwrap() = Some(text);
    }

    fn heads(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        *self.told.lock().unwrap() = None;
        let _ = TcpStream::connect(self.url.trim_start_matches("http://").trim_end_matches("/range/"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

both! {
    async fn what_the_file_has_is_refused_on_every_page_that_sets_one(database) {
        let folder = Folder::new();
        let file = folder.breached(&format!("{}:3\n", sha1(STOLEN)));
        let site = Site::with(database, &[(FILE, &file)]).await;
        flows::mina(&site).await;
        for action in ALL {
            let mut place = Place::at(&site, action).await;
            refused(&place.choose(STOLEN).await, STOLEN, STOLEN_SAYS);
            // The same letters in full width are the same password.
            refused(&place.choose("ｖｉｏｌｅｔ tin 47 zebra").await, STOLEN, STOLEN_SAYS);
            let told = place.measure(STOLEN).await.json();
            assert_eq!(told["level"], 0, "the meter praises nothing that the form refuses: {told}");
            assert!(told["text"].as_str().unwrap().contains(STOLEN_SAYS));
            assert_eq!(place.choose(GOOD).await.status, StatusCode::SEE_OTHER);
        }
        let made = |password: &str, email: &str| {
            let secret = folder.path("secret");
            std::fs::write(&secret, password).unwrap();
            let arguments = ["account", "create", "--name", "Zoe", "--email", email, "--password-file", &secret];
            arguments.map(str::to_owned)
        };
        let arguments = made(STOLEN, "zoe@lantern.example");
        let refused = site.command(&arguments.each_ref().map(String::as_str)).await;
        assert!(!refused.is_done && refused.error.contains("stolen") && !refused.error.contains(STOLEN), "{refused:?}");
        let arguments = made(GOOD, "zoe@lantern.example");
        assert!(site.command(&arguments.each_ref().map(String::as_str)).await.is_done);
    }

    async fn whoever_signs_in_with_a_stolen_one_gets_in_and_is_told_once(database) {
        let folder = Folder::new();
        let file = folder.breached(flows::PASSWORD);
        let site = Site::with(database, &[(FILE, &file)]).await;
        let account = flows::mina(&site).await;
        assert!(!opens(&site, EMAIL, "wrong horse battery").await);
        site.app.beside.idle().await;
        assert_eq!(told(&site).await, 0, "nobody has signed in");
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        site.app.beside.idle().await;
        assert_eq!(told(&site).await, 1);
        site.advance(WEEK);
        let mut browser = flows::minas_browser(&site).await;
        site.app.beside.idle().await;
        assert_eq!(told(&site).await, 1, "once");
        assert!(kinds(&site, account.id).await.contains(&EventKind::PasswordStolen));
        for page in ["/account", "/account/security"] {
            let page = browser.get(page).await;
            assert!(page.body.contains("Next: choose another password") && page.body.contains("Protection: weak"), "{}", page.body);
        }
        // Another one takes the warning away.
        let page = browser.get("/account/security/password").await;
        browser.submit(&page, "/account/security/password", &[("password", GOOD)]).await;
        let page = browser.get("/account/security").await;
        assert!(!page.body.contains("Next: choose another password"), "{}", page.body);
        assert!(opens(&site, EMAIL, GOOD).await);
        site.app.beside.idle().await;
        assert_eq!(told(&site).await, 1);
    }

    async fn a_password_that_was_chosen_meanwhile_is_not_called_stolen(database) {
        let range = Range::start();
        let site = Site::with(database, &[(SERVICE, &range.url), INSIDE]).await;
        let account = flows::mina(&site).await;
        let changed_at = site.app.store.read(move |c| passwords::changed_at(c, account.id)).await.unwrap().unwrap();
        let later = site.now().plus(WEEK);
        let noted = site.app.store.write(move |c| {
            let other = changed_at.plus(std::time::Duration::from_millis(1));
            let first = passwords::note_breached(c, account.id, other, later)?;
            Ok((first, passwords::note_breached(c, account.id, changed_at, later)?, passwords::note_breached(c, account.id, changed_at, later)?))
        });
        assert_eq!(noted.await.unwrap(), (false, true, false));
    }

    async fn the_service_is_asked_about_a_password_in_use_until_it_answers_and_once_a_week(database) {
        let range = Range::start();
        let site = Site::with(database, &[(SERVICE, &range.url), INSIDE]).await;
        flows::mina(&site).await;
        let hash = sha1(flows::PASSWORD);
        range.answer("500 Internal Server Error", "");
        // Where it could not say, once an hour; where it did, once a week.
        for (passed, asked) in [(0, 1), (3599, 0), (1, 1), (3600, 1), (WEEK.as_secs() - 1, 0), (1, 1)] {
            if passed == 3600 {
                range.answer("200 OK", "");
            }
            site.advance(std::time::Duration::from_secs(passed));
            assert!(opens(&site, EMAIL, flows::PASSWORD).await, "it keeps nobody out");
            site.app.beside.idle().await;
            assert_eq!(range.heads().len(), asked, "after {passed} more seconds");
        }
        assert_eq!(told(&site).await, 0);
        range.answer("200 OK", &format!("{}:7\r\n", &hash[5..]));
        site.advance(WEEK);
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        site.app.beside.idle().await;
        assert_eq!(told(&site).await, 1);
        range.heads();
        site.advance(WEEK);
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        site.app.beside.idle().await;
        assert!(range.heads().is_empty(), "it is known");
    }

    async fn the_command_makes_the_file_and_a_running_server_takes_a_changed_one(database) {
        let folder = Folder::new();
        let site = Site::with(database, &[(FILE, &folder.breached("something else"))]).await;
        flows::mina(&site).await;
        let mut place = Place::account(&site).await;
        assert_eq!(place.measure(STOLEN).await.json()["level"], 3);
        std::fs::write(folder.path("hashes"), format!("{}:2\n{}:1\n", sha1(STOLEN), sha1(GOOD))).unwrap();
        let (hashes, output) = (folder.path("hashes"), folder.path("breached"));
        let arguments = ["breached-passwords", "build", &hashes, "--output", &output, "--at-least", "2", "--json"];
        let built = site.command(&arguments).await.json();
        assert_eq!((&built["passwords"], &built["lines"], &built["rare"]), (&1.into(), &1.into(), &1.into()));
        assert_eq!(place.measure(STOLEN).await.json()["level"], 0);
        assert_eq!(place.measure(GOOD).await.json()["level"], 3, "it was seen once only");
        // One that is damaged does not take the place of what is good.
        std::fs::write(folder.path("damaged"), "no such file").unwrap();
        std::fs::rename(folder.path("damaged"), folder.path("breached")).unwrap();
        assert_eq!(place.measure(STOLEN).await.json()["level"], 0);
    }

    async fn a_file_that_is_none_stops_the_start(database) {
        let folder = Folder::new();
        std::fs::write(folder.path("text"), "password\n".repeat(20)).unwrap();
        let site = Site::start(database).await;
        for (name, said) in [("text", "breached-passwords build"), ("none", "cannot be read")] {
            let refusal = site.node_with(&[(FILE, &folder.path(name))]).await.err().unwrap().to_string();
            assert!(refusal.contains(said), "{refusal}");
        }
    }

    async fn the_service_is_told_five_digits_and_its_answer_counts(database) {
        let range = Range::start();
        let site = Site::with(database, &[(SERVICE, &range.url), INSIDE]).await;
        flows::mina(&site).await;
        let hash = sha1(STOLEN);
        let (first, rest) = hash.split_at(5);
        range.answer("200 OK", &format!("0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n{rest}:7\r\n"));
        for action in ALL {
            let mut place = Place::at(&site, action).await;
            range.heads();
            refused(&place.choose(STOLEN).await, STOLEN, STOLEN_SAYS);
            let heads = range.heads();
            let [head] = heads.as_slice() else { panic!("{heads:?}") };
            let lower = head.to_lowercase();
            assert!(head.starts_with(&format!("GET /range/{first} HTTP/1.1\r\n")), "{head}");
            assert!(lower.contains("add-padding: true"), "{head}");
            let rest = rest.to_lowercase();
            for secret in [rest.as_str(), STOLEN, "cookie", "referer", "mina"] {
                assert!(!lower.contains(secret), "{secret}: {head}");
            }
            // Nothing half typed goes there, and nothing that is refused anyhow.
            assert_ne!(place.measure(STOLEN).await.json()["level"], 0);
            place.choose("password").await;
            assert!(range.heads().is_empty());
            assert_eq!(place.choose(GOOD).await.status, StatusCode::SEE_OTHER);
        }
        let (folder, name) = (Folder::new(), ["account", "create", "--name", "Zoe", "--email", "zoe@lantern.example"]);
        let secret = folder.path("secret");
        std::fs::write(&secret, STOLEN).unwrap();
        let refused = site.command(&[&name[..], &["--password-file", &secret]].concat()).await;
        assert!(!refused.is_done && refused.error.contains("stolen"), "{refused:?}");
    }

    async fn padding_is_no_find(database) {
        let range = Range::start();
        let site = Site::with(database, &[(SERVICE, &range.url), INSIDE]).await;
        flows::mina(&site).await;
        let hash = sha1(STOLEN);
        range.answer("200 OK", &format!("{}:0\r\n", &hash[5..]));
        assert_eq!(Place::account(&site).await.choose(STOLEN).await.status, StatusCode::SEE_OTHER);
    }

    async fn a_service_that_fails_keeps_nobody_from_a_password(database) {
        let range = Range::start();
        let site = Site::with(database, &[(SERVICE, &range.url), INSIDE, ("KEYHOUSE_PASSWORDS__BREACHED__TIMEOUT_SECONDS", "1")]).await;
        flows::mina(&site).await;
        let hash = sha1(STOLEN);
        let found = format!("{}:7\r\n", &hash[5..]);
        let mut place = Place::account(&site).await;
        range.heads();
        for (status, body) in [
            ("500 Internal Server Error", found.clone()),
            ("302 Found\r\nLocation: http://127.0.0.1:1/", found.clone()),
            ("429 Too Many Requests", String::new()),
            ("200 OK", "x".repeat(600 * 1024)),
            // Broken off before its first part.
            ("200 OK\r\nTransfer-Encoding: chunked", String::new()),
        ] {
            range.answer(status, &body);
            let done = place.choose(STOLEN).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{status}: {}", done.body);
            assert_eq!(range.heads().len(), 1, "it was asked once");
        }
        drop(range);
        assert_eq!(place.choose(STOLEN).await.status, StatusCode::SEE_OTHER, "nobody is there");
    }

    async fn an_address_inside_is_asked_only_where_the_operator_says_so(database) {
        let range = Range::start();
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let folder = std::env::temp_dir();
        let arguments = ["account", "show", EMAIL];
        let refused = site.command_with(&arguments, &[(SERVICE, &range.url)]).await;
        assert!(!refused.is_done && refused.error.contains("passwords.breached.range_url"), "{refused:?}");
        // By a name that leads inside, nothing is sent.
        let port = range.url.split(':').nth(2).unwrap().split('/').next().unwrap();
        let secret = folder.join(format!("keyhouse-secret-{}", random::identifier()));
        std::fs::write(&secret, STOLEN).unwrap();
        let path = secret.display().to_string();
        let arguments = ["account", "create", "--name", "Zoe", "--email", "zoe@lantern.example", "--password-file", &path];
        let done = site.command_with(&arguments, &[(SERVICE, &format!("https://localhost:{port}/range/"))]).await;
        std::fs::remove_file(&secret).unwrap();
        assert!(done.is_done, "{done:?}");
        assert!(range.heads().is_empty());
    }
}
