//! The package as the Functions host runs it.
// Clippy lets helper functions unwrap only where it sees `cfg(test)`.

#[cfg(test)]
#[path = "../../functions/package/mod.rs"]
mod package;

#[cfg(test)]
mod packaging;
