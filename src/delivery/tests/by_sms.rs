//! Codes by SMS, against a tiny HTTP gateway on loopback.

use super::*;

/// A gateway that answers with one status after the other (0: never answers), the last one for ever, and keeps what it heard.
async fn gateway(statuses: Vec<u16>) -> (String, Arc<Mutex<Vec<Heard>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let for_server = Arc::clone(&heard);
    tokio::spawn(async move {
        let mut silent = Vec::new();
        for index in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let status = *statuses.get(index).or(statuses.last()).unwrap();
            let mut stream = BufReader::new(stream);
            let request = read_request(&mut stream).await;
            for_server.lock().unwrap().push(request);
            if status == 0 {
                silent.push(stream);
                continue;
            }
            let answer = format!(
                "HTTP/1.1 {status} x\r\nlocation: http://{address}/elsewhere\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (format!("http://{address}/send"), heard)
}

struct Heard {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Heard {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut heard = Heard { line: line.trim_end().to_owned(), headers, body: String::new() };
    let mut body = vec![0; heard.header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body).await.unwrap();
    heard.body = String::from_utf8(body).unwrap();
    heard
}

const TEXT: &str = "\"Lantern\": 123456 & 7+1=8 \\ é\n@account.lantern.example #123456";

#[tokio::test]
async fn calls_the_gateway_as_configured() {
    let (url, heard) = gateway(vec![202]).await;
    let delivery = start(&config(
        false,
        &[
            ("KEYHOUSE_DELIVERY__SMS__URL", &url),
            ("KEYHOUSE_DELIVERY__SMS__METHOD", "PUT"),
            ("KEYHOUSE_DELIVERY__SMS__HEADERS", "{ X-Key = \"k\" }"),
            ("KEYHOUSE_DELIVERY__SMS__FROM", "Lan \"tern\""),
            ("KEYHOUSE_DELIVERY__SMS__USERNAME", "u"),
            ("KEYHOUSE_DELIVERY__SMS__PASSWORD", "p"),
        ],
    ));
    delivery.send(message(phone(), TEXT), fresh()).unwrap();
    drained(&delivery).await;
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 1);
    let request = &heard[0];
    assert_eq!(request.line, "PUT /send HTTP/1.1");
    assert_eq!(request.header("x-key"), "k");
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("authorization"), "Basic dTpw");
    let id = request.header("idempotency-key");
    assert_eq!(id.len(), 32);
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    let expected = serde_json::json!({ "to": "+4366012344417", "from": "Lan \"tern\"", "text": TEXT, "id": id });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn speaks_to_twilio() {
    let (url, heard) = gateway(vec![201]).await;
    let config = config(
        false,
        &[
            ("KEYHOUSE_DELIVERY__SMS__PRESET", "twilio"),
            // The preset's own address is Twilio's; here stands a gateway that speaks the same.
            ("KEYHOUSE_DELIVERY__SMS__URL", url.strip_suffix("/send").unwrap()),
            ("KEYHOUSE_DELIVERY__SMS__ACCOUNT", "AC1"),
            ("KEYHOUSE_DELIVERY__SMS__PASSWORD", "token"),
            ("KEYHOUSE_DELIVERY__SMS__FROM", "+4372000"),
        ],
    );
    let delivery = start(&config);
    let id = delivery.send_known(message(phone(), TEXT)).await;
    assert_eq!(delivery.state().await, MessageState::Accepted);
    let heard = heard.lock().unwrap();
    let request = &heard[0];
    assert_eq!(request.line, "POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1");
    assert_eq!(request.header("authorization"), "Basic QUMxOnRva2Vu");
    assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded");
    let form: Vec<(String, String)> = serde_urlencoded::from_str(&request.body).unwrap();
    // Twilio is told where to report, by an address that names this message and that nobody else can make.
    let token = form[3].1.strip_prefix("https://account.lantern.example/status/").unwrap();
    assert_eq!(derived(&config).message_id(token), Some(id));
    let expected = [("To", "+4366012344417"), ("From", "+4372000"), ("Body", TEXT), ("StatusCallback", &form[3].1)];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

/// Sends one message to a gateway that answers so, and returns the identifiers it saw and what became of the message.
async fn attempts(statuses: Vec<u16>) -> (Vec<String>, MessageState) {
    let (url, heard) = gateway(statuses).await;
    let delivery = start(&config(
        false,
        &[("KEYHOUSE_DELIVERY__SMS__URL", &url), ("KEYHOUSE_DELIVERY__SMS__TIMEOUT_SECONDS", "1")],
    ));
    delivery.send_known(message(phone(), TEXT)).await;
    let state = delivery.state().await;
    let heard = heard.lock().unwrap();
    (heard.iter().map(|request| request.header("idempotency-key").to_owned()).collect(), state)
}

#[tokio::test]
async fn repeats_what_may_go_through_under_the_same_identifier() {
    for statuses in [vec![500, 503, 200], vec![0, 200], vec![429, 200]] {
        let expected = statuses.len();
        let (ids, state) = attempts(statuses.clone()).await;
        assert_eq!((ids.len(), state), (expected, MessageState::Accepted), "{statuses:?}");
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
    let (ids, state) = attempts(vec![500]).await;
    assert_eq!((ids.len(), state), (3, MessageState::Failed), "the first attempt and two retries");
}

#[tokio::test]
async fn does_not_repeat_a_refusal_nor_follow_a_redirect() {
    for status in [400, 401, 404, 302, 307] {
        let (ids, state) = attempts(vec![status]).await;
        assert_eq!((ids.len(), state), (1, MessageState::Refused), "{status}");
    }
}

#[tokio::test]
async fn a_gateway_that_is_away_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}/?token=hunter2");
    let config = config(false, &[("KEYHOUSE_DELIVERY__SMS__URL", &url)]);
    let sender = SmsSender::new(config.delivery.sms.as_ref().unwrap(), status_urls(&config)).unwrap();
    let outcome = sender.send(&message(phone(), TEXT), &fresh()).await;
    let outbox::Attempt::TryAgain(reason) = outcome else { panic!("{outcome:?}") };
    assert!(!reason.contains("hunter2") && !reason.contains("123456"), "{reason}");
}
