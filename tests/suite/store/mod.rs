//! What the store promises, on real databases.

mod address_race;
mod backup;
pub mod expiry;
mod groups;
mod key_rotation;
mod master_key;
mod migrations;
mod plans;
pub mod tables;
