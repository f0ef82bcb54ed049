//! What is derived from the master key: one key a purpose, so that none serves two.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac::{self, HMAC_SHA256};

use super::random;
use crate::config::MasterKey;
use secrecy::ExposeSecret;

/// Why a sealed value did not open, or could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Sealed under another key, or damaged.
    #[error("a sealed value does not open: it was sealed under another master key, or is damaged")]
    DoesNotOpen,
}

/// The derived keys. Cheap to share behind an `Arc`; its `Debug` shows nothing.
pub struct DerivedKeys {
    seal: LessSafeKey,
    references: hmac::Key,
    form_tokens: hmac::Key,
    session_ids: hmac::Key,
    one_time_codes: hmac::Key,
    dpop_nonces: hmac::Key,
    subjects: hmac::Key,
    changes: hmac::Key,
    messages: hmac::Key,
    retired: hmac::Key,
    opt_outs: hmac::Key,
    recovery_codes: hmac::Key,
    user_handles: hmac::Key,
    upstream: hmac::Key,
    proofs_of_work: hmac::Key,
    session_challenges: hmac::Key,
    bound_cookies: hmac::Key,
    fingerprint: Vec<u8>,
}

impl DerivedKeys {
    /// Derives every key from the master key.
    ///
    /// # Errors
    /// Only where the cryptographic library itself fails.
    pub fn from_master(master: &MasterKey) -> Result<Self, SealError> {
        Self::derive(master.expose_secret()).ok_or(SealError::DoesNotOpen)
    }

