//! Reads a plan, and says where it goes through a table that grows.

use serde_json::Value;

/// Tables that may be gone through, and why: what is in them does not grow with people.
pub const BOUNDED: [(&str, &str); 8] = [
    ("announcements", "written by the operator, and dropped some months after their end"),
    ("announcement_sends", "two an announcement at most"),
    ("browser_origins", "one or two a client"),
    ("client_logos", "one a client"),
    ("clients", "registered by the operator; those that register themselves are limited by registration.most_clients"),
    ("resources", "registered by the operator"),
    ("server_facts", "one row"),
    ("signing_keys", "a few, one an algorithm and rotation"),
];

/// Tables that a deletion looks for the person in, once, by a part of what is in them, and why that is little.
pub const WALKED: [(&str, &str); 2] = [
    ("authorization_requests", "requests of the last half hour"),
    ("account_changes", "what waits to change other accounts, for days at most"),
];

/// Tables that the removal of a client goes through, and why that is little.
pub const WALKED_BY_CLIENT: [(&str, &str); 4] = [
    ("access_tokens", "opaque tokens, for minutes"),
    ("authorization_codes", "for a minute"),
    ("authorization_requests", "requests of the last half hour"),
    ("device_requests", "for half an hour"),
];

/// Whether a statement is such a look, or such a removal.
pub fn is_walk(statement: &str) -> bool {
    let plain = statement.replace('"', "`").replace("  ", " ");
    let looks =
        plain.contains(" LIKE ") && WALKED.iter().any(|(table, _)| plain.contains(&format!("FROM `{table}` WHERE")));
    let removes = |table: &str| plain.starts_with(&format!("DELETE FROM `{table}` WHERE (`{table}`.`client_id` = "));
    looks || WALKED_BY_CLIENT.iter().any(|(table, _)| removes(table))
}

fn is_bounded(table: &str) -> bool {
    BOUNDED.iter().any(|(own, _)| *own == table)
}

/// What goes through a table in the steps of SQLite's plan. A search must be for something (`=?`), or for what lies behind a
/// bound in time (`<?`): what is due or has ended. What lies before one (`>?`) is everything that lives.
pub fn of_sqlite(steps: &[String]) -> Vec<String> {
    let fault = |step: &String| {
        let mut words = step.split_whitespace();
        let (verb, table) = (words.next()?, words.next()?);
        let is_scan = match verb {
            "SCAN" => table != "CONSTANT" && !table.starts_with('('),
            "SEARCH" => !(step.contains("=?") || step.contains("<?")),
            _ => false,
        };
        (is_scan && !is_bounded(table)).then(|| step.clone())
    };
    steps.iter().filter_map(fault).collect()
}

/// The same of PostgreSQL's plan in JSON.
pub fn of_postgres(plan: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for tree in plan.as_array().into_iter().flatten() {
        walk(&tree["Plan"], None, &mut faults);
    }
    faults
}

fn walk(node: &Value, above: Option<&str>, faults: &mut Vec<String>) {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let table = node["Relation Name"].as_str().or(above);
    let is_scan = match kind {
        "Seq Scan" | "Sample Scan" => true,
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" => {
            let condition = node["Index Cond"].as_str().unwrap_or_default();
            !(condition.contains(" = ") || condition.contains(" < ") || condition.contains(" <= "))
        }
        _ => false,
    };
    if is_scan && !table.is_some_and(is_bounded) {
        let condition = node["Index Cond"].as_str().unwrap_or("no condition");
        faults.push(format!("{kind} on {}: {condition}", table.unwrap_or("a table")));
    }
    for below in node["Plans"].as_array().into_iter().flatten() {
        // A bitmap's index scan does not name its table.
        walk(below, node["Relation Name"].as_str(), faults);
    }
}
