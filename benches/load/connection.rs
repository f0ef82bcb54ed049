//! One keep-alive HTTP/1.1 connection over loopback, made to cost the client little: the load client shares the
//! machine with the server that it measures. One request at a time, no TLS, no pipelining.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Outcome, fault};

/// A connection that is opened by the first request and again after the server closed it.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    received: Vec<u8>,
    /// The body of a chunked answer, put together.
    joined: Vec<u8>,
}

/// An answer, borrowed from the connection until the next request.
pub struct Answer<'a> {
    pub status: u16,
    head: &'a str,
    body: &'a [u8],
}

/// Where the head ends and how the body is delimited.
struct Head {
    end: usize,
    status: u16,
    length: Option<usize>,
    chunked: bool,
    close: bool,
}

impl Connection {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, received: Vec::with_capacity(16 * 1024), joined: Vec::new() }
    }

    /// Sends a whole request and reads its whole answer.
    pub async fn send(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        self.received.clear();
        self.joined.clear();
        stream.write_all(request).await?;
        let head = loop {
            if let Some(head) = read_head(&self.received)? {
                break head;
            }
            receive(&mut stream, &mut self.received).await?;
        };
        let chunked = head.chunked;
        let end = if chunked {
            self.join_chunks(&mut stream, head.end).await?
        } else {
            let end = head.end + head.length.unwrap_or(0);
            while self.received.len() < end {
                receive(&mut stream, &mut self.received).await?;
            }
            end
        };
        if !head.close {
            self.stream = Some(stream);
        }
        let text = self.received.get(..head.end).unwrap_or_default();
        let plain = self.received.get(head.end..end).unwrap_or_default();
        Ok(Answer {
            status: head.status,
            head: std::str::from_utf8(text)?,
            body: if chunked { &self.joined } else { plain },
        })
    }

    /// Reads a chunked body to its end and returns where that was.
    async fn join_chunks(&mut self, stream: &mut TcpStream, start: usize) -> Outcome<usize> {
        let mut at = start;
        loop {
            let line_end = loop {
                let rest = self.received.get(at..).unwrap_or_default();
                if let Some(found) = find(rest, b"\r\n") {
                    break at + found;
                }
                receive(stream, &mut self.received).await?;
            };
            let line = std::str::from_utf8(self.received.get(at..line_end).unwrap_or_default())?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
            let (from, to) = (line_end + 2, line_end + 2 + size);
            while self.received.len() < to + 2 {
                receive(stream, &mut self.received).await?;
            }
            self.joined.extend_from_slice(self.received.get(from..to).unwrap_or_default());
            at = to + 2;
            if size == 0 {
                return Ok(at);
            }
        }
    }
}

impl Answer<'_> {
    /// The body as text; empty when it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.body).unwrap_or_default()
    }

    /// Every value of a header, its name given in lower case.
    pub fn headers<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        header_lines(self.head).filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The first value of a header.
    pub fn header<'b>(&'b self, name: &'b str) -> Option<&'b str> {
        self.headers(name).next()
    }

    /// Refuses every other status, with the beginning of what the server said.
    pub fn expect(&self, status: u16, doing: &str) -> Outcome<()> {
        if self.status == status {
            return Ok(());
        }
        let said: String = self.text().chars().take(300).collect();
        fault(format!("{doing}: status {} instead of {status}: {said}", self.status))
    }
}

async fn receive(stream: &mut TcpStream, into: &mut Vec<u8>) -> Outcome<()> {
    if stream.read_buf(into).await? == 0 {
        return fault("the server closed the connection in the middle of an answer");
    }
    Ok(())
}

fn header_lines(head: &str) -> impl Iterator<Item = (&str, &str)> {
    head.split("\r\n").skip(1).filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim(), value.trim()))
}

fn read_head(received: &[u8]) -> Outcome<Option<Head>> {
    let Some(found) = find(received, b"\r\n\r\n") else {
        return Ok(None);
    };
    let end = found + 4;
    let text = std::str::from_utf8(received.get(..end).unwrap_or_default())?;
    let status = text.get(9..12).unwrap_or_default().parse()?;
    let mut head = Head { end, status, length: None, chunked: false, close: false };
    for (name, value) in header_lines(text) {
        if name.eq_ignore_ascii_case("content-length") {
            head.length = Some(value.parse()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            head.chunked = value.eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("connection") {
            head.close = value.eq_ignore_ascii_case("close");
        }
    }
    Ok(Some(head))
}

fn find(within: &[u8], wanted: &[u8]) -> Option<usize> {
    within.windows(wanted.len()).position(|window| window == wanted)
}
