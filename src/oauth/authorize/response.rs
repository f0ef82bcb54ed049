//! Pure: what an answer of the authorization endpoint consists of and how it travels (OAuth 2.0 Multiple Response Type
//! Encoding Practices, OAuth 2.0 Form Post Response Mode, JWT Secured Authorization Response Mode).

use serde::{Deserialize, Serialize};

use crate::config::Compatibility;
use crate::oauth::fapi;
use crate::store::clients::Client;

/// What a client wants from the authorization endpoint itself. Everything but `code` is legacy: each client must have
/// been given it by the operator (RFC 9700 §2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseType {
    /// A code (RFC 6749 §4.1).
    pub code: bool,
    /// An ID token (OpenID Connect Core §3.2, §3.3).
    pub id_token: bool,
    /// An access token.
    pub token: bool,
}

impl ResponseType {
    /// The one everybody may have.
    pub const CODE: Self = Self { code: true, id_token: false, token: false };

    /// Those that only some clients may have, as discovery prints them.
    pub const LEGACY: &'static [Self] = &[
        Self { code: false, id_token: true, token: false },
        Self { code: false, id_token: true, token: true },
        Self { code: true, id_token: true, token: false },
        Self { code: true, id_token: false, token: true },
        Self { code: true, id_token: true, token: true },
    ];

    /// Reads `response_type`: words in any order, each once. `None` for what we do not have, a token without an ID token
    /// among it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut read = Self { code: false, id_token: false, token: false };
        for word in text.split(' ') {
            let place = match word {
                "code" => &mut read.code,
                "id_token" => &mut read.id_token,
                "token" => &mut read.token,
                _ => return None,
            };
            if std::mem::replace(place, true) {
                return None;
            }
        }
        (read == Self::CODE || Self::LEGACY.contains(&read)).then_some(read)
    }

    /// Its name, as the specifications order the words.
    pub fn name(self) -> &'static str {
        match (self.code, self.id_token, self.token) {
            (false, true, false) => "id_token",
            (false, true, true) => "id_token token",
            (true, true, false) => "code id_token",
            (true, false, true) => "code token",
            (true, true, true) => "code id_token token",
            (true, false, false) | (false, false, _) => "code",
        }
    }

    /// Whether tokens come from the authorization endpoint, where browsers keep addresses and nobody authenticates.
    pub fn has_tokens(self) -> bool {
        self.id_token || self.token
    }

    /// Whether the client was given it: by the operator, or by itself as long as the operator lets clients do so. Whether it
    /// may use codes at all is a question of its grant types.
    pub fn is_allowed(self, client: &Client, compatibility: &Compatibility) -> bool {
        let is_own = |name: &String| Self::parse(name) == Some(self);
        let is_given = || client.metadata.get().is_some_and(|metadata| metadata.response_types.iter().any(is_own));
        let may_be_given = || compatibility.legacy_response_types || !client.registered_itself();
        self == Self::CODE || (!fapi::is_held(client) && is_given() && may_be_given())
    }

    /// How its answer travels where the request does not say.
    pub fn default_mode(self) -> ResponseMode {
        if self.has_tokens() { ResponseMode::Fragment } else { ResponseMode::Query }
    }
}

impl Default for ResponseType {
    fn default() -> Self {
        Self::CODE
    }
}

/// How an answer travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// Behind its `#`.
    Fragment,
    /// In the body of a post that a page of ours makes the browser send.
    FormPost,
    /// As a JWT of ours in the query (JARM §2.3.1).
    QueryJwt,
    /// As a JWT of ours behind the `#` (JARM §2.3.2).
    FragmentJwt,
    /// As a JWT of ours in the body of such a post (JARM §2.3.3).
    FormPostJwt,
}

/// By this name clients ask for a JWT that travels as their response type's answers do by default (JARM §2.3.4).
const SIGNED: &str = "jwt";

