//! Small encodings the wire needs: percent signs, opaque tokens, dates, base64.
//!
//! Knows nothing of Graph.

use jiff::Timestamp;

/// A path as it was sent, with the decoded parameters of its query behind it: what faults are matched against.
pub(crate) fn decoded_url(path: &str, query: &[(String, String)]) -> String {
    let mut url = percent_decoded(path);
    for (index, (name, value)) in query.iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.push_str(value);
    }
    url
}

/// Undoes percent-encoding in one path segment.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        match (
            byte,
            ahead.next().and_then(hex_digit),
            ahead.next().and_then(hex_digit),
        ) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(high * 16 + low);
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Makes a query safe to stand in a link: whatever may not appear in a URI is percent-encoded, the rest is kept.
pub(crate) fn uri_safe(query: &str) -> String {
    let mut safe = String::with_capacity(query.len());
    for byte in query.bytes() {
        let kept = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte);
        if kept {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}

/// Packs fields into an opaque token with a checksum.
pub(crate) fn sealed(fields: &serde_json::Value) -> String {
    let text = fields.to_string();
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}{:08x}", checksum(text.as_bytes()))
}

/// Unpacks what [`sealed`] packed; nothing when the token is garbage.
pub(crate) fn unsealed(token: &str) -> Option<serde_json::Value> {
    let (hex, sum) = token.split_at_checked(token.len().checked_sub(8)?)?;
    let mut digits = hex.bytes().map(hex_digit);
    let mut bytes = Vec::with_capacity(hex.len() / 2);
    while let Some(high) = digits.next() {
        bytes.push(high? * 16 + digits.next()??);
    }
    (u32::from_str_radix(sum, 16).ok()? == checksum(&bytes))
        .then(|| serde_json::from_slice(&bytes).ok())?
}

/// Base64 for URLs, without padding.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0u32, |word, byte| (word << 8) | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let index = (word >> (18 - 6 * place)) & 63;
            text.push(
                ALPHABET
                    .get(index as usize)
                    .copied()
                    .map_or('A', char::from),
            );
        }
    }
    text
}

/// The time as the `Date` header writes it.
pub(crate) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The time as properties write it: whole seconds, UTC.
pub(crate) fn odata_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The time as `innerError.date` writes it: without a zone.
pub(crate) fn error_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// FNV-1a: enough to tell a token of ours from garbage.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| {
        (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_and_garbage_does_not() {
        let fields = serde_json::json!(["d", 7, "displayName"]);
        assert_eq!(unsealed(&sealed(&fields)), Some(fields));
        assert_eq!(unsealed("nonsense"), None);
        assert_eq!(unsealed("ä"), None);
        assert_eq!(unsealed(""), None);
    }

    #[test]
    fn base64_is_the_ordinary_one() {
        assert_eq!(base64url(b"Man"), "TWFu");
        assert_eq!(base64url(b"Ma"), "TWE");
        assert_eq!(base64url(b"M"), "TQ");
    }

    #[test]
    fn percent_signs_decode_and_strays_stay() {
        assert_eq!(percent_decoded("a%23EXT%40b%"), "a#EXT@b%");
        assert_eq!(uri_safe("$filter=mail eq 'a'"), "$filter=mail%20eq%20'a'");
    }
}
