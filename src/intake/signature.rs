//! Whether a claim is true: signatures after Standard Webhooks 1.0, and bearer tokens by their hashes. Pure.
//!
//! Every secret is tried on every call, and comparisons take the same time wherever they differ, so that nobody learns
//! from our answer, or from how long it takes, which secret nearly fitted.

use std::hint::black_box;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::claim::{Claim, Signed};
use crate::connectors::hr::Secret;

/// A call is checked with at least as many secrets: one to a connection that is not there takes as long as one to a
/// connection with the usual one or two.
const FEWEST: usize = 2;

/// What stands in for a secret that is not there.
const NO_SECRET: [u8; 32] = [0x5c; 32];

/// What a connection's calls are checked with.
#[derive(Default)]
pub(super) struct Keys {
    /// The secrets its calls are signed with.
    pub(super) secrets: Vec<Secret>,
    /// The hashes of its bearer tokens.
    pub(super) tokens: Vec<[u8; 32]>,
}

/// How a call was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// By a signature, over its id, time and body.
    Signature,
    /// By a bearer token.
    Token,
}

/// Whether the call is what it claims to be, and by which proof.
pub(super) fn proof(keys: &Keys, claim: &Claim, body: &[u8]) -> Option<Proof> {
    let is_known = claim
        .token
        .as_ref()
        .is_some_and(|token| is_token(&keys.tokens, token));
    let is_signed = claim
        .signed
        .as_ref()
        .is_some_and(|signed| is_signed(&keys.secrets, signed, body));
    match (is_signed, is_known) {
        (true, _) => Some(Proof::Signature),
        (false, true) => Some(Proof::Token),
        (false, false) => None,
    }
}

fn is_signed(secrets: &[Secret], signed: &Signed, body: &[u8]) -> bool {
    let mut fits = false;
    for number in 0..secrets.len().max(FEWEST) {
        let secret = secrets.get(number);
        let key = secret.map_or(&NO_SECRET[..], Secret::bytes);
        // A key of any length will do, so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
            continue;
        };
        mac.update(signed.id.as_bytes());
        mac.update(b".");
        mac.update(signed.timestamp.as_bytes());
        mac.update(b".");
        mac.update(body);
        for signature in &signed.signatures {
            fits |= mac.clone().verify_slice(signature).is_ok() & secret.is_some();
        }
    }
    fits
}

fn is_token(tokens: &[[u8; 32]], token: &str) -> bool {
    let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let mut fits = false;
    for number in 0..tokens.len().max(FEWEST) {
        let known = tokens.get(number);
        fits |= is_same(&hash, known.unwrap_or(&NO_SECRET)) & known.is_some();
    }
    fits
}

/// Whether two texts of bytes are the same; takes as long wherever they differ.
pub(super) fn is_same(left: &[u8], right: &[u8]) -> bool {
    let differences = left.iter().zip(right);
    let differences = differences.fold(0, |all, (left, right)| black_box(all | (left ^ right)));
    left.len() == right.len() && differences == 0
}
