//! An account with everything an account can have, for what must take all of it along, or all of it away.

use std::time::Duration;

use diesel::RunQueryDsl;
use keyhouse::clock::Timestamp;
use keyhouse::security::random;
use keyhouse::store::accounts::{self, Account, Preferences};
use keyhouse::store::announcement_sends::{self, Recipient, RecipientState};
use keyhouse::store::approvals::{self, Approval, ApprovalState};
use keyhouse::store::changes::{self, Change, ChangeDetails, ChangeKind};
use keyhouse::store::clients::{AccessTokenFormat, Client};
use keyhouse::store::columns::Words;
use keyhouse::store::details::{Json, Metadata, PostalAddress};
use keyhouse::store::device_requests::{self, DeviceRequest, DeviceState};
use keyhouse::store::notice_choices::{self, Choosable};
use keyhouse::store::one_time_codes::Channel;
use keyhouse::store::operator_audit::{self, Entry, OperatorAction};
use keyhouse::store::opt_ins::{self, OptIn, Way};
use keyhouse::store::passkey_challenges::{self, Challenge, ChallengePurpose};
use keyhouse::store::passkeys::{self, Passkey};
use keyhouse::store::pictures::{self, Picture};
use keyhouse::store::profiles::{self, Profile};
use keyhouse::store::totps::{self, Totp};
use keyhouse::store::upstream_links::{self, UpstreamLink};
use keyhouse::store::upstream_proofs::{self, UpstreamProof};
use keyhouse::store::upstream_requests::{self, UpstreamRequest};
use keyhouse::store::{Connection, StoreError, news_seen, recovery_codes};
use reqwest::StatusCode;

use crate::harness::browser::Browser;
use crate::harness::database::Database;
use crate::harness::flows::{self, Request};
use crate::harness::plans::OWN;
use crate::harness::scene::Tokens;
use crate::harness::{RegisteredClient, Site};

/// What mina's own browser calls itself, and nobody else's.
pub const USER_AGENT: &str = "Mozilla/5.0 (X11; MinasMachine) Firefox/140.0";
/// Inside her picture.
pub const IN_PICTURE: &str = "what-the-picture-shows";
/// Who she is at another provider.
pub const ELSEWHERE: &str = "mina-at-another-provider";
/// Inside her passkey.
pub const IN_PASSKEY: &str = "what-the-passkey-is";
/// An address she had a moment ago.
pub const OLD_PHONE: &str = "+436605550000";

/// Mina's account, her browser, the apps she uses, and what they hold.
pub struct Life {
    pub account: Account,
    pub jonas: Account,
    pub browser: Browser,
    /// An app of the house.
    pub plain: RegisteredClient,
    /// One that knows her by a pairwise subject.
    pub pairwise: RegisteredClient,
    /// Somebody else's, which asked for consent.
    pub asked: RegisteredClient,
    /// Of the first.
    pub tokens: Tokens,
    /// Not redeemed.
    pub code: String,
}

/// A site where mina has lived for a while; `settings` as for [`Site::with`].
pub async fn whole_life(database: Database, settings: &[(&str, &str)]) -> (Site, Life) {
    let site = Site::with(database, settings).await;
    let (account, jonas) = (flows::mina(&site).await, flows::jonas(&site).await);
    let mut browser = Browser::new(&site);
    browser.headers = vec![("User-Agent".to_owned(), USER_AGENT.to_owned())];
    flows::sign_in(&mut browser, "mina@lantern.example").await;
    let plain = site.client(|_| {}).await;
    let pairwise = site.client(|client| client.metadata = sector("one.example")).await;
    let asked = site.client(|client| client.first_party = false).await;
    // One whose access tokens lie in the store.
    let opaque = site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
    let scope = "openid profile email offline_access";
    let tokens = flows::tokens(&site, &mut browser, &plain, scope).await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let tokens = Tokens { access: text("access_token"), refresh: text("refresh_token"), id: text("id_token") };
    for client in [&pairwise, &asked, &opaque] {
        flows::tokens(&site, &mut browser, client, scope).await;
    }
    let code = flows::code(&mut browser, &Request::new(&plain, scope)).await;
    let (own, client_id, now) = (account.clone(), plain.id().to_owned(), site.now());
    let write = site.app.store.write(move |connection| furnish(connection, &own, client_id, now));
    write.await.unwrap();
    go_about(&site, &mut browser, &account, &plain).await;
    // Last: whoever signs in to his account calls it off.
    let (from, to, now) = (jonas.id, account.id, site.now());
    site.app.store.write(move |connection| changes::insert(connection, &move_to(from, to, now))).await.unwrap();
    (site, Life { account, jonas, browser, plain, pairwise, asked, tokens, code })
}

fn sector(host: &str) -> Json<Metadata> {
    Json::of(Metadata { sector: Some(host.to_owned()), ..Metadata::default() })
}

