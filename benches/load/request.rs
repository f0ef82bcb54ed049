//! Builds requests as bytes, once where a row sends the same one over and over.

use std::fmt::Write;

/// What every request to one server carries.
#[derive(Clone)]
pub struct Target {
    /// The `Host` header's value, as the issuer has it.
    pub host: String,
    /// The issuer, which is also the `Origin` of its own forms.
    pub origin: String,
}

impl Target {
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
        self.build("GET", path, headers, None)
    }

    pub fn post_form(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
        self.build("POST", path, headers, Some(body))
    }

    fn build(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Vec<u8> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
            text.push_str("\r\n");
        }
        if let Some(body) = body {
            // Writing to a String cannot fail.
            let _ =
                write!(text, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", body.len());
        }
        text.push_str("\r\n");
        text.push_str(body.unwrap_or_default());
        text.into_bytes()
    }
}

/// Form fields, encoded.
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(fields);
    encoded.finish()
}

/// The value of `Authorization` for `client_secret_basic`: form-encoded, then joined (RFC 6749 section 2.3.1).
pub fn basic(client_id: &str, client_secret: &str) -> String {
    use base64::Engine;
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let joined = format!("{}:{}", encode(client_id), encode(client_secret));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(joined))
}
