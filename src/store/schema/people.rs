//! The tables of accounts, and of how people come in.

#![expect(
    missing_docs,
    reason = "diesel's macro makes a type of every column; the columns are explained in the migrations"
)]

use diesel::table;

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
        two_step_at -> Nullable<BigInt>,
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
        looked_up_at -> Nullable<BigInt>,
        breached_at -> Nullable<BigInt>,
    }
}

table! {
    totps (account_id) {
        account_id -> BigInt,
        sealed_secret -> Binary,
        last_step -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    recovery_codes (account_id, digest) {
        account_id -> BigInt,
        digest -> Binary,
        created_at -> BigInt,
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
        proved_address -> Nullable<Text>,
        device_class -> Nullable<Text>,
        strange_at -> Nullable<BigInt>,
        bound_key -> Nullable<Text>,
        bound_since -> Nullable<BigInt>,
        bound_at -> Nullable<BigInt>,
    }
}

table! {
    account_devices (account_id, device_id) {
        account_id -> BigInt,
        device_id -> BigInt,
        name -> Nullable<Text>,
        network -> Text,
        first_used_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        client_id -> Nullable<Text>,
        remembered_until -> Nullable<BigInt>,
        remembered_for -> Nullable<Binary>,
        passkey_offered_at -> Nullable<BigInt>,
    }
}

table! {
    account_events (account_id, happened_at, id) {
        account_id -> BigInt,
        happened_at -> BigInt,
        id -> BigInt,
        kind -> Text,
        details -> Text,
        expires_at -> BigInt,
        topic -> Text,
    }
}

table! {
    account_changes (account_id, id) {
        account_id -> BigInt,
        id -> BigInt,
        kind -> Text,
        details -> Text,
        due_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    operator_audit (id) {
        id -> BigInt,
        happened_at -> BigInt,
        operator -> Text,
        os_user -> Text,
        action -> Text,
        account_id -> Nullable<BigInt>,
        account_mark -> Binary,
        reason -> Nullable<Text>,
        expires_at -> BigInt,
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
        account_id -> Nullable<BigInt>,
        replaces -> Nullable<Text>,
        half_shown -> Nullable<Text>,
        half_since -> Nullable<BigInt>,
        half_until -> Nullable<BigInt>,
        half_address -> Nullable<Text>,
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
        sms_book -> Nullable<Text>,
    }
}

table! {
    sms_pauses (prefix) {
        prefix -> Text,
        paused_at -> BigInt,
        paused_until -> BigInt,
        sent -> Integer,
        entered -> Integer,
        watched_from -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    sms_watch (prefix, minute) {
        prefix -> Text,
        minute -> BigInt,
        sent -> Integer,
        entered -> Integer,
        expires_at -> BigInt,
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
    sent_messages (subject_digest) {
        subject_digest -> Binary,
        id -> BigInt,
        channel -> Text,
        state -> Text,
        sent_at -> BigInt,
        changed_at -> BigInt,
        expires_at -> BigInt,
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
    account_apps (account_id, client_id, subject) {
        account_id -> BigInt,
        client_id -> Text,
        subject -> Text,
        first_used_at -> BigInt,
    }
}

table! {
    exports (account_id) {
        account_id -> BigInt,
        id -> BigInt,
        asked_at -> BigInt,
        claimed_until -> BigInt,
        ready_at -> Nullable<BigInt>,
        size -> Nullable<BigInt>,
        file -> Nullable<Binary>,
        expires_at -> BigInt,
    }
}

table! {
    retired_identifiers (mark) {
        mark -> Binary,
    }
}

table! {
    erasure_receipts (erasure_id, id) {
        erasure_id -> BigInt,
        id -> BigInt,
        client_id -> Text,
        name -> Text,
        state -> Text,
        answered_at -> Nullable<BigInt>,
        expires_at -> BigInt,
    }
}

table! {
    passkeys (account_id, id) {
        account_id -> BigInt,
        id -> BigInt,
        credential_id -> Binary,
        credential -> Text,
        counter -> BigInt,
        backup_eligible -> Bool,
        backed_up -> Bool,
        aaguid -> Binary,
        transports -> Text,
        name -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        last_device_id -> Nullable<BigInt>,
    }
}

table! {
    passkey_challenges (challenge_digest) {
        challenge_digest -> Binary,
        binding_digest -> Binary,
        purpose -> Text,
        account_id -> Nullable<BigInt>,
        state -> Text,
        expires_at -> BigInt,
    }
}

table! {
    upstream_links (account_id, id) {
        account_id -> BigInt,
        id -> BigInt,
        issuer -> Text,
        subject -> Text,
        known_as -> Nullable<Text>,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    upstream_requests (state_digest) {
        state_digest -> Binary,
        binding_digest -> Binary,
        provider -> Text,
        account_id -> Nullable<BigInt>,
        continue_to -> Text,
        anew -> Bool,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    upstream_proofs (id_digest) {
        id_digest -> Binary,
        binding_digest -> Binary,
        issuer -> Text,
        subject -> Text,
        known_as -> Nullable<Text>,
        account_id -> Nullable<BigInt>,
        continue_to -> Text,
        expires_at -> BigInt,
    }
}

table! {
    approvals (secret_digest) {
        secret_digest -> Binary,
        binding_digest -> Binary,
        state -> Text,
        number -> Integer,
        numbers -> Text,
        continue_to -> Text,
        newer_than -> Nullable<BigInt>,
        user_agent -> Text,
        network -> Text,
        account_id -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}
