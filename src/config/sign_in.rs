//! `[signin]`: what a sign-in takes beyond one proof.

use serde::Deserialize;
use std::time::Duration;

use super::rules::{Wrong, between, days, seconds};

/// The checked `[signin]`.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Who has to take a second step.
    pub two_step: TwoStep,
    /// Whether a device that is signed in may approve a sign-in in another browser.
    pub by_other_device: bool,
    /// How long a browser may be remembered after both steps; zero: not at all.
    pub remember: Duration,
    /// Whether a code by text message, beside a password, counts as a second step of accounts that have nothing stronger.
    pub second_by_sms: bool,
    /// The same of a code by e-mail.
    pub second_by_email: bool,
    /// Wrong codes of an authenticator app, or recovery codes, for one account in the window.
    pub second_tries: u32,
    /// That window.
    pub second_window: Duration,
}

/// Who has to take a second step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TwoStep {
    /// Who switched it on, and whoever an app asks it of.
    Optional,
    /// Everybody. Who has nothing for it sets it up on the way in.
    Required,
}

/// As written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    two_step: TwoStep,
    by_other_device: bool,
    remember_days: u32,
    second_by_sms: bool,
    second_by_email: bool,
    second_tries: u32,
    second_window_seconds: u32,
}

pub(super) fn check(written: &Written) -> Result<SignIn, Wrong> {
    Ok(SignIn {
        two_step: written.two_step,
        by_other_device: written.by_other_device,
        remember: days("signin.remember_days", written.remember_days, 0..=90)?,
        second_by_sms: written.second_by_sms,
        second_by_email: written.second_by_email,
        // Six digits, and three of them good at a time: more tries than these would be guessing (RFC 6238 §5.2).
        second_tries: between("signin.second_tries", written.second_tries, 1..=10)?,
        second_window: seconds("signin.second_window_seconds", written.second_window_seconds, 60..=86_400)?,
    })
}
