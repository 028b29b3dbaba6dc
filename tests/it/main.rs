//! Integration tests.
// Clippy lets helper functions unwrap only where it sees `cfg(test)`.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod azurite;
#[cfg(test)]
mod copied;
#[cfg(test)]
mod format;
#[cfg(test)]
mod handler;
#[cfg(test)]
#[cfg(unix)]
mod infra;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod local;
#[cfg(test)]
mod monitoring;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod push;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod spine;
#[cfg(test)]
mod store;
#[cfg(test)]
mod store_contract;
#[cfg(test)]
mod store_hook;
#[cfg(test)]
mod telemetry;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod cli;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod connectors;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod entra;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod examples;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod faults;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod mailroute;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod scenarios;

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod surface;