/// A client that hears of deletions at an address.
pub fn told_at(url: &str) -> impl Fn(&mut Client) {
    let url = url.to_owned();
    move |client| {
        let mut metadata = client.metadata.get().cloned().unwrap_or_default();
        metadata.security_event_uri = Some(url.clone());
        client.metadata = Json::of(metadata);
    }
}

/// A number of one account is to be another's, after the usual wait.
fn move_to(from: i64, to: i64, now: Timestamp) -> Change {
    let later = now.plus(Duration::from_secs(72 * 3600));
    Change {
        account_id: from,
        id: random::id(),
        kind: ChangeKind::Move,
        details: Json::of(ChangeDetails { other_account: Some(to), ..ChangeDetails::default() }),
        due_at: Some(later),
        created_at: now,
        expires_at: later,
    }
}

/// What no page makes yet, or makes in many steps.
fn furnish(
    connection: &mut Connection,
    account: &Account,
    client_id: String,
    now: Timestamp,
) -> Result<(), StoreError> {
    let profile = Profile {
        account_id: account.id,
        nickname: Some("Minotaur".to_owned()),
        address: Json::of(PostalAddress { locality: Some("Wien".to_owned()), ..PostalAddress::default() }),
        ..Profile::default()
    };
    profiles::put(connection, &profile)?;
    let settings = Preferences { zoneinfo: Some("Europe/Vienna".to_owned()), ..Preferences::default() };
    accounts::set_preferences(connection, account, &settings, now)?;
    let key = random::secret();
    let picture = |size| Picture {
        account_id: account.id,
        size,
        picture_key: key.clone(),
        jpeg: [b"\xff\xd8\xff".as_slice(), IN_PICTURE.as_bytes()].concat(),
        created_at: now,
    };
    pictures::put(connection, account.id, &key, &[512, 192, 96].map(picture), now)?;
    let minute = now.plus(Duration::from_secs(60));
    let change = |account_id, kind, details| Change {
        account_id,
        id: random::id(),
        kind,
        details: Json::of(details),
        due_at: None,
        created_at: now,
        expires_at: minute,
    };
    let undo = ChangeDetails {
        address_kind: Some("phone".to_owned()),
        old: Some(OLD_PHONE.to_owned()),
        new: Some("+436605554417".to_owned()),
        ..ChangeDetails::default()
    };
    changes::insert(connection, &change(account.id, ChangeKind::Undo, undo))?;
    let request = DeviceRequest {
        device_digest: random::sha256(&random::secret()),
        user_digest: random::sha256(&random::secret()),
        client_id,
        scope: Words::parse("openid"),
        resources: Words::default(),
        address: "192.0.2.1".to_owned(),
        state: DeviceState::Allowed,
        account_id: Some(account.id),
        session_id: Some(1),
        interval_seconds: 5,
        polled_at: None,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(600)),
    };
    device_requests::insert(connection, &request)?;
    keys(connection, account, now)?;
    elsewhere(connection, account, now)?;
    second_step(connection, account, now)?;
    be_told(connection, account, now)
}

/// A passkey, and a question that waits for one.
fn keys(connection: &mut Connection, account: &Account, now: Timestamp) -> Result<(), StoreError> {
    let passkey = Passkey {
        account_id: account.id,
        id: random::id(),
        credential_id: IN_PASSKEY.as_bytes().to_vec(),
        credential: format!("{{\"what\":\"{IN_PASSKEY}\"}}"),
        counter: 0,
        backup_eligible: true,
        backed_up: true,
        aaguid: 0xea9b8d66_4d01_1d21_3ce4_b6b48cb575d4_u128.to_be_bytes().to_vec(),
        transports: Words::parse("internal"),
        name: "Mina’s own key".to_owned(),
        created_at: now,
        last_used_at: None,
        last_device_id: None,
    };
    passkeys::insert(connection, &passkey)?;
    let challenge = Challenge {
        challenge_digest: random::sha256(&random::secret()),
        binding_digest: random::sha256(&random::secret()),
        purpose: ChallengePurpose::ProveAgain,
        account_id: Some(account.id),
        state: IN_PASSKEY.to_owned(),
        expires_at: now.plus(Duration::from_secs(300)),
    };
    passkey_challenges::insert(connection, &challenge)?;
    let approval = Approval {
        secret_digest: random::sha256(&random::secret()),
        binding_digest: random::sha256(&random::secret()),
        state: ApprovalState::Approved,
        number: 47,
        numbers: Words::parse("12 47 80"),
        continue_to: "/account".to_owned(),
        newer_than: None,
        user_agent: "Firefox".to_owned(),
        network: "192.0.2.1".to_owned(),
        account_id: Some(account.id),
        session_id: Some(1),
        created_at: now,
        expires_at: now.plus(Duration::from_secs(300)),
    };
    approvals::insert(connection, &approval)
}

