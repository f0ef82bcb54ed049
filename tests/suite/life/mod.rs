//! The life of an account: what the person it belongs to does with it, and what they are told.

mod fresh;
mod new_device;
mod trouble;
