//! Messages that are captured for developers.

use super::*;

#[tokio::test]
async fn development_captures_everything_in_memory_and_in_the_file() {
    let path = std::env::temp_dir().join(format!("keyhouse-captured-{}", std::process::id()));
    let config = config(
        true,
        &[
            ("KEYHOUSE_DEVELOPMENT__CAPTURED_FILE", path.to_str().unwrap()),
            ("KEYHOUSE_DELIVERY__SMS__URL", "http://127.0.0.1:1/"),
        ],
    );
    let delivery = start_capturing(&config);
    assert!(delivery.reaches(Channel::Mail) && delivery.reaches(Channel::Sms));
    delivery.send(message(phone(), "first \"quoted\"\nline"), fresh()).unwrap();
    let mut second = message(email(), "second");
    second.kind = MessageKind::Notice;
    second.subject = Some("Lantern".to_owned());
    delivery.send(second, fresh()).unwrap();

    let file = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(file.lines().count(), 2, "{file}");
    let first: serde_json::Value = serde_json::from_str(file.lines().next().unwrap()).unwrap();
    let expected = serde_json::json!({ "to": "+4366012344417", "kind": "code", "text": "first \"quoted\"\nline" });
    assert_eq!(first, expected);

    let messages = delivery.captured().unwrap().messages();
    assert_eq!(messages[0].text, "second");
    assert_eq!(messages[0].at, START);
    assert_eq!(serde_json::to_value(&messages[0]).unwrap()["kind"], "notice");
}

#[tokio::test]
async fn the_mailbox_forgets_the_oldest() {
    let delivery = start_capturing(&config(true, &[]));
    for number in 0..510 {
        delivery.send(message(phone(), &number.to_string()), fresh()).unwrap();
    }
    let messages = delivery.captured().unwrap().messages();
    assert_eq!(messages.len(), 500);
    assert_eq!((messages[0].text.as_str(), messages[499].text.as_str()), ("509", "10"));
}
