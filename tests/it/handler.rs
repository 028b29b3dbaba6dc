//! The custom-handler protocol over a real socket, with what a real host was recorded to send.

mod invocations;
mod judge;
mod outside;
mod panics;
mod process;
mod recorded;
mod replay;
mod stage;
mod wire;