impl ResponseMode {
    /// Every one, as discovery prints them.
    pub const ALL: &'static [Self] =
        &[Self::Query, Self::Fragment, Self::FormPost, Self::QueryJwt, Self::FragmentJwt, Self::FormPostJwt];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::QueryJwt => "query.jwt",
            Self::FragmentJwt => "fragment.jwt",
            Self::FormPostJwt => "form_post.jwt",
        }
    }

    /// Every name that `response_mode` may have, as discovery prints them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|mode| mode.as_str()).chain([SIGNED])
    }

    /// The mode that `response_mode` asks for beside a response type.
    pub fn asked(text: &str, response_type: ResponseType) -> Option<Self> {
        if text == SIGNED {
            return Some(response_type.default_mode().signed());
        }
        Self::ALL.iter().copied().find(|mode| mode.as_str() == text)
    }

    /// The same way, with the answer as a JWT.
    pub fn signed(self) -> Self {
        match self {
            Self::Query | Self::QueryJwt => Self::QueryJwt,
            Self::Fragment | Self::FragmentJwt => Self::FragmentJwt,
            Self::FormPost | Self::FormPostJwt => Self::FormPostJwt,
        }
    }

    /// Whether the answer is a JWT.
    pub fn is_signed(self) -> bool {
        self == self.signed()
    }

    /// Whether this answer may travel so: tokens never in a query, which servers log (Multiple Response Types §3; in a
    /// JWT neither, which is signed and hides nothing, JARM §2.3.1), and a post only where a browser can send one.
    pub fn fits(self, response_type: ResponseType, redirect_uri: &str) -> bool {
        match self {
            Self::Query | Self::QueryJwt => !response_type.has_tokens(),
            Self::Fragment | Self::FragmentJwt => true,
            Self::FormPost | Self::FormPostJwt => {
                redirect_uri.starts_with("https://") || redirect_uri.starts_with("http://")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_order_and_written_in_one() {
        for response_type in ResponseType::LEGACY.iter().chain([&ResponseType::CODE]) {
            assert_eq!(ResponseType::parse(response_type.name()), Some(*response_type));
            let turned: Vec<&str> = response_type.name().split(' ').rev().collect();
            assert_eq!(ResponseType::parse(&turned.join(" ")), Some(*response_type));
        }
        for unknown in ["", "token", "none", "code code", "code ", " code", "CODE", "code  token", "id_token none"] {
            assert_eq!(ResponseType::parse(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn tokens_never_travel_in_a_query() {
        for response_type in ResponseType::LEGACY {
            assert!(!ResponseMode::Query.fits(*response_type, "https://app.example/cb"), "{response_type:?}");
            assert!(!ResponseMode::QueryJwt.fits(*response_type, "https://app.example/cb"), "{response_type:?}");
            assert_eq!(response_type.default_mode(), ResponseMode::Fragment);
        }
        assert!(!ResponseMode::FormPost.fits(ResponseType::CODE, "com.example.app:/cb"));
        assert!(!ResponseMode::FormPostJwt.fits(ResponseType::CODE, "com.example.app:/cb"));
        assert!(ResponseMode::ALL.iter().all(|mode| mode.fits(ResponseType::CODE, "https://app.example/cb")));
    }

    #[test]
    fn a_jwt_travels_as_the_answer_would() {
        let hybrid = ResponseType { code: true, id_token: true, token: false };
        assert_eq!(ResponseMode::asked("jwt", ResponseType::CODE), Some(ResponseMode::QueryJwt));
        assert_eq!(ResponseMode::asked("jwt", hybrid), Some(ResponseMode::FragmentJwt));
        for mode in ResponseMode::ALL {
            assert_eq!(ResponseMode::asked(mode.as_str(), hybrid), Some(*mode));
            assert_eq!(mode.is_signed(), mode.as_str().ends_with(".jwt"));
            assert!(mode.signed().as_str().starts_with(mode.as_str()));
        }
        assert_eq!(ResponseMode::asked("JWT", ResponseType::CODE), None);
    }
}
