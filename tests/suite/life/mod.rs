//! The life of an account: what the person it belongs to does with it, and what they are told.

mod address_attacks;
mod addresses;
mod fresh;
mod new_device;
mod recycled;
mod replacement;
mod steps;
mod undo;
