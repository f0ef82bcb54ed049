//! The life of an account: what the person it belongs to does with it, and what they are told.

mod announce_command;
mod fresh;
mod new_device;
mod news;
mod news_sending;
mod notices_chosen;
mod unsubscribe;
