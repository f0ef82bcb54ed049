//! Pure: the body of a request to an SMS gateway, with places for the message.

/// How values are escaped where they are put into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// Inside a JSON string (RFC 8259 §7).
    Json,
    /// A value of `application/x-www-form-urlencoded`.
    Form,
}

impl Escape {
    /// The `Content-Type` of a body with these escapes.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }

    /// The escapes of a content type; none for any other than the two.
    #[must_use]
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        [Self::Json, Self::Form].into_iter().find(|escape| escape.content_type() == content_type)
    }

    fn apply(self, value: &str) -> String {
        match self {
            Self::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
            }
            Self::Form => url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        }
    }
}

/// What is put into a body.
#[derive(Clone, Copy)]
pub struct Placeholders<'a> {
    /// The phone number, E.164.
    pub to: &'a str,
    /// The sender.
    pub from: &'a str,
    /// The message.
    pub text: &'a str,
    /// The same for every attempt of one message.
    pub id: &'a str,
    /// Where the gateway may report what became of it.
    pub status_url: &'a str,
}

/// A body that has places for a number and a text, and is well-formed once they are filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyTemplate {
    parts: Vec<Part>,
    escape: Escape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    To,
    From,
    Text,
    Id,
    StatusUrl,
}

const PLACEHOLDERS: [(&str, Part); 5] = [
    ("{to}", Part::To),
    ("{from}", Part::From),
    ("{text}", Part::Text),
    ("{id}", Part::Id),
    ("{status_url}", Part::StatusUrl),
];

impl BodyTemplate {
    /// Reads a template. Braces that are none of the placeholders stand for themselves: JSON is full of them.
    ///
    /// # Errors
    /// When `{to}` or `{text}` is missing, or the filled body would not be JSON where it has to be.
    pub fn parse(template: &str, escape: Escape) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut rest = template;
        loop {
            let next = PLACEHOLDERS
                .iter()
                .filter_map(|(name, part)| rest.split_once(name).map(|(before, after)| (before, after, part)))
                .min_by_key(|(before, _, _)| before.len());
            let Some((before, after, part)) = next else {
                break;
            };
            parts.push(Part::Literal(before.to_owned()));
            parts.push(part.clone());
            rest = after;
        }
        parts.push(Part::Literal(rest.to_owned()));
        if !parts.contains(&Part::To) || !parts.contains(&Part::Text) {
            return Err("must hold {to} and {text}");
        }
        let template = Self { parts, escape };
        let awkward = "\"\\\n&=+{to}";
        let filled =
            template.fill(Placeholders { to: awkward, from: awkward, text: awkward, id: awkward, status_url: awkward });
        if escape == Escape::Json && serde_json::from_str::<serde_json::Value>(&filled).is_err() {
            return Err(
                "is not JSON once {to} {text} {from} {id} {status_url} are replaced; put them inside quotation marks",
            );
        }
        Ok(template)
    }

    /// The body for one message.
    #[must_use]
    pub fn fill(&self, values: Placeholders<'_>) -> String {
        let mut body = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => body.push_str(text),
                Part::To => body.push_str(&self.escape.apply(values.to)),
                Part::From => body.push_str(&self.escape.apply(values.from)),
                Part::Text => body.push_str(&self.escape.apply(values.text)),
                Part::Id => body.push_str(&self.escape.apply(values.id)),
                Part::StatusUrl => body.push_str(&self.escape.apply(values.status_url)),
            }
        }
        body
    }

    /// Whether the gateway is told where to report.
    #[must_use]
    pub fn names_status_url(&self) -> bool {
        self.parts.contains(&Part::StatusUrl)
    }

    /// The `Content-Type` to send it with.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        self.escape.content_type()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: Placeholders<'static> = Placeholders {
        to: "+4366012344417",
        from: "A & B",
        text: "\"7+1\" \\ 8\n{from}é",
        id: "id-1",
        status_url: "https://id.example/delivery?a=b&c",
    };

    #[test]
    fn fills_json() {
        let template =
            BodyTemplate::parse(r#"{"a": {"to": "{to}"}, "t": "<{text}>{id}", "f": "{from}"}"#, Escape::Json);
        let body = template.unwrap().fill(MESSAGE);
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(json["a"]["to"], "+4366012344417");
        assert_eq!(json["t"], "<\"7+1\" \\ 8\n{from}é>id-1");
        assert_eq!(json["f"], "A & B");
    }

    #[test]
    fn fills_forms() {
        let template = BodyTemplate::parse("To={to}&From={from}&Body={text}&Tell={status_url}", Escape::Form).unwrap();
        assert!(template.names_status_url());
        let body = template.fill(MESSAGE);
        let pairs: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).collect();
        assert_eq!(pairs[0].1, "+4366012344417");
        assert_eq!(pairs[1].1, "A & B");
        assert_eq!(pairs[2].1, MESSAGE.text);
        assert_eq!(pairs[3].1, MESSAGE.status_url);
    }

    #[test]
    fn refuses_templates_that_cannot_work() {
        assert!(BodyTemplate::parse("To={to}", Escape::Form).is_err());
        assert!(BodyTemplate::parse(r#"{"to": {to}, "text": "{text}"}"#, Escape::Json).is_err());
        assert_eq!(Escape::of_content_type("text/plain"), None);
    }
}
