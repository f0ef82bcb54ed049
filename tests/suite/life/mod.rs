//! The life of an account: what the person it belongs to does with it, and what they are told.

mod forgot;
mod fresh;
mod new_device;
mod password;
mod password_race;
mod recovery;
mod recovery_back;
mod steps;
mod trouble;
