//! What a call's headers claim. Pure: whether the claim is true is for [`super::signature`].

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};

use super::Headers;

/// How far the time of a call may be from ours, both ways.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The longest id or key, in characters.
const LONGEST_ID: usize = 256;

/// The longest bearer token, in characters.
const LONGEST_TOKEN: usize = 4096;

/// The most signatures of one call.
const MOST_SIGNATURES: usize = 16;

/// What a call's headers claim. At least one of the two.
pub(super) struct Claim {
    /// That it is signed.
    pub(super) signed: Option<Signed>,
    /// A bearer token.
    pub(super) token: Option<String>,
}

/// A call that says it is signed.
pub(super) struct Signed {
    /// Its id.
    pub(super) id: String,
    /// When it was sent, as it was signed.
    pub(super) timestamp: String,
    /// The same as a time.
    pub(super) sent: Timestamp,
    /// Its signatures; one of them has to fit.
    pub(super) signatures: Vec<Vec<u8>>,
}

/// Why it is not proven where a call comes from. For the log alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unproven {
    /// It claims nothing.
    Missing,
    /// A header is not what it has to be.
    Malformed,
    /// It was sent too long ago, or will be sent.
    Late,
    /// There is no HR connection of this name.
    Unknown,
    /// Neither a signature nor the token fits. What is wrong with our own secrets, in words; nothing of their values.
    Wrong(Vec<String>),
    /// Its body is too long to check.
    TooLarge,
}

impl fmt::Display for Unproven {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("it is not signed and shows no token"),
            Self::Malformed => formatter.write_str("a header of its proof is malformed"),
            Self::Late => formatter.write_str("its time is more than five minutes away from ours"),
            Self::Unknown => formatter.write_str("there is no such HR connection"),
            Self::Wrong(ours) => {
                formatter.write_str("neither a signature nor a token fits")?;
                ours.iter()
                    .try_for_each(|problem| write!(formatter, "; {problem}"))
            }
            Self::TooLarge => formatter.write_str("its body is too long, or did not end in time"),
        }
    }
}

/// Whether the headers could be proven true. The body of a call that is late or malformed is not worth keeping.
pub fn is_credible(headers: &Headers, now: Timestamp) -> bool {
    Claim::read(headers, now).is_ok()
}

impl Claim {
    /// Reads the headers.
    pub(super) fn read(headers: &Headers, now: Timestamp) -> Result<Self, Unproven> {
        let signature = headers.signature.as_deref();
        let signed = signature.map(|signature| signed(headers, signature, now));
        let token = headers.authorization.as_deref().and_then(bearer);
        match (signed, token) {
            (Some(Ok(signed)), token) => Ok(Self {
                signed: Some(signed),
                token,
            }),
            // Whoever shows a token needs no signature.
            (_, Some(token)) => Ok(Self {
                signed: None,
                token: Some(token),
            }),
            (Some(Err(problem)), None) => Err(problem),
            (None, None) if headers.authorization.is_some() => Err(Unproven::Malformed),
            (None, None) => Err(Unproven::Missing),
        }
    }
}

fn signed(headers: &Headers, signature: &str, now: Timestamp) -> Result<Signed, Unproven> {
    let malformed = || Unproven::Malformed;
    let id = headers.id.as_deref().filter(|id| is_id(id));
    let id = id.ok_or_else(malformed)?;
    let timestamp = headers.timestamp.as_deref().ok_or_else(malformed)?;
    let sent = time(timestamp).ok_or_else(malformed)?;
    let signatures = signatures(signature).ok_or_else(malformed)?;
    if now.duration_since(sent).abs() > TOLERANCE {
        return Err(Unproven::Late);
    }
    Ok(Signed {
        id: id.to_owned(),
        timestamp: timestamp.to_owned(),
        sent,
        signatures,
    })
}

/// An id has no full stop: what is signed is `id.timestamp.body`, and has to come apart in one way only.
fn is_id(id: &str) -> bool {
    is_key(id) && !id.contains('.')
}

/// Whether this can be the key that a repeated call is known by.
pub(super) fn is_key(key: &str) -> bool {
    (1..=LONGEST_ID).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

fn time(text: &str) -> Option<Timestamp> {
    let is_number = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = is_number.then(|| text.parse().ok()).flatten()?;
    Timestamp::from_second(seconds).ok()
}

/// The signatures of the version we know; the others are for other programs. `None` when there is none.
fn signatures(header: &str) -> Option<Vec<Vec<u8>>> {
    let entries: Vec<&str> = header.split_ascii_whitespace().collect();
    if entries.len() > MOST_SIGNATURES {
        return None;
    }
    let known = entries.into_iter().filter_map(|entry| {
        // A proxy joins two headers of one name with a comma.
        let encoded = entry.strip_prefix("v1,")?;
        let bytes = STANDARD.decode(encoded.trim_end_matches(',')).ok()?;
        (bytes.len() == 32).then_some(bytes)
    });
    let known: Vec<Vec<u8>> = known.collect();
    (!known.is_empty()).then_some(known)
}

fn bearer(authorization: &str) -> Option<String> {
    let (scheme, token) = authorization.split_once(' ')?;
    let token = token.trim();
    let fits = scheme.eq_ignore_ascii_case("bearer")
        && (1..=LONGEST_TOKEN).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| token.to_owned())
}
