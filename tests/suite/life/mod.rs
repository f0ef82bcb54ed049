//! The life of an account: what the person it belongs to does with it, and what they are told.

mod address_attacks;
mod addresses;
mod forgot;
mod fresh;
mod new_device;
mod password;
mod password_race;
mod password_steps;
mod recovery;
mod recovery_back;
mod recycled;
mod replacement;
mod steps;
mod trouble;
mod undo;
