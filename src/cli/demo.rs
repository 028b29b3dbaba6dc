//! `demo`: a two-way sync at work on a stand-in tenant.

use super::{Exit, Failure, arguments::DemoArguments};

/// Shows it.
pub(super) async fn demo(_arguments: &DemoArguments, _json: bool) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
