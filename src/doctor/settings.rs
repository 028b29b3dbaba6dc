//! Variables that are missing, and variables that nobody reads.
//!
//! Names only: no value comes here.

use super::Finding;
use crate::definition::did_you_mean;
pub use crate::service::Variables;

/// Looks at variables by their names.
pub fn settings(variables: &Variables) -> Vec<Finding> {
    let Variables {
        needed,
        by_the_app,
        set,
        unresolved,
        ours,
        known,
    } = variables;
    let mut findings = Vec::new();
    for (variable, connection) in needed {
        if !set.contains(variable) {
            let found =
                format!("`{variable}` is not set, and the connection `{connection}` reads it");
            findings.push(Finding::problem("variables", found).todo(format!("set `{variable}`")));
        }
    }
    findings.extend(unresolved.iter().map(|(name, todo)| {
        let found = format!(
            "`{name}` is still a reference to a key vault: the platform could not put the secret in its place"
        );
        Finding::problem("variables", found).todo(todo)
    }));
    if findings.is_empty() && !needed.is_empty() {
        let count = needed.len();
        let plural = if count == 1 { " is" } else { "s are" };
        findings.push(Finding::ok(
            "variables",
            format!("the {count} variable{plural} set that connections read"),
        ));
    }
    let missing = by_the_app.iter().filter(|(name, _)| !set.contains(name));
    findings.extend(missing.map(|(name, without)| {
        let found = format!("`{name}` is not set: {without}");
        Finding::warning("variables", found).todo(format!("set `{name}` where the app runs"))
    }));
    let is_needed = |name: &str| needed.iter().any(|(needed, _)| needed == name);
    let unknown = ours
        .iter()
        .filter(|name| !known.contains(name) && !is_needed(name));
    for name in unknown {
        let candidates = known.iter().chain(needed.iter().map(|(needed, _)| needed));
        let hint = did_you_mean(name, candidates.map(String::as_str));
        let todo = match hint.trim() {
            "" => "take it out, or look whether its name is right".to_owned(),
            hint => hint.to_owned(),
        };
        let found = format!("`{name}` is set, and nothing reads a variable of this name");
        findings.push(Finding::warning("variables", found).todo(todo));
    }
    findings
}
