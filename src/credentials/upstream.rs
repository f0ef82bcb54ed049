//! Signing in by the word of another OpenID Connect provider: sending the browser there, and hearing who came back.
//!
//! A request is a row of the store: for one browser, one provider, one purpose and ten minutes, taken away by the first answer,
//! whatever that is worth. Its nonce and PKCE verifier are made of its `state` and a key of this house, so none is stored. Only
//! when the row is taken is the code redeemed, outside of any transaction; what follows from it is one write.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::config::Upstream;
use crate::security::random;
use crate::security::upstream::{Answer, Beginning, Identity, Provider, UpstreamFault};
use crate::store::upstream_proofs::{self, UpstreamProof};
use crate::store::upstream_requests::{self, UpstreamRequest};
use crate::store::{Connection, StoreError, throttles};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::parameters::Parameters;
use crate::web::sign_in_context::{self, shown_name};
use crate::web::urls;
use crate::web::visitor::Visitor;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// How long somebody may take at the provider.
const REQUEST_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long somebody whom nobody here knows may take to prove an account, or to make one.
const PROOF_LIFE: Duration = Duration::from_secs(30 * 60);

/// What the word of another provider weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// As much as one factor.
    One,
    /// As two: it named a class of sign-in that the operator takes for that.
    Two,
}

impl Weight {
    /// By what the provider said of the sign-in, and what of that the operator believes.
    pub fn of(provider: &Provider, identity: &Identity) -> Self {
        let believed = &provider.config.two_factor_acr;
        let is_two = identity.acr.as_ref().is_some_and(|acr| believed.contains(acr));
        if is_two { Self::Two } else { Self::One }
    }
}

/// Why a sign-in elsewhere came to nothing, as its page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It took too long, was answered before, or began in another browser.
    TooLate,
    /// The person, or the provider, said no.
    Denied,
    /// The provider does not answer, or is not able to now.
    Unavailable,
    /// The provider was to ask the person again, and did not.
    NotAnew,
    /// Its answer cannot be believed.
    Untrusted,
}

impl Problem {
    /// The sentence.
    pub const fn key(self) -> &'static str {
        match self {
            Self::TooLate => "upstream-too-late",
            Self::Denied => "upstream-denied",
            Self::Unavailable => "upstream-unavailable",
            Self::NotAnew => "upstream-not-anew",
            Self::Untrusted => "upstream-untrusted",
        }
    }

    /// By the error code of an authorization response (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
    fn of_error(code: &str) -> Self {
        match code {
            "access_denied"
            | "login_required"
            | "interaction_required"
            | "account_selection_required"
            | "consent_required" => Self::Denied,
            "temporarily_unavailable" | "server_error" => Self::Unavailable,
            _ => Self::Untrusted,
        }
    }

    fn of_fault(provider: &Provider, fault: &UpstreamFault) -> Self {
        tracing::info!(provider = provider.config.name, %fault, "a sign-in elsewhere came to nothing");
        match fault {
            UpstreamFault::Unreachable(_) => Self::Unavailable,
            UpstreamFault::NotAnew => Self::NotAnew,
            UpstreamFault::Refused(_) | UpstreamFault::Untrusted(_) => Self::Untrusted,
        }
    }
}

/// What somebody is sent to a provider for.
#[derive(Clone, Debug)]
pub struct Errand {
    /// Who wants to connect what comes of it; none: somebody signs in.
    pub account_id: Option<i64>,
    /// Where to go on: a checked, local path.
    pub continue_to: String,
}

/// Writes a request down and gives the address to send the browser to. Counted first: every request is a row, and a call.
///
/// # Errors
/// When too many were begun from here.
pub async fn begin(
    visitor: &Visitor,
    provider: &Provider,
    errand: Errand,
) -> Result<Result<String, Problem>, PageError> {
    let (app, now) = (&visitor.app, visitor.app.clock.now());
    let bucket = format!("upstream-from:{}", visitor.address_block());
    let limit = app.config.upstream.per_address_per_hour;
    let write = app.store.write(move |connection| throttles::take(connection, &bucket, limit, now, now.plus(HOUR)));
    if write.await?.is_some() {
        return Err(ErrorKind::TooMany.into());
    }
    let anew = sign_in_context::asking(visitor, &errand.continue_to).await?.context.anew;
    let state = random::secret();
    let (nonce, verifier) = (app.derived.upstream_secret(NONCE, &state), app.derived.upstream_secret(VERIFIER, &state));
    let beginning = Beginning { state: &state, nonce: &nonce, verifier: &verifier, anew };
    let to = match provider.begin(beginning, now).await {
        Ok(to) => to,
        Err(fault) => return Ok(Err(Problem::of_fault(provider, &fault))),
    };
    let request = UpstreamRequest {
        state_digest: random::sha256(&state),
        binding_digest: visitor.binding_digest(),
        provider: provider.config.name.clone(),
        account_id: errand.account_id,
        continue_to: errand.continue_to,
        anew,
        created_at: now,
        expires_at: now.plus(REQUEST_LIFE),
    };
    app.store.write(move |connection| upstream_requests::insert(connection, &request)).await?;
    Ok(Ok(to))
}

