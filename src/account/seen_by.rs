//! Which apps see what: those that hold a scope which carries a claim, or that asked for it by name.

use super::apps::Connected;

/// The names of the apps that see a claim, in the order of their names.
pub(super) fn apps(connected: &[Connected], claim: &str) -> Vec<String> {
    let mut names: Vec<String> = connected.iter().filter(|app| app.sees(claim)).map(|app| app.door().name).collect();
    names.sort();
    names.dedup();
    names
}
