//! A mail server, as small as can be: it answers recipients with what the test says, and keeps what it took.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What it answers to `RCPT`: the whole line.
type Judge = Box<dyn Fn(&str) -> &'static str + Send>;

/// A running one. It ends with the test's runtime.
pub struct Smtp {
    /// Where it listens.
    pub port: u16,
    judge: Arc<Mutex<Judge>>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Smtp {
    /// Starts one that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let judge: Arc<Mutex<Judge>> = Arc::new(Mutex::new(Box::new(|_| "250 ok")));
        let taken = Arc::new(Mutex::new(Vec::new()));
        let (for_server, kept) = (Arc::clone(&judge), Arc::clone(&taken));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(talk(stream, Arc::clone(&for_server), Arc::clone(&kept)));
            }
        });
        Self { port, judge, taken }
    }

    /// What it answers to recipients from now on.
    pub fn answer(&self, judge: impl Fn(&str) -> &'static str + Send + 'static) {
        *self.judge.lock().unwrap() = Box::new(judge);
    }

    /// The mails it took so far, whole.
    pub fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

async fn talk(stream: TcpStream, judge: Arc<Mutex<Judge>>, taken: Arc<Mutex<Vec<String>>>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.lantern.example ready\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
        let command = std::mem::take(&mut line).trim_end().to_owned();
        let answer = match command.split([' ', ':']).next().unwrap() {
            "RCPT" => judge.lock().unwrap()(&command),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") && stream.read_line(&mut mail).await.unwrap_or(0) > 0 {}
                taken.lock().unwrap().push(mail);
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        let _ = stream.write_all(format!("{answer}\r\n").as_bytes()).await;
    }
}