const NONCE: &str = "nonce";
const VERIFIER: &str = "verifier";

/// Somebody who has come back.
pub struct Returned {
    /// What they were sent for.
    pub request: UpstreamRequest,
    /// Who they are, there.
    pub identity: Identity,
}

/// Why nobody came back, and where to go on, as far as that is known.
pub struct Failed {
    /// Why.
    pub problem: Problem,
    /// What they were sent for.
    pub request: Option<UpstreamRequest>,
}

/// Hears an authorization response: takes the request that it is for, checks whose answer it is, redeems the code and verifies
/// what comes of it.
///
/// # Errors
/// When the store does not answer.
pub async fn returned(
    visitor: &Visitor,
    provider: &Provider,
    query: &Parameters,
) -> Result<Result<Returned, Failed>, PageError> {
    let (app, now) = (&visitor.app, visitor.app.clock.now());
    let failed = |problem, request| Ok(Err(Failed { problem, request }));
    let Some(state) = query.get("state").filter(|_| query.repeated(&[]).is_none()) else {
        return failed(Problem::TooLate, None);
    };
    let (digest, binding) = (random::sha256(state), visitor.binding_digest());
    let name = provider.config.name.clone();
    let write = app.store.write(move |connection| upstream_requests::take(connection, &digest, (&binding, &name), now));
    let Some(request) = write.await? else { return failed(Problem::TooLate, None) };
    if let Err(fault) = provider.check_sender(query.get("iss"), now).await {
        return failed(Problem::of_fault(provider, &fault), Some(request));
    }
    if let Some(code) = query.get("error") {
        return failed(Problem::of_error(code), Some(request));
    }
    let Some(code) = query.get("code") else { return failed(Problem::Untrusted, Some(request)) };
    let answer = Answer {
        code,
        verifier: &app.derived.upstream_secret(VERIFIER, state),
        nonce: &app.derived.upstream_secret(NONCE, state),
        since: request.anew.then_some(request.created_at),
    };
    match provider.identify(answer, now).await {
        Ok(identity) => Ok(Ok(Returned { request, identity })),
        Err(fault) => failed(Problem::of_fault(provider, &fault), Some(request)),
    }
}

/// Keeps somebody who is no account's yet for the other proof; gives what the pages carry. In the caller's write.
///
/// # Errors
/// When the store does not answer.
pub fn keep(connection: &mut Connection, returned: &Returned, now: Timestamp) -> Result<String, StoreError> {
    let Returned { request, identity } = returned;
    let id = random::secret();
    let known_as = identity.known_as.as_deref().map(shown_name).filter(|name| !name.is_empty());
    let proof = UpstreamProof {
        id_digest: random::sha256(&id),
        binding_digest: request.binding_digest.clone(),
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        known_as,
        account_id: request.account_id,
        continue_to: request.continue_to.clone(),
        expires_at: now.plus(PROOF_LIFE),
    };
    upstream_proofs::insert(connection, &proof)?;
    Ok(id)
}

/// What people call the provider behind an issuer; one that is not in the configuration any more, by its host.
pub fn label(upstream: &Upstream, issuer: &str) -> String {
    upstream.of_issuer(issuer).map_or_else(|| urls::host(issuer), |own| own.label.clone())
}

/// A provider, as pages offer it.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What addresses know it by.
    pub name: String,
    /// What people know it by.
    pub label: String,
    /// Its mark.
    pub logo_url: Option<String>,
}

/// Every provider, in the operator's order.
pub fn offers(visitor: &Visitor) -> Vec<Offer> {
    let app = &visitor.app;
    let offer = |own: &crate::config::UpstreamProvider| Offer {
        name: own.name.clone(),
        label: own.label.clone(),
        logo_url: app.brand_files.upstream_url(&own.name),
    };
    app.config.upstream.providers.iter().map(offer).collect()
}
