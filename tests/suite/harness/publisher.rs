//! A place where an app publishes something: it answers every request with what it was last told, and counts.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A whole answer of HTTP/1.1 after the version.
type Told = Arc<Mutex<String>>;

/// A running one. It stops when this is dropped.
pub struct Publisher {
    /// Where it answers.
    pub url: String,
    told: Told,
    calls: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Publisher {
    /// Starts one that answers 404.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/published", listener.local_addr().unwrap());
        let told: Told = Arc::default();
        let (calls, stop): (Arc<AtomicUsize>, Arc<AtomicBool>) = Default::default();
        let (own_told, own_calls, own_stop) = (Arc::clone(&told), Arc::clone(&calls), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own_stop.load(Ordering::SeqCst) {
                    return;
                }
                own_calls.fetch_add(1, Ordering::SeqCst);
                answer(stream.unwrap(), &own_told.lock().unwrap());
            }
        });
        let publisher = Self { url, told, calls, stop, thread: Some(thread) };
        publisher.answer("404 Not Found", "text/plain", "");
        publisher
    }

    /// What it answers from now on.
    pub fn answer(&self, status: &str, media_type: &str, body: &str) {
        let length = body.len();
        let headers = format!("Location: {}\r\nContent-Type: {media_type}\r\nContent-Length: {length}", self.url);
        *self.told.lock().unwrap() = format!("{status}\r\n{headers}\r\nConnection: close\r\n\r\n{body}");
    }

    /// Publishes JSON.
    pub fn json(&self, value: &serde_json::Value) {
        self.answer("200 OK", "application/json", &value.to_string());
    }

    /// How often it was asked.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://").trim_end_matches("/published"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(stream: TcpStream, told: &str) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap_or(0) > 0 && line != "\r\n" {
        line.clear();
    }
    // Whoever has heard enough hangs up.
    let _ = write!(reader.get_mut(), "HTTP/1.1 {told}");
}
