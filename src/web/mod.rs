//! What every page shares.

pub mod assets;
pub mod door;
pub mod error;
pub mod field;
pub mod icon;
pub mod moment;
pub mod page;
pub mod person;
