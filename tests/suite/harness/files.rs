//! Files that an app's server holds: it answers GET with what the test put at a path.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

type Held = BTreeMap<String, Vec<u8>>;

/// A running one. It stops when this is dropped.
pub struct Files {
    /// `http://127.0.0.1:port`.
    pub base: String,
    held: Arc<Mutex<Option<Held>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Files {
    /// Starts one that holds nothing: every path is 404.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let held = Arc::new(Mutex::new(Some(Held::new())));
        let shared = Arc::clone(&held);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                match &*shared.lock().unwrap() {
                    Some(held) => answer(stream.unwrap(), held),
                    None => return,
                }
            }
        });
        Self { base, held, thread: Some(thread) }
    }

    /// Holds `bytes` at `path` from now on; gives the address.
    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) -> String {
        self.held.lock().unwrap().as_mut().unwrap().insert(path.to_owned(), bytes.into());
        format!("{}{path}", self.base)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        *self.held.lock().unwrap() = None;
        let _ = TcpStream::connect(self.base.trim_start_matches("http://"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers the one request of a connection. A path that begins with `/moved` leads elsewhere.
fn answer(stream: TcpStream, held: &Held) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap_or(0) > 0 && line != "\r\n" {
        if first.is_empty() {
            first.clone_from(&line);
        }
        line.clear();
    }
    let path = first.split(' ').nth(1).unwrap_or_default();
    let (status, more, body): (_, String, &[u8]) = match (held.get(path), path.strip_prefix("/moved")) {
        (Some(body), _) => ("200 OK", String::new(), body),
        (None, Some(rest)) => ("302 Found", format!("Location: {rest}\r\n"), &[]),
        (None, None) => ("404 Not Found", String::new(), &[]),
    };
    let head = format!("HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = reader.get_mut().write_all(head.as_bytes());
    let _ = reader.get_mut().write_all(body);
}
