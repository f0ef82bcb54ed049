//! The tables as diesel sees them: one description for both databases. Kept beside `migrations/` by hand;
//! a test compares it with what the migrations really make.

#![expect(
    missing_docs,
    reason = "diesel's macro makes a type of every column; the columns are explained in the migrations"
)]

use diesel::{allow_tables_to_appear_in_same_query, table};

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
    accounts (id) {
        id -> BigInt,
        account_number -> Text,
        sub -> Text,
        state -> Text,
        lock_reason -> Nullable<Text>,
        name -> Text,
        language -> Nullable<Text>,
        theme -> Nullable<Text>,
        terms_version -> Nullable<Text>,
        terms_accepted_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        picture -> Nullable<Text>,
        text_size -> Nullable<Text>,
        zoneinfo -> Nullable<Text>,
    }
}

table! {
    addresses (account_id, kind, value) {
        account_id -> BigInt,
        kind -> Text,
        value -> Text,
        is_main -> Bool,
        verified_at -> BigInt,
    }
}

table! {
    passwords (account_id) {
        account_id -> BigInt,
        hash -> Text,
        changed_at -> BigInt,
    }
}

table! {
    devices (id) {
        id -> BigInt,
        secret_digest -> Binary,
        user_agent -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    sessions (account_id, id) {
        account_id -> BigInt,
        id -> BigInt,
        browser_digest -> Binary,
        device_id -> BigInt,
        amr -> Text,
        authenticated_at -> BigInt,
        selected_at -> BigInt,
        last_used_at -> BigInt,
        idle_expires_at -> BigInt,
        expires_at -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    sign_in_attempts (id_digest) {
        id_digest -> Binary,
        binding_digest -> Binary,
        purpose -> Text,
        identifier_kind -> Text,
        identifier -> Text,
        continue_to -> Text,
        name -> Nullable<Text>,
        terms_version -> Nullable<Text>,
        proved_kind -> Nullable<Text>,
        proved_address -> Nullable<Text>,
        closed_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    one_time_codes (subject_digest) {
        subject_digest -> Binary,
        purpose -> Text,
        channel -> Text,
        destination -> Text,
        code_digest -> Binary,
        tries_left -> Integer,
        sent_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

table! {
    code_budgets (destination, day) {
        destination -> Text,
        day -> BigInt,
        sent -> Integer,
        last_sent_at -> BigInt,
        expires_at -> BigInt,
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
    profiles (account_id) {
        account_id -> BigInt,
        given_name -> Nullable<Text>,
        family_name -> Nullable<Text>,
        middle_name -> Nullable<Text>,
        nickname -> Nullable<Text>,
        preferred_username -> Nullable<Text>,
        profile -> Nullable<Text>,
        website -> Nullable<Text>,
        gender -> Nullable<Text>,
        birthdate -> Nullable<Text>,
        address -> Text,
    }
}

table! {
    pictures (account_id, size) {
        account_id -> BigInt,
        size -> BigInt,
        picture_key -> Text,
        jpeg -> Binary,
        created_at -> BigInt,
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
    accounts,
    addresses,
    authorization_codes,
    authorization_requests,
    browser_origins,
    clients,
    client_logos,
    code_budgets,
    consents,
    device_requests,
    devices,
    grants,
    one_time_codes,
    outbox,
    passwords,
    pictures,
    profiles,
    registration_tokens,
    resources,
    revoked_tokens,
    seen_jwts,
    server_facts,
    sessions,
    sign_in_attempts,
    signing_keys,
    throttles,
);
