//! The tables of announcements, and of what people want to be told how.

#![expect(
    missing_docs,
    reason = "diesel's macro makes a type of every column; the columns are explained in the migrations"
)]

use diesel::table;

table! {
    announcements (id) {
        id -> Text,
        topic -> Text,
        words -> Text,
        link -> Nullable<Text>,
        audience -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
        withdrawn_at -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    announcement_sends (announcement_id, channel) {
        announcement_id -> Text,
        channel -> Text,
        reached -> BigInt,
        looked_at -> BigInt,
        sent -> BigInt,
        failed -> BigInt,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        expires_at -> BigInt,
    }
}

table! {
    announcement_recipients (account_id, announcement_id, channel) {
        account_id -> BigInt,
        announcement_id -> Text,
        channel -> Text,
        id -> BigInt,
        state -> Text,
        expires_at -> BigInt,
    }
}

table! {
    opt_ins (account_id, id) {
        account_id -> BigInt,
        id -> BigInt,
        topic -> Text,
        channel -> Text,
        language -> Text,
        wording -> Text,
        version -> Text,
        way -> Text,
        network -> Text,
        opted_in_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        ended_way -> Nullable<Text>,
        ended_network -> Nullable<Text>,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    news_seen (account_id) {
        account_id -> BigInt,
        seen_at -> BigInt,
    }
}

table! {
    notice_choices (account_id, kind) {
        account_id -> BigInt,
        kind -> Text,
        channel -> Text,
    }
}
