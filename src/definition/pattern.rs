//! Exact and glob patterns over a member's addresses and id.

use crate::model::member::Member;

/// `ceo@acme.example` or `*@partner.example`; `*` stands for any run of characters, `?` for one. Without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub String);

impl Pattern {
    /// Whether any address, or the id, of `member` fits.
    pub fn fits(&self, _member: &Member) -> bool {
        false
    }
}
