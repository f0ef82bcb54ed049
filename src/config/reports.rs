//! Pure: how a gateway's reports on messages are read: where the status stands, and what its values mean.

use serde_json::Value;

/// `delivery.sms.status_…`: absent where the gateway does not report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsReports {
    /// A form field or a member of a JSON object by its name; with a slash before it, a JSON Pointer (RFC 6901).
    pub field: String,
    /// The values that say a message arrived.
    pub delivered: Vec<String>,
    /// The values that say it never will.
    pub failed: Vec<String>,
}

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// It arrived.
    Delivered,
    /// It will not.
    Failed,
}

impl SmsReports {
    /// What a status means; none where it is no end.
    #[must_use]
    pub fn meaning(&self, status: &str) -> Option<Reported> {
        let is_one_of = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(status.trim()));
        if is_one_of(&self.delivered) {
            Some(Reported::Delivered)
        } else if is_one_of(&self.failed) {
            Some(Reported::Failed)
        } else {
            None
        }
    }

    /// The status in a report that is JSON; numbers and words alike.
    #[must_use]
    pub fn status_in(&self, report: &Value) -> Option<String> {
        let found = if self.field.starts_with('/') { report.pointer(&self.field) } else { report.get(&self.field) };
        match found? {
            Value::String(word) => Some(word.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reports(field: &str) -> SmsReports {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        SmsReports { field: field.to_owned(), delivered: words(&["delivered", "3"]), failed: words(&["failed", "5"]) }
    }

    #[test]
    fn a_status_is_found_by_name_or_by_pointer() {
        let nested =
            json!({"results": [{"status": {"name": "DELIVERED", "id": 5}}], "status": {"a": 1}, "/x": "failed"});
        for (field, found) in [
            ("/results/0/status/name", Some("DELIVERED")),
            ("/results/0/status/id", Some("5")),
            ("/results/1/status/name", None),
            ("status", None),
            ("results", None),
            ("nowhere", None),
            ("/x", None),
            ("/~1x", Some("failed")),
        ] {
            assert_eq!(reports(field).status_in(&nested).as_deref(), found, "{field}");
        }
        for odd in [json!([]), json!("delivered"), json!(null), json!(3)] {
            assert_eq!(reports("status").status_in(&odd), None);
        }
    }

    #[test]
    fn only_ends_mean_something() {
        let own = reports("status");
        for (status, meaning) in [
            ("delivered", Some(Reported::Delivered)),
            (" Delivered ", Some(Reported::Delivered)),
            ("3", Some(Reported::Delivered)),
            ("FAILED", Some(Reported::Failed)),
            ("5", Some(Reported::Failed)),
            ("sent", None),
            ("", None),
        ] {
            assert_eq!(own.meaning(status), meaning, "{status}");
        }
    }
}
