//! The tables as diesel sees them: one description for both databases. Kept beside `migrations/` by hand;
//! a test compares it with what the migrations really make.

#![expect(
    missing_docs,
    reason = "diesel's macro makes a type of every column; the columns are explained in the migrations"
)]

mod news;
mod people;

use diesel::{allow_tables_to_appear_in_same_query, table};

pub use news::*;
pub use people::*;

table! {
    server_facts (name) {
        name -> Text,
        value -> Binary,
    }
}

table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        sealed_private_key -> Binary,
        public_jwk -> Text,
        created_at -> BigInt,
        signs_from -> BigInt,
        signs_until -> Nullable<BigInt>,
        published_until -> Nullable<BigInt>,
    }
}

table! {
    throttles (bucket) {
        bucket -> Text,
        used -> Integer,
        expires_at -> BigInt,
    }
}

table! {
    clients (client_id) {
        client_id -> Text,
        name -> Text,
        maker -> Nullable<Text>,
        secret_digest -> Nullable<Binary>,
        token_endpoint_auth_method -> Text,
        application_type -> Text,
        first_party -> Bool,
        verified -> Bool,
        redirect_uris -> Text,
        post_logout_redirect_uris -> Text,
        grant_types -> Text,
        scopes -> Text,
        resources -> Text,
        backchannel_logout_uri -> Nullable<Text>,
        id_token_signed_response_alg -> Text,
        access_token_format -> Text,
        always_refresh -> Bool,
        pkce_optional -> Bool,
        logo_digest -> Nullable<Text>,
        client_uri -> Nullable<Text>,
        policy_uri -> Nullable<Text>,
        tos_uri -> Nullable<Text>,
        created_at -> BigInt,
        metadata -> Text,
    }
}

table! {
    client_logos (client_id) {
        client_id -> Text,
        media_type -> Text,
        bytes -> Binary,
        digest -> Text,
    }
}

table! {
    resources (identifier) {
        identifier -> Text,
        name -> Text,
        scopes -> Text,
        access_token_format -> Text,
        client_id -> Nullable<Text>,
        created_at -> BigInt,
    }
}

table! {
    authorization_requests (id_digest) {
        id_digest -> Binary,
        binding_digest -> Nullable<Binary>,
        client_id -> Text,
        parameters -> Text,
        closed_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    consents (account_id, client_id, resource) {
        account_id -> BigInt,
        client_id -> Text,
        resource -> Text,
        scope -> Text,
        granted_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    authorization_codes (code_digest) {
        code_digest -> Binary,
        account_id -> BigInt,
        grant_id -> BigInt,
        session_id -> BigInt,
        client_id -> Text,
        redirect_uri -> Text,
        redirect_uri_sent -> Bool,
        scope -> Text,
        resources -> Text,
        nonce -> Nullable<Text>,
        code_challenge -> Nullable<Text>,
        auth_time -> BigInt,
        amr -> Text,
        session_expires_at -> BigInt,
        redeemed_at -> Nullable<BigInt>,
        expires_at -> BigInt,
        details -> Text,
        device_id -> Nullable<BigInt>,
    }
}

table! {
    device_requests (device_digest) {
        device_digest -> Binary,
        user_digest -> Binary,
        client_id -> Text,
        scope -> Text,
        resources -> Text,
        address -> Text,
        state -> Text,
        account_id -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
        interval_seconds -> Integer,
        polled_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    grants (account_id, id) {
        account_id -> BigInt,
        id -> BigInt,
        session_id -> BigInt,
        client_id -> Text,
        scope -> Text,
        resources -> Text,
        nonce -> Nullable<Text>,
        auth_time -> BigInt,
        amr -> Text,
        offline -> Bool,
        generation -> BigInt,
        rotated_at -> BigInt,
        last_used_at -> BigInt,
        idle_expires_at -> BigInt,
        expires_at -> BigInt,
        created_at -> BigInt,
        details -> Text,
        device_id -> Nullable<BigInt>,
    }
}

table! {
    access_tokens (token_digest) {
        token_digest -> Binary,
        account_id -> Nullable<BigInt>,
        grant_id -> Nullable<BigInt>,
        client_id -> Text,
        scope -> Text,
        audience -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        details -> Text,
    }
}

table! {
    revoked_tokens (jti) {
        jti -> Text,
        expires_at -> BigInt,
    }
}

table! {
    seen_jwts (digest) {
        digest -> Binary,
        expires_at -> BigInt,
    }
}

table! {
    outbox (id) {
        id -> BigInt,
        kind -> Text,
        client_id -> Text,
        url -> Text,
        payload -> Text,
        attempts -> Integer,
        due_at -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    browser_origins (origin, client_id) {
        origin -> Text,
        client_id -> Text,
    }
}

table! {
    registration_tokens (token_digest) {
        token_digest -> Binary,
        uses_left -> Integer,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

allow_tables_to_appear_in_same_query!(
    access_tokens,
    account_apps,
    account_changes,
    account_devices,
    account_events,
    accounts,
    addresses,
    announcement_recipients,
    announcement_sends,
    announcements,
    approvals,
    authorization_codes,
    authorization_requests,
    browser_origins,
    clients,
    client_logos,
    code_budgets,
    consents,
    device_requests,
    devices,
    erasure_receipts,
    exports,
    grants,
    news_seen,
    notice_choices,
    one_time_codes,
    operator_audit,
    opt_ins,
    outbox,
    passkey_challenges,
    passkeys,
    passwords,
    pictures,
    profiles,
    registration_tokens,
    resources,
    retired_identifiers,
    revoked_tokens,
    seen_jwts,
    sent_messages,
    server_facts,
    sessions,
    sign_in_attempts,
    signing_keys,
    sms_pauses,
    sms_watch,
    throttles,
    upstream_links,
    upstream_proofs,
    upstream_requests,
);
