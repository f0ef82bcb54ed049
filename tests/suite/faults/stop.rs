//! SIGTERM under load: readiness goes first, what is in flight is finished, nobody hears of a fault, and it ends in time.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::load::Load;
use super::process::Program;
use crate::both;

/// As `server.shutdown_seconds` has it, and a little for the end itself.
const IN_TIME: Duration = Duration::from_secs(25);

both! {
    async fn a_stop_under_load_finishes_what_is_in_flight(database) {
        let program = Program::new(&database);
        let load = Load::new(&program, &program.site(&database).await).await;
        let process = program.start().await;
        let mut writers = load.start(8);
        load.more(60, &mut writers).await;
        let mut slow = begun(&program).await;

        process.signal("-TERM");
        while process.readiness().await == Some(StatusCode::OK) {}
        assert_eq!(process.readiness().await, Some(StatusCode::SERVICE_UNAVAILABLE), "while a request is in flight");
        // The writers hold that every answer they get is a good one.
        writers.join_all().await;
        slow.write_all(b"token=x").await.unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        let status = tokio::time::timeout(IN_TIME, process.ended()).await.unwrap();
        assert!(status.success(), "{status}");

        let _again = program.start().await;
        load.check().await;
    }
}

/// A request in flight: its headers are there, its body is not.
async fn begun(program: &Program) -> TcpStream {
    let mut stream = TcpStream::connect(program.base.trim_start_matches("http://")).await.unwrap();
    let head = "POST /oauth/revoke HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Content-Length: 19\r\nConnection: close\r\n\r\nclient_id=x&";
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server has read the headers once it answers another request that came behind.
    program.browser().get("/oauth/jwks").await;
    stream
}
