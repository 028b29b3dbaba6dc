//! The package as the Functions host runs it: a host of our own, rebuilt from what the real one was seen to do.
//!
//! The harness is the program's opponent: it shares no code with it, signs its own storage requests, and takes the
//! program from the staged folder. Modules named `azurite` need the storage that `tests/run` starts.
// Clippy lets helper functions unwrap only where it sees `cfg(test)`.

#[cfg(test)]
#[path = "../../functions/package/mod.rs"]
mod package;

#[cfg(test)]
mod packaging;

#[cfg(test)]
mod deployed;
#[cfg(test)]
mod encode;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod front;
#[cfg(test)]
mod invoke;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod process;
#[cfg(test)]
mod program;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod timer;

#[cfg(test)]
mod azurite;
