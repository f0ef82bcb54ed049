//! The message that carries a code: as mail in HTML and plain text, and as a text message.

use askama::Template;
use secrecy::{ExposeSecret, SecretString};

use crate::{brand::Brand, language::Language};

/// A code on its way to a person. The words are the same whether or not the address has an account.
pub struct CodeMessage<'a> {
    /// The operator's name and support address.
    pub brand: &'a Brand,
    /// The language of the person, or of the page where the code was asked for.
    pub language: Language,
    /// The six digits.
    pub code: &'a SecretString,
    /// How long it works.
    pub minutes: u32,
    /// What it is for.
    pub purpose: CodePurpose,
    /// To whom: the foot says why this was sent.
    pub to: &'a str,
    /// The browser that asked, in words: "Firefox on Windows". Where it is, nobody here knows.
    pub browser: Option<&'a str>,
    /// The host of Keyhouse's own pages, which the message names in words and which lets a phone offer the code there.
    pub host: &'a str,
}

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePurpose {
    /// To sign in, or to create an account where there is none: nobody learns which.
    SignIn,
    /// To create an account.
    SignUp,
    /// To add the address to an account.
    AddAddress,
    /// To get back into an account.
    Recovery,
    /// To undo a change of an account.
    Undo,
}

impl CodePurpose {
    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
            Self::AddAddress => "add-address",
            Self::Recovery => "recovery",
            Self::Undo => "undo",
        }
    }
}

#[derive(Template)]
#[template(path = "delivery/code.html")]
struct CodeHtml<'a> {
    message: &'a CodeMessage<'a>,
}

#[derive(Template)]
#[template(path = "delivery/code.txt")]
struct CodeText<'a> {
    message: &'a CodeMessage<'a>,
}

impl CodeMessage<'_> {
    /// The subject: fixed words and the operator's name, never the code, which would show on a locked screen.
    pub fn subject(&self) -> String {
        self.language.text("mail-code-subject").plain("brand", &self.brand.name).to_string()
    }

    /// The mail's HTML.
    ///
    /// # Errors
    /// When the template cannot be written, which only a fault in it can cause.
    pub fn html(&self) -> Result<String, askama::Error> {
        CodeHtml { message: self }.render()
    }

    /// The mail's plain text.
    ///
    /// # Errors
    /// As for [`CodeMessage::html`].
    pub fn text(&self) -> Result<String, askama::Error> {
        CodeText { message: self }.render()
    }

    /// The text message. Its last line lets a phone offer the code on our own pages only (the WICG format of
    /// origin-bound one-time codes, which knows hosts without ports).
    pub fn sms(&self) -> String {
        let words = self
            .language
            .text("sms-code")
            .plain("brand", &self.brand.name)
            .plain("code", self.digits())
            .number("minutes", self.minutes);
        let is_port = |(_, port): &(&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
        let host = self.host.rsplit_once(':').filter(is_port).map_or(self.host, |(host, _)| host);
        format!("{words}\n\n@{host} #{}", self.digits())
    }

    fn digits(&self) -> &str {
        self.code.expose_secret()
    }

    fn purpose(&self) -> &'static str {
        self.purpose.name()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::{CodeMessage, CodePurpose};
    use crate::{brand::Brand, language::Language};

    #[test]
    fn a_code_stands_alone_on_its_line_and_never_in_the_subject() {
        let brand = Brand { name: "Keyhouse".to_owned(), ..Brand::default() };
        let code = SecretString::from("407133");
        for language in Language::ALL {
            let message = CodeMessage {
                brand: &brand,
                language,
                code: &code,
                minutes: 10,
                purpose: CodePurpose::SignIn,
                to: "mina@lantern.example",
                browser: Some("Firefox <on> Windows"),
                host: "id.lantern.example",
            };
            let text = message.text().unwrap();
            assert!(text.lines().any(|line| line == "407133"), "{text}");
            assert!(text.contains("Firefox <on> Windows"), "{text}");
            assert!(!message.subject().contains("407133"));
            let html = message.html().unwrap();
            assert!(html.contains("407133") && html.contains("Firefox &#60;on&#62; Windows"), "{html}");
            for host in ["id.lantern.example", "id.lantern.example:8443"] {
                let text = CodeMessage { host, ..message }.sms();
                assert!(text.ends_with("\n\n@id.lantern.example #407133"), "{text}");
            }
        }
    }
}
