//! Versions as HTTP says them: strong ETags, and what a client expects to find.

use axum::http::header;
use sha2::{Digest, Sha256};

use super::{
    call::Call,
    problem::{Code, Problem},
};
use crate::{catalog::Item, store::ports::Version};

/// What a change expects to find, as its headers say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Precondition {
    /// Nothing was said.
    None,
    /// `If-None-Match: *`: nothing is there yet.
    New,
    /// `If-Match`: one of these, or anything at all.
    Any(Vec<String>),
}

/// The strong ETag of a version. A hash, because what storages take for a version need not fit a header.
pub(super) fn etag(version: &Version) -> String {
    let digits: String = Sha256::digest(version.0.as_bytes())
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{digits}\"")
}

/// What the headers of a call say.
pub(super) fn precondition(call: &Call) -> Result<Precondition, Problem> {
    let invalid = |detail: &str| Err(Problem::new(Code::InvalidRequest, detail));
    let (known, unknown) = (
        call.header(&header::IF_MATCH)?,
        call.header(&header::IF_NONE_MATCH)?,
    );
    match (known, unknown) {
        (None, None) => Ok(Precondition::None),
        (Some(_), Some(_)) => invalid("`If-Match` and `If-None-Match` contradict each other"),
        (None, Some(star)) if star.trim() == "*" => Ok(Precondition::New),
        (None, Some(_)) => invalid("`If-None-Match` has to be `*` here"),
        (Some(tags), None) => {
            let tags = tags.split(',').map(|tag| tag.trim().to_owned());
            Ok(Precondition::Any(tags.collect()))
        }
    }
}

impl Precondition {
    /// Whether what is there fits `If-Match`. Weak tags never do.
    pub(super) fn is_met_by(&self, item: &Item) -> bool {
        match self {
            Self::Any(tags) => tags
                .iter()
                .any(|tag| tag == "*" || *tag == etag(&item.version)),
            Self::None | Self::New => false,
        }
    }
}
