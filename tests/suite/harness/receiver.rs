//! An app's server, as small as can be: it takes posts, keeps their bodies, and answers with the status it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

/// Tells the thread to end.
const STOP: u16 = 0;

/// A running one. It stops when this is dropped.
pub struct Receiver {
    /// Where it takes posts.
    pub url: String,
    status: Arc<AtomicU16>,
    bodies: mpsc::UnboundedReceiver<(String, String)>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Receiver {
    /// Starts one that answers 200.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/logout", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(200));
        let (sender, bodies) = mpsc::unbounded_channel();
        let told = Arc::clone(&status);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                match told.load(Ordering::SeqCst) {
                    STOP => return,
                    status => take(stream.unwrap(), status, &sender),
                }
            }
        });
        Self { url, status, bodies, thread: Some(thread) }
    }

    /// What it answers from now on.
    pub fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The body of the next post; fails where none comes.
    pub async fn next(&mut self) -> String {
        self.next_typed().await.1
    }

    /// The same with its `Content-Type` before it.
    pub async fn next_typed(&mut self) -> (String, String) {
        tokio::time::timeout(Duration::from_secs(20), self.bodies.recv()).await.expect("nobody called").unwrap()
    }

    /// Whether a post came that was not looked at.
    pub fn has_more(&mut self) -> bool {
        self.bodies.try_recv().is_ok()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.answer(STOP);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://").trim_end_matches("/logout"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Takes one request of one connection.
fn take(stream: TcpStream, status: u16, bodies: &mpsc::UnboundedSender<(String, String)>) {
    let mut reader = BufReader::new(stream);
    let (mut length, mut content_type) = (0, String::new());
    loop {
        let mut line = String::new();
        // A connection without a request.
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-type:") {
            content_type = value.trim().to_owned();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    bodies.send((content_type, String::from_utf8(body).unwrap())).unwrap();
    // The address counts for a 3xx only, and there nobody is to follow it.
    let answer =
        format!("HTTP/1.1 {status} Told\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    reader.get_mut().write_all(answer.as_bytes()).unwrap();
}
