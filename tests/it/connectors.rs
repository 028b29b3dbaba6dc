//! Every connector against its stand-in, held to the same laws.

#[allow(dead_code, reason = "the connectors under test follow")]
mod subject;
