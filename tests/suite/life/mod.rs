//! The life of an account: what the person it belongs to does with it, and what they are told.

mod activity;
mod activity_kinds;
mod apps;
mod devices;
mod devices_ended;
mod devices_without_browser;
mod fresh;
mod locked;
mod log_lines;
mod new_device;
mod operators;
mod places;
