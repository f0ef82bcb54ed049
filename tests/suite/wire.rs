//! What no HTTP client sends: requests byte by byte over a socket. Each gets an answer or a closed connection, soon.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::Site;
use crate::harness::database::Database;

/// Far beyond every limit that is set: only a connection that hangs meets it.
const HANGS: Duration = Duration::from_secs(60);

/// Sends these bytes and nothing more; gives everything that comes until the server closes.
async fn exchange(site: &Site, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(site.base.trim_start_matches("http://")).await.unwrap();
    // The server may have closed already when the last of them go out.
    let _ = stream.write_all(sent).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(HANGS, stream.read_to_end(&mut answer)).await.expect("the connection hangs");
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or(answer)
}

async fn impatient() -> Site {
    let settings = [
        ("KEYHOUSE_SERVER__HEADER_TIMEOUT_SECONDS", "1"),
        ("KEYHOUSE_SERVER__BODY_TIMEOUT_SECONDS", "1"),
        ("KEYHOUSE_SERVER__KEEP_ALIVE_SECONDS", "1"),
    ];
    Site::with(Database::sqlite(), &settings).await
}

#[tokio::test]
async fn slow_headers_are_not_waited_for() {
    let site = impatient().await;
    for begun in ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let answer = exchange(&site, begun.as_bytes()).await;
        assert!(answer.is_empty() || status(&answer) == "408", "{begun:?}: {answer}");
    }
}

#[tokio::test]
async fn slow_bodies_are_not_waited_for() {
    let site = impatient().await;
    for (path, kind) in [("/signin", "text/html"), ("/oauth/token", "application/json")] {
        let begun = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\na=b"
        );
        let answer = exchange(&site, begun.as_bytes()).await;
        assert_eq!(status(&answer), "408", "{path}: {answer}");
        assert!(answer.contains(kind), "{path}: {answer}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let site = impatient().await;
    let answer = exchange(&site, b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(status(&answer), "200");
}

#[tokio::test]
async fn a_request_with_two_readings_is_refused() {
    let site = impatient().await;
    let form = "Host: x\r\nContent-Type: application/x-www-form-urlencoded";
    let smuggled = "GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n";
    for headers in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 5, 6",
        "Content-Length: 0x5",
        "Content-Length : 5",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        " Folded: 5",
    ] {
        let request = format!("POST /oauth/token HTTP/1.1\r\n{form}\r\n{headers}\r\n\r\n0\r\n\r\n{smuggled}");
        let answer = exchange(&site, request.as_bytes()).await;
        assert_eq!(status(&answer), "400", "{headers}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{headers}: {answer}");
    }
}

#[tokio::test]
async fn oversized_and_broken_requests_are_refused() {
    let site = impatient().await;
    let long = "x".repeat(300_000);
    let many = (0..500).map(|number| format!("X-{number}: 1\r\n")).collect::<String>();
    for request in [
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\nCookie: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n".to_owned(),
        "GET /\u{7f}\r\n\r\n".to_owned(),
        "\0\0\0\0\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let answer = exchange(&site, request.as_bytes()).await;
        let refused = answer.is_empty() || ["400", "414", "431", "505"].contains(&status(&answer));
        assert!(refused, "{:.60}: {answer}", request);
    }
    assert_eq!(status(&exchange(&site, b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").await), "200");
}

#[tokio::test]
async fn a_foreign_host_changes_no_address() {
    let site = impatient().await;
    for request in [
        "GET /.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example\r\n",
        "GET http://evil.example/.well-known/openid-configuration HTTP/1.1\r\nHost: evil.example\r\n",
        "GET /account HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n",
        "GET /signin HTTP/1.1\r\nHost: evil.example\r\nX-Original-URL: /evil.example\r\nX-Forwarded-Prefix: /evil.example\r\n",
    ] {
        let answer = exchange(&site, format!("{request}\r\n").as_bytes()).await;
        assert!(["200", "303"].contains(&status(&answer)) && !answer.contains("evil.example"), "{answer}");
    }
}