/// A sign-in of another provider, one that she is about to connect, and one that she is about to come back from.
fn elsewhere(connection: &mut Connection, account: &Account, now: Timestamp) -> Result<(), StoreError> {
    let link = UpstreamLink {
        account_id: account.id,
        id: random::id(),
        issuer: "https://id.elsewhere.example".to_owned(),
        subject: ELSEWHERE.to_owned(),
        known_as: Some(ELSEWHERE.to_owned()),
        created_at: now,
        last_used_at: None,
    };
    upstream_links::insert(connection, &link)?;
    let proof = UpstreamProof {
        id_digest: random::sha256(&random::secret()),
        binding_digest: random::sha256(&random::secret()),
        issuer: link.issuer,
        subject: format!("{ELSEWHERE}-too"),
        known_as: Some(ELSEWHERE.to_owned()),
        account_id: Some(account.id),
        continue_to: "/account".to_owned(),
        expires_at: now.plus(Duration::from_secs(300)),
    };
    upstream_proofs::insert(connection, &proof)?;
    let request = UpstreamRequest {
        state_digest: random::sha256(&random::secret()),
        binding_digest: random::sha256(&random::secret()),
        provider: "elsewhere".to_owned(),
        account_id: Some(account.id),
        continue_to: "/account".to_owned(),
        anew: false,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(300)),
    };
    upstream_requests::insert(connection, &request)
}

/// An authenticator app with recovery codes, which her sign-in was by as well.
fn second_step(connection: &mut Connection, account: &Account, now: Timestamp) -> Result<(), StoreError> {
    let sealed_secret = random::bytes::<48>().to_vec();
    totps::insert(connection, &Totp { account_id: account.id, sealed_secret, last_step: 0, created_at: now })?;
    recovery_codes::replace(connection, account.id, &[random::bytes::<32>().to_vec()], now)?;
    let by_both = format!("{OWN}UPDATE sessions SET amr = 'pwd otp mfa' WHERE account_id = {}", account.id);
    diesel::sql_query(by_both).execute(connection)?;
    Ok(())
}

/// News that she asked for, one of which is on its way; how she is told of things; and what an operator did.
fn be_told(connection: &mut Connection, account: &Account, now: Timestamp) -> Result<(), StoreError> {
    let opt_in = OptIn {
        account_id: account.id,
        id: random::id(),
        topic: "news".to_owned(),
        channel: Channel::Email,
        language: "en".to_owned(),
        wording: "Send me news.".to_owned(),
        version: "1".to_owned(),
        way: Way::AccountCentre,
        network: "192.0.2.1".to_owned(),
        opted_in_at: now,
        ended_at: None,
        ended_way: None,
        ended_network: None,
        expires_at: None,
    };
    opt_ins::begin(connection, &opt_in)?;
    let recipient = Recipient {
        account_id: account.id,
        announcement_id: "shared-folders".to_owned(),
        channel: Channel::Email,
        id: random::id(),
        state: RecipientState::Taken,
        expires_at: now.plus(Duration::from_secs(86_400)),
    };
    announcement_sends::take(connection, &recipient)?;
    news_seen::put(connection, account.id, now)?;
    notice_choices::put(connection, account.id, Choosable::ExportReady, Some(Channel::Email))?;
    let entry = Entry {
        id: random::id(),
        happened_at: now,
        operator: "alice".to_owned(),
        os_user: "alice".to_owned(),
        action: OperatorAction::Looked,
        account_id: Some(account.id),
        account_mark: random::sha256("mark"),
        reason: Some("Mina Farouk asked by phone".to_owned()),
        expires_at: now.plus(Duration::from_secs(86_400)),
    };
    operator_audit::insert(connection, &entry)
}

/// A wrong password, a code, an app that names her, and somebody else at her browser.
async fn go_about(site: &Site, browser: &mut Browser, account: &Account, client: &RegisteredClient) {
    site.advance(Duration::from_secs(1));
    for name in ["mina@lantern.example", &account.account_number] {
        let mut elsewhere = Browser::new(site);
        let page = flows::begin(&mut elsewhere, name).await;
        let wrong = flows::password(&mut elsewhere, &page, "not her password").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        flows::send_code(&mut elsewhere, &page).await;
    }
    let hinted = Request::new(client, "openid").with("login_hint", "mina@lantern.example").with("prompt", "login");
    let page = browser.get(&hinted.path()).await;
    assert!(page.location().unwrap().starts_with("/signin"), "the request is stored: {:?}", page.location());
    flows::sign_in_from(browser, "/signin?another=yes", "jonas@lantern.example").await;
    // Hers is the one in use again.
    let list = browser.get("/signin/accounts").await;
    let button = regex::Regex::new(r#"name="account" value="([^"]+)""#).unwrap();
    let keys: Vec<String> = button.captures_iter(&list.body).map(|found| found[1].to_owned()).collect();
    assert_eq!(keys.len(), 2);
    browser.submit(&list, "/signin/accounts", &[("account", &keys[1])]).await;
    assert!(browser.get("/account").await.body.contains("Mina Farouk"));
}