    fn derive(master: &[u8; 32]) -> Option<Self> {
        let root = Salt::new(HKDF_SHA256, b"keyhouse").extract(master);
        let expand = |purpose: &[u8]| -> Option<[u8; 32]> {
            let mut out = [0; 32];
            root.expand(&[purpose], HKDF_SHA256).ok()?.fill(&mut out).ok()?;
            Some(out)
        };
        let mac = |purpose: &[u8]| expand(purpose).map(|bytes| hmac::Key::new(HMAC_SHA256, &bytes));
        Some(Self {
            seal: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &expand(b"seal")?).ok()?),
            references: mac(b"references")?,
            form_tokens: mac(b"form tokens")?,
            session_ids: mac(b"session ids")?,
            one_time_codes: mac(b"one-time codes")?,
            dpop_nonces: mac(b"DPoP nonces")?,
            subjects: mac(b"pairwise subjects")?,
            changes: mac(b"changes of accounts")?,
            messages: mac(b"reports on messages")?,
            retired: mac(b"retired identifiers")?,
            opt_outs: mac(b"opting out of news")?,
            recovery_codes: mac(b"recovery codes")?,
            user_handles: mac(b"user handles of passkeys")?,
            upstream: mac(b"sign-ins elsewhere")?,
            proofs_of_work: mac(b"proofs of work")?,
            session_challenges: mac(b"challenges to bound sessions")?,
            bound_cookies: mac(b"cookies of bound sessions")?,
            fingerprint: expand(b"fingerprint")?.to_vec(),
        })
    }

    /// Tells whether two nodes, or yesterday's and today's start, have the same key; it reveals nothing of it.
    pub fn fingerprint(&self) -> &[u8] {
        &self.fingerprint
    }

    /// Encrypts `plain` so that only this key and this `name` open it again: nonce, ciphertext and tag in one.
    pub fn seal(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = random::bytes::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name.as_bytes()), &mut sealed)
            .map_err(|_| SealError::DoesNotOpen)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`DerivedKeys::seal`] made under the same `name`.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError::DoesNotOpen)?;
        let mut buffer = rest.to_vec();
        let plain = self
            .seal
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(name.as_bytes()), &mut buffer)
            .map_err(|_| SealError::DoesNotOpen)?;
        Ok(plain.to_vec())
    }

    /// Writes `body` so that only this key reads it again, for what it is: refresh tokens, and the grant inside an
    /// access token. The same body gives the same text: its nonce is a MAC of it (RFC 5297's idea), so that a retried
    /// refresh gets the very token it lost, and a client learns nothing it could join with another client's.
    pub fn reference(&self, purpose: &str, body: &[u8]) -> Result<String, SealError> {
        let mut context = hmac::Context::with_key(&self.references);
        context.update(purpose.as_bytes());
        context.update(body);
        let mac = context.sign();
        let nonce = mac.as_ref().first_chunk::<NONCE_LEN>().ok_or(SealError::DoesNotOpen)?;
        let mut sealed = body.to_vec();
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(purpose.as_bytes()), &mut sealed)
            .map_err(|_| SealError::DoesNotOpen)?;
        Ok(random::encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Reads what [`DerivedKeys::reference`] wrote for the same purpose.
    pub fn dereference(&self, purpose: &str, text: &str) -> Option<Vec<u8>> {
        self.open(purpose, &random::decode(text)?).ok()
    }

    /// The token that the forms of one browser carry against cross-site requests.
    pub fn form_token(&self, binding: &str) -> String {
        random::encode(hmac::sign(&self.form_tokens, binding.as_bytes()))
    }

    /// `sid`: the name of one sign-in at one client (OpenID Connect Back-Channel Logout §2.1). The same for every
    /// request of the client in that sign-in, and telling nothing to anybody else.
    pub fn session_id(&self, session: i64, client_id: &str) -> String {
        let mut context = hmac::Context::with_key(&self.session_ids);
        context.update(&session.to_be_bytes());
        context.update(client_id.as_bytes());
        random::encode(context.sign().as_ref().get(..16).unwrap_or_default())
    }

    /// The nonce that DPoP proofs made in a span of time carry (RFC 9449 §8).
    pub fn dpop_nonce(&self, span: i64) -> String {
        let mac = hmac::sign(&self.dpop_nonces, &span.to_be_bytes());
        random::encode(mac.as_ref().get(..16).unwrap_or_default())
    }

    /// The pairwise subject of a person in a sector (OpenID Connect Core §8.1): always the same, and neither the person's
    /// public subject nor that of another sector can be told from it.
    pub fn pairwise_subject(&self, sector: &str, sub: &str) -> String {
        let mut context = hmac::Context::with_key(&self.subjects);
        context.update(&u64::try_from(sector.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(sector.as_bytes());
        context.update(sub.as_bytes());
        random::encode(context.sign())
    }

    /// What a link in a notice names a waiting change of an account by: its key and a MAC, so that nothing secret is stored
    /// and none can be guessed. `purpose` parts the links that may do different things.
    pub fn change_token(&self, purpose: &str, id: i64) -> String {
        named(&self.changes, purpose, id)
    }

    /// The key of the change that a link names, where [`DerivedKeys::change_token`] made it for this purpose.
    pub fn change_id(&self, purpose: &str, token: &str) -> Option<i64> {
        key_of(&self.changes, purpose, token)
    }

    /// What a gateway names a message by when it reports what became of it: its key and a MAC, so that nobody else can.
    pub fn message_token(&self, id: i64) -> String {
        named(&self.messages, "", id)
    }

    /// The key of the message that a report is about, where [`DerivedKeys::message_token`] made its name.
    pub fn message_id(&self, token: &str) -> Option<i64> {
        key_of(&self.messages, "", token)
    }

    /// What stays of an account ID or a subject that nobody may get again. Keyed, since 12 digits are guessed in a moment from
    /// a plain digest. `kind` parts the two.
    pub fn retired_mark(&self, kind: &str, identifier: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.retired);
        context.update(kind.as_bytes());
        context.update(b":");
        context.update(identifier.as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// What a link in a message names the opt-in by that it ends: its key and 128 bits of a MAC, short enough for a text
    /// message. Whoever holds it can end the opt-in and nothing else.
    pub fn opt_out_token(&self, id: i64) -> String {
        let mac = hmac::sign(&self.opt_outs, &id.to_be_bytes());
        random::encode([id.to_be_bytes().as_slice(), mac.as_ref().get(..16).unwrap_or_default()].concat())
    }

    /// The key of the opt-in that a link names, where [`DerivedKeys::opt_out_token`] made it.
    pub fn opted_out_id(&self, token: &str) -> Option<i64> {
        let id = i64::from_be_bytes(*random::decode(token)?.first_chunk::<8>()?);
        random::equal(self.opt_out_token(id).as_bytes(), token.as_bytes()).then_some(id)
    }

    /// What is stored of a recovery code: whoever has the database alone cannot even try codes on it.
    pub fn recovery_code_digest(&self, account_id: i64, code: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.recovery_codes);
        context.update(&account_id.to_be_bytes());
        context.update(code.as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// What authenticators know an account by (Web Authentication §5.4.3, `user.id`): always the same, so that a new passkey
    /// takes the place of an old one in the same authenticator, and no app knows it.
    pub fn user_handle(&self, account_id: i64) -> [u8; 16] {
        let mac = hmac::sign(&self.user_handles, &account_id.to_be_bytes());
        mac.as_ref().first_chunk::<16>().copied().unwrap_or_default()
    }

    /// The nonce or PKCE verifier of a sign-in at another provider, by its `state`: neither is stored, and whoever sees the
    /// state knows neither. 43 characters, as RFC 7636 §4.1 wants them.
    pub fn upstream_secret(&self, purpose: &str, state: &str) -> String {
        let mut context = hmac::Context::with_key(&self.upstream);
        context.update(purpose.as_bytes());
        context.update(b":");
        context.update(state.as_bytes());
        random::encode(context.sign())
    }

    /// What seals a task that a browser works on: for its owner, and as it was said.
    pub fn proof_of_work_mac(&self, owner: &[u8], said: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.proofs_of_work);
        context.update(&u64::try_from(owner.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(owner);
        context.update(said);
        context.sign().as_ref().to_vec()
    }

    /// A challenge to the browser of a bound session: until when it is good, and a MAC of that, of the browser and of the moment of
    /// its last proof, so that the next proof makes it worthless.
    pub fn session_challenge(&self, browser_digest: &[u8], last_proof: Option<i64>, until: i64) -> String {
        let mut context = hmac::Context::with_key(&self.session_challenges);
        context.update(browser_digest);
        context.update(&[u8::from(last_proof.is_some())]);
        context.update(&last_proof.unwrap_or_default().to_be_bytes());
        context.update(&until.to_be_bytes());
        random::encode([until.to_be_bytes().as_slice(), context.sign().as_ref()].concat())
    }

    /// Until when a challenge is good, where [`DerivedKeys::session_challenge`] made it of the same.
    pub fn session_challenge_until(&self, text: &str, browser_digest: &[u8], last_proof: Option<i64>) -> Option<i64> {
        let until = i64::from_be_bytes(*random::decode(text)?.first_chunk::<8>()?);
        let own = self.session_challenge(browser_digest, last_proof, until);
        random::equal(own.as_bytes(), text.as_bytes()).then_some(until)
    }

    /// The cookie of a browser that has proved the key with this SHA-256: until when that counts, and a MAC of both.
    pub fn bound_cookie(&self, thumbprint: &[u8], until: i64) -> String {
        let mut context = hmac::Context::with_key(&self.bound_cookies);
        context.update(&until.to_be_bytes());
        context.update(thumbprint);
        random::encode([until.to_be_bytes().as_slice(), thumbprint, context.sign().as_ref()].concat())
    }

    /// The SHA-256 of the key and until when its proof counts, where [`DerivedKeys::bound_cookie`] made the cookie.
    pub fn bound_thumbprint(&self, cookie: &str) -> Option<(Vec<u8>, i64)> {
        let bytes = random::decode(cookie)?;
        let (until, rest) = bytes.split_first_chunk::<8>()?;
        let (thumbprint, until) = (rest.get(..32)?, i64::from_be_bytes(*until));
        random::equal(self.bound_cookie(thumbprint, until).as_bytes(), cookie.as_bytes())
            .then(|| (thumbprint.to_vec(), until))
    }

    /// What is stored of a one-time code. Keyed, since 6 digits are guessed in a moment from a plain digest.
    pub fn one_time_code_digest(&self, subject: &[u8], purpose: &str, code: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.one_time_codes);
        for part in [subject, purpose.as_bytes(), code.as_bytes()] {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().to_vec()
    }
}

/// The key of a row and a MAC of it for a purpose.
fn named(key: &hmac::Key, purpose: &str, id: i64) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(&id.to_be_bytes());
    context.update(purpose.as_bytes());
    let (id, mac) = (id.to_be_bytes(), context.sign());
    random::encode([id.as_slice(), mac.as_ref()].concat())
}

/// The key of the row, where [`named`] made `token` for this purpose.
fn key_of(key: &hmac::Key, purpose: &str, token: &str) -> Option<i64> {
    let bytes = random::decode(token)?;
    let id = i64::from_be_bytes(*bytes.first_chunk::<8>()?);
    random::equal(named(key, purpose, id).as_bytes(), token.as_bytes()).then_some(id)
}

impl std::fmt::Debug for DerivedKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DerivedKeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_changes_hold_for_their_purpose_only() {
        let (key, other) = (DerivedKeys::derive(&[1; 32]).unwrap(), DerivedKeys::derive(&[2; 32]).unwrap());
        let token = key.change_token("cancel", -7);
        assert_eq!(key.change_id("cancel", &token), Some(-7));
        assert_eq!(key.change_id("undo", &token), None);
        assert_eq!(other.change_id("cancel", &token), None);
        for wrong in ["", "AAAA", &token[1..], &format!("{token}A"), &token.replace(&token[..2], "AB")] {
            assert_eq!(key.change_id("cancel", wrong), None, "{wrong}");
        }
        assert_eq!(key.message_id(&key.message_token(-7)), Some(-7));
        assert_eq!(other.message_id(&key.message_token(-7)), None);
        assert_eq!(key.message_id(&key.change_token("", -7)), None, "one key a purpose");
    }

    #[test]
    fn links_that_end_an_opt_in_are_made_here_only() {
        let (key, other) = (DerivedKeys::derive(&[1; 32]).unwrap(), DerivedKeys::derive(&[2; 32]).unwrap());
        let token = key.opt_out_token(7);
        assert_eq!((token.len(), key.opted_out_id(&token)), (32, Some(7)));
        assert_eq!(other.opted_out_id(&token), None);
        // A link to a change has the same key in front, and a MAC of another purpose.
        assert_eq!(key.opted_out_id(&key.change_token("cancel", 7)), None);
        assert_eq!(key.opted_out_id(&key.change_token("cancel", 7)[..32]), None);
        for wrong in ["", "AAAA", &token[1..], &format!("{token}A"), &token.replace(&token[..2], "AB"), "é"] {
            assert_eq!(key.opted_out_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_a_bound_session_is_asked_and_shows_is_of_one_browser_one_moment_and_one_house() {
        let (key, other) = (DerivedKeys::derive(&[1; 32]).unwrap(), DerivedKeys::derive(&[2; 32]).unwrap());
        let challenge = key.session_challenge(b"browser", Some(7), 99);
        assert_eq!(key.session_challenge_until(&challenge, b"browser", Some(7)), Some(99));
        for (house, browser, last) in [
            (&other, b"browser", Some(7)),
            (&key, b"another", Some(7)),
            (&key, b"browser", Some(8)),
            (&key, b"browser", None),
        ] {
            assert_eq!(house.session_challenge_until(&challenge, browser, last), None);
        }
        let first = key.session_challenge(b"browser", None, 99);
        assert_eq!(key.session_challenge_until(&first, b"browser", Some(0)), None, "none is not zero");
        let cookie = key.bound_cookie(&[7; 32], 99);
        assert_eq!((key.bound_thumbprint(&cookie), cookie.len()), (Some((vec![7; 32], 99)), 96));
        assert_eq!(other.bound_thumbprint(&cookie), None);
        for wrong in ["", "AAAA", &cookie[1..], &format!("{cookie}A"), &key.session_challenge(&[7; 32], None, 99)] {
            assert_eq!(key.bound_thumbprint(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_user_handle_is_of_one_account_and_one_house() {
        let (key, other) = (DerivedKeys::derive(&[1; 32]).unwrap(), DerivedKeys::derive(&[2; 32]).unwrap());
        assert_eq!(key.user_handle(7), key.user_handle(7));
        for different in [key.user_handle(8), other.user_handle(7), [0; 16]] {
            assert_ne!(key.user_handle(7), different);
        }
    }

    #[test]
    fn what_was_sealed_opens_under_the_same_key_and_name_only() {
        let derived = || DerivedKeys::derive(&random::bytes()).unwrap();
        let (key, other) = (derived(), derived());
        let sealed = key.seal("a", b"plain").unwrap();
        assert_eq!(key.open("a", &sealed).unwrap(), b"plain");
        assert_eq!(key.open("b", &sealed), Err(SealError::DoesNotOpen));
        assert_eq!(other.open("a", &sealed), Err(SealError::DoesNotOpen));
        assert_eq!(key.open("a", &[]), Err(SealError::DoesNotOpen));
        assert_ne!(key.fingerprint(), other.fingerprint());
    }
}
