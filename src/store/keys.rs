//! The one place that says which names a storage takes. What is allowed is what both Azure Storage and SQLite take
//! without escaping, so that a name that works on a laptop works in the cloud.

use sha2::{Digest, Sha256};

use super::ports::StoreError;

/// The longest key, in characters.
pub const LONGEST_KEY: usize = 512;

/// The longest blob name, in characters (Azure's limit).
pub const LONGEST_NAME: usize = 1024;

/// How much of a text is kept readable in front of its hash.
const READABLE: usize = 48;

/// Refuses what cannot be a partition or row key: something empty, too long, or with a character outside ASCII
/// letters, digits and `-_.:~`.
pub fn check_key(key: &str) -> Result<(), StoreError> {
    if !key.is_empty() && key.len() <= LONGEST_KEY && key.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(bad(key))
    }
}

/// Refuses what cannot be a blob's name: keys joined by `/`, none of them `.` or `..`, because an HTTP client would
/// fold those away and write another blob.
pub fn check_blob_name(name: &str) -> Result<(), StoreError> {
    let folds_away = |part: &str| part == "." || part == "..";
    let parts_fit = name
        .split('/')
        .all(|part| check_key(part).is_ok() && !folds_away(part));
    if parts_fit && name.len() <= LONGEST_NAME {
        Ok(())
    } else {
        Err(bad(name))
    }
}

/// Refuses what no blob's name can begin with. The empty prefix begins them all.
pub fn check_blob_prefix(prefix: &str) -> Result<(), StoreError> {
    let fits = |byte: u8| is_allowed(byte) || byte == b'/';
    if prefix.len() <= LONGEST_NAME && prefix.bytes().all(fits) {
        Ok(())
    } else {
        Err(bad(prefix))
    }
}

/// Refuses what Azure would not take for a queue's name: 3 to 63 lower-case letters, digits and single hyphens,
/// with a letter or digit at both ends.
pub fn check_queue_name(name: &str) -> Result<(), StoreError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = (3..=63).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    if fits { Ok(()) } else { Err(bad(name)) }
}

/// Turns any text (a list's name, with quotes, slashes, other scripts, `../`) into a key, different texts into
/// different keys.
///
/// A text that is a key already stays as it is. Any other becomes a readable beginning, `~` and a hash of the whole
/// text; a text with a `~` of its own is hashed too, so it cannot pass for another text's key. No key made here holds
/// `~~`: two of them joined by `~~` are a key that cannot be split in two ways.
pub fn key_of(text: &str) -> String {
    let stays = check_key(text).is_ok()
        && text.len() <= READABLE * 4
        && !text.contains('~')
        && !text.starts_with('.')
        && !text.ends_with('.');
    if stays {
        return text.to_owned();
    }
    let mut readable = String::new();
    for character in text.chars() {
        if readable.len() >= READABLE {
            break;
        }
        if character.is_ascii_alphanumeric() || "_.:".contains(character) {
            readable.push(character);
        } else if !readable.ends_with('-') {
            readable.push('-');
        }
    }
    let readable = match readable.trim_matches(['-', '.']) {
        "" => "x",
        some => some,
    };
    // 128 bits: names come from outside, so an accident is not the only way two of them could meet.
    let hash: String = Sha256::digest(text.as_bytes())
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{readable}~{hash}")
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.:~".contains(&byte)
}

fn bad(key: &str) -> StoreError {
    StoreError::BadKey(key.chars().take(80).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_names_stay_readable() {
        assert_eq!(key_of("region-asia"), "region-asia");
        assert_eq!(key_of("csv:members.csv"), "csv:members.csv");
        assert!(key_of("Region Asia").starts_with("Region-Asia~"));
        assert!(key_of("../../etc/passwd").starts_with("etc-passwd~"));
    }

    #[test]
    fn hostile_names_become_keys_of_their_own() {
        let long = "x".repeat(5000);
        let hostile = [
            "",
            ".",
            "..",
            "../a",
            "a/b",
            "a\\b",
            "a b",
            "a'b",
            "a\"b",
            "a#b?c",
            "Zürich",
            "東京",
            "a\u{0}b",
            "a\nb",
            "~",
            "a~b",
            " a",
            "a ",
            "名\u{202e}",
            &long,
        ];
        let mut keys: Vec<String> = hostile.iter().map(|text| key_of(text)).collect();
        for (text, key) in hostile.iter().zip(&keys) {
            assert_eq!(check_key(key), Ok(()), "{text:?} became {key:?}");
            assert_eq!(check_blob_name(key), Ok(()), "{text:?} became {key:?}");
        }
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), hostile.len());
    }

    #[test]
    fn a_key_cannot_be_claimed_by_another_text() {
        let key = key_of("a/b");
        assert_ne!(key_of(&key), key);
    }

    #[test]
    fn queue_names_are_azures() {
        assert_eq!(check_queue_name("sync-jobs-poison"), Ok(()));
        for name in [
            "",
            "ab",
            "Jobs",
            "sync_jobs",
            "-jobs",
            "jobs-",
            "sync--jobs",
        ] {
            assert!(check_queue_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn blob_names_do_not_climb() {
        assert_eq!(check_blob_name("plans/region-asia/7f3c91"), Ok(()));
        for name in ["", "/a", "a/", "a//b", "a/../b", "./a", "a b", "a/é"] {
            assert!(check_blob_name(name).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_text_has_a_key_of_its_own(one in ".{0,80}", other in ".{0,80}") {
            prop_assert!(check_key(&key_of(&one)).is_ok());
            prop_assert_eq!(one == other, key_of(&one) == key_of(&other));
            prop_assert!(!key_of(&one).contains("~~"));
        }
    }
}
