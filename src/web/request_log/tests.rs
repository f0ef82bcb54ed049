use std::io;
use std::sync::{Arc, Mutex};

use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::{App, HttpRequest, middleware};
use tracing::subscriber::set_default;

use super::*;

/// Collects what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn json(&self) -> Vec<serde_json::Value> {
        let bytes = self.0.lock().unwrap();
        String::from_utf8_lossy(&bytes).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

async fn echo(request: HttpRequest) -> HttpResponse {
    let id = request.extensions().get::<RequestId>().unwrap().to_string();
    info!("inside");
    HttpResponse::Ok().body(id)
}

async fn panics() -> HttpResponse {
    panic!("a secret word")
}

async fn fails() -> Result<HttpResponse, Error> {
    Err(actix_web::error::ErrorBadGateway("x"))
}

/// Sends one request through the middleware; gives the answer's status, identifier and body, and the log.
async fn send(format: LogFormat, request: TestRequest) -> (StatusCode, String, String, Lines) {
    // tracing remembers that nobody listened when another test, on a thread without a log, came by first. With something that
    // always listens behind all threads, it asks each time. Whether this or another test put it there is all the same.
    let _ = tracing_subscriber::registry().try_init();
    let lines = Lines::default();
    let for_writer = lines.clone();
    let layer = log_layer(&Log { format, level: "info".to_owned() }, move || for_writer.clone());
    let _guard = set_default(tracing_subscriber::registry().with(layer));
    let proxies = TrustedProxies(vec!["127.0.0.0/8".parse().unwrap()]);
    let app = App::new()
        .app_data(web::Data::new(proxies))
        .route("/things/{id}", web::get().to(echo))
        .route("/panic", web::get().to(panics))
        .route("/fail", web::get().to(fails))
        .wrap(middleware::from_fn(|request: ServiceRequest, next: Next<_>| async move {
            if request.path() == "/refused" {
                return Err(actix_web::error::ErrorForbidden("x"));
            }
            next.call(request).await
        }))
        .wrap(middleware::from_fn(log_requests));
    let service = init_service(app).await;
    let request = request.peer_addr("127.0.0.1:1234".parse().unwrap()).to_request();
    let response = match actix_web::test::try_call_service(&service, request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => ServiceResponse::from_err(error, TestRequest::default().to_http_request()),
    };
    let status = response.status();
    let id = response.headers().get(REQUEST_ID).unwrap().to_str().unwrap().to_owned();
    let body = String::from_utf8(read_body(response).await.to_vec()).unwrap();
    (status, id, body, lines)
}

#[actix_web::test]
async fn one_line_a_request_without_query_or_whole_address() {
    let request = TestRequest::get()
        .uri("/things/7?code=secret")
        .insert_header(("x-forwarded-for", "198.51.100.77"))
        .insert_header(("x-request-id", "chosen-outside"))
        .insert_header(("cookie", "session=secret"));
    let (status, id, body, lines) = send(LogFormat::Json, request).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((id.len(), &id), (16, &body));
    let lines = lines.json();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line["span"]["id"] == *id), "{lines:?}");
    let line = &lines[1];
    assert_eq!(line["route"], "/things/{id}");
    assert_eq!(
        (&line["method"], &line["status"], &line["client"]),
        (&"GET".into(), &200.into(), &"198.51.100.0/24".into())
    );
    assert!(line["ms"].is_f64());
    let all = format!("{lines:?}");
    assert!(!all.contains("secret") && !all.contains("chosen") && !all.contains("100.77"), "{all}");
}

#[actix_web::test]
async fn unknown_paths_are_shown_short_and_harmless() {
    let uri = format!("/nowhere/%0a{}?q=secret", "a".repeat(4000));
    let (status, _, _, lines) = send(LogFormat::Text, TestRequest::get().uri(&uri)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.len() < 600 && text.contains("/nowhere/") && !text.contains("secret"), "{text}");
}

#[actix_web::test]
async fn a_panic_is_an_answer_without_details() {
    let (status, id, body, lines) = send(LogFormat::Json, TestRequest::get().uri("/panic")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body, format!("{{\"error\":\"server_error\",\"request_id\":\"{id}\"}}"));
    let lines = lines.json();
    let line = lines.last().unwrap();
    assert_eq!((&line["status"], &line["level"], &line["route"]), (&500.into(), &"WARN".into(), &"/panic".into()));

    let browser = TestRequest::get().uri("/panic").insert_header(("accept", "text/html,*/*;q=0.8"));
    let (_, id, body, _) = send(LogFormat::Json, browser).await;
    assert!(body.contains("<h1>") && body.contains(&id) && !body.contains("secret"), "{body}");
}

#[actix_web::test]
async fn errors_keep_their_answer_and_get_the_identifier() {
    for (uri, expected) in [("/fail", StatusCode::BAD_GATEWAY), ("/refused", StatusCode::FORBIDDEN)] {
        let (status, id, _, lines) = send(LogFormat::Json, TestRequest::get().uri(uri)).await;
        assert_eq!((status, id.len()), (expected, 16));
        assert_eq!(lines.json().last().unwrap()["status"], expected.as_u16());
    }
}

/// Over a socket: the answer after a panic comes, and the connection's worker lives on.
#[actix_web::test]
async fn a_panic_is_answered_over_the_wire() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let app = || App::new().route("/panic", web::get().to(panics)).wrap(middleware::from_fn(log_requests));
    let server = actix_web::HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    for _ in 0..2 {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /panic HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(answer.contains("x-request-id: ") && answer.contains("server_error"), "{answer}");
    }
    handle.stop(false).await;
}

#[test]
fn methods_are_a_fixed_set() {
    assert_eq!(known_method(&Method::POST), "POST");
    assert_eq!(known_method(&Method::from_bytes(b"BREW").unwrap()), "other");
}
