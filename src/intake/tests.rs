//! Signatures and tokens: the published example, and what differs from it by a bit.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    Headers, Unproven,
    ask::window_end,
    claim::Claim,
    is_credible,
    signature::{Keys, Proof, is_same, proof},
};
use crate::connectors::hr::Secret;

/// The example that Standard Webhooks publishes.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIME: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const TOKEN: &str = "a-token-that-nobody-guesses-in-a-thousand-years";

fn now() -> Timestamp {
    Timestamp::from_second(TIME).unwrap()
}

fn example() -> Headers {
    Headers {
        id: Some(ID.to_owned()),
        timestamp: Some(TIME.to_string()),
        signature: Some(SIGNATURE.to_owned()),
        ..Headers::default()
    }
}

fn keys(secrets: &[&str], tokens: &[&str]) -> Keys {
    let secrets = secrets.iter().map(|text| Secret::parse(text).unwrap());
    let tokens = tokens
        .iter()
        .map(|token| Sha256::digest(token.as_bytes()).into());
    Keys {
        secrets: secrets.collect(),
        tokens: tokens.collect(),
    }
}

fn proven(keys: &Keys, headers: &Headers, body: &[u8]) -> Option<Proof> {
    let claim = Claim::read(headers, now()).ok()?;
    proof(keys, &claim, body)
}

fn with_signature(signature: &str) -> Headers {
    Headers {
        signature: Some(signature.to_owned()),
        ..example()
    }
}

fn with_token(authorization: &str) -> Headers {
    Headers {
        authorization: Some(authorization.to_owned()),
        ..Headers::default()
    }
}

#[test]
fn the_published_example_is_proven() {
    let keys = keys(&[SECRET], &[]);
    assert_eq!(proven(&keys, &example(), BODY), Some(Proof::Signature));
}

#[test]
fn one_of_several_secrets_and_one_of_several_signatures_have_to_fit() {
    let both = keys(&[OTHER_SECRET, SECRET], &[]);
    assert_eq!(proven(&both, &example(), BODY), Some(Proof::Signature));
    let wrong = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let keys_with = keys(&[SECRET], &[]);
    for several in [
        format!("{wrong} {SIGNATURE}"),
        format!("{SIGNATURE} {wrong}"),
        format!("v1a,c2lnbmF0dXJl v2,x {SIGNATURE} v1,short"),
        // As a proxy joins two headers.
        format!("{wrong}, {SIGNATURE}"),
        format!("{SIGNATURE}, {wrong}"),
    ] {
        let headers = with_signature(&several);
        assert_eq!(
            proven(&keys_with, &headers, BODY),
            Some(Proof::Signature),
            "{several}"
        );
    }
    for none in [&[OTHER_SECRET][..], &[]] {
        assert_eq!(proven(&keys(none, &[TOKEN]), &example(), BODY), None);
    }
}

/// What stands in for secrets that are not there proves nothing.
#[test]
fn nobody_signs_with_a_secret_that_is_not_there() {
    let mut mac = Hmac::<Sha256>::new_from_slice(&[0x5c; 32]).unwrap();
    mac.update(format!("{ID}.{TIME}.").as_bytes());
    mac.update(BODY);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let headers = with_signature(&format!("v1,{signature}"));
    for secrets in [&[][..], &[SECRET]] {
        assert_eq!(proven(&keys(secrets, &[]), &headers, BODY), None);
    }
}

#[test]
fn a_call_may_be_five_minutes_away() {
    for (seconds, credible) in [
        (0, true),
        (300, true),
        (-300, true),
        (301, false),
        (-301, false),
    ] {
        let now = Timestamp::from_second(TIME + seconds).unwrap();
        assert_eq!(is_credible(&example(), now), credible, "{seconds}");
        if !credible {
            assert_eq!(Claim::read(&example(), now).err(), Some(Unproven::Late));
        }
    }
}

#[test]
fn what_is_not_as_it_has_to_be_is_malformed() {
    let one = |change: fn(&mut Headers)| {
        let mut headers = example();
        change(&mut headers);
        headers
    };
    let malformed = [
        one(|headers| headers.id = None),
        one(|headers| headers.id = Some(String::new())),
        one(|headers| headers.id = Some("msg.1614265330".to_owned())),
        one(|headers| headers.id = Some("a, b".to_owned())),
        one(|headers| headers.id = Some("é".to_owned())),
        one(|headers| headers.id = Some("x".repeat(257))),
        one(|headers| headers.timestamp = None),
        one(|headers| headers.timestamp = Some("+1614265330".to_owned())),
        one(|headers| headers.timestamp = Some("1614265330, 1614265330".to_owned())),
        one(|headers| headers.timestamp = Some("99999999999999999999".to_owned())),
        one(|headers| headers.timestamp = Some(String::new())),
        with_signature(""),
        with_signature("v1"),
        with_signature("v1,"),
        with_signature("v1,g0hM9SsE"),
        with_signature("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE"),
        with_signature("v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        with_signature(&[SIGNATURE; 17].join(" ")),
        with_token("Basic YTpi"),
        with_token("Bearer"),
        with_token("Bearer "),
        with_token("Bearer two words"),
        with_token(&format!("Bearer {}", "x".repeat(4097))),
    ];
    for (number, headers) in malformed.iter().enumerate() {
        let problem = Claim::read(headers, now()).err();
        assert_eq!(problem, Some(Unproven::Malformed), "{number}");
    }
    let nothing = Claim::read(&Headers::default(), now()).err();
    assert_eq!(nothing, Some(Unproven::Missing));
}

#[test]
fn a_token_is_known_by_its_hash() {
    let keys = keys(&[], &["another", TOKEN]);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let headers = with_token(&format!("{scheme} {TOKEN}"));
        assert_eq!(proven(&keys, &headers, b""), Some(Proof::Token));
    }
    for wrong in [&TOKEN[1..], &format!("{TOKEN}x"), "x"] {
        let headers = with_token(&format!("Bearer {wrong}"));
        assert_eq!(proven(&keys, &headers, b""), None, "{wrong}");
    }
    // The hash itself is no token.
    let hash: String = Sha256::digest(TOKEN)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let headers = with_token(&format!("Bearer {hash}"));
    assert_eq!(proven(&keys, &headers, b""), None);
}

#[test]
fn a_token_proves_a_call_whose_signature_does_not() {
    let keys = keys(&[OTHER_SECRET], &[TOKEN]);
    for (mut headers, expected) in [
        (example(), Some(Proof::Token)),
        (with_signature("garbage"), Some(Proof::Token)),
    ] {
        headers.authorization = Some(format!("Bearer {TOKEN}"));
        assert_eq!(proven(&keys, &headers, BODY), expected);
        headers.authorization = Some("Bearer wrong".to_owned());
        assert_eq!(proven(&keys, &headers, BODY), None);
    }
}

proptest! {
    #[test]
    fn a_flipped_bit_of_the_body_is_noticed(bit in 0..BODY.len() * 8) {
        let mut body = BODY.to_vec();
        body[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(proven(&keys(&[SECRET], &[]), &example(), &body), None);
    }

    #[test]
    fn a_flipped_bit_of_a_header_is_noticed(place in 0..3_usize, index in any::<prop::sample::Index>(), bit in 0..7_u32) {
        let mut headers = example();
        let fields = [&mut headers.id, &mut headers.timestamp, &mut headers.signature];
        let field = fields.into_iter().nth(place).unwrap();
        let mut bytes = field.take().unwrap().into_bytes();
        let index = index.index(bytes.len());
        bytes[index] ^= 1 << bit;
        *field = Some(String::from_utf8(bytes).unwrap());
        prop_assert_eq!(proven(&keys(&[SECRET], &[]), &headers, BODY), None);
    }

    #[test]
    fn a_flipped_bit_of_the_secret_is_noticed(bit in 0..24 * 8_usize) {
        let mut secret = Secret::parse(SECRET).unwrap().bytes().to_vec();
        secret[bit / 8] ^= 1 << (bit % 8);
        let keys = keys(&[&STANDARD.encode(secret)], &[]);
        prop_assert_eq!(proven(&keys, &example(), BODY), None);
    }

    #[test]
    fn what_was_signed_is_proven(key in prop::collection::vec(any::<u8>(), 24..80), id in "[!-\\-/-~]{1,60}", body in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{id}.{TIME}.").as_bytes());
        mac.update(&body);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let headers = Headers { id: Some(id), ..with_signature(&format!("v1,{signature}")) };
        let keys = keys(&[&STANDARD.encode(key)], &[]);
        prop_assert_eq!(proven(&keys, &headers, &body), Some(Proof::Signature));
    }

    #[test]
    fn hostile_headers_do_no_harm(texts in prop::collection::vec(prop::option::of(".{0,80}"), 4)) {
        let mut texts = texts.into_iter();
        let headers = Headers {
            id: texts.next().flatten(),
            timestamp: texts.next().flatten(),
            signature: texts.next().flatten(),
            authorization: texts.next().flatten(),
            ..Headers::default()
        };
        prop_assert_eq!(proven(&keys(&[SECRET], &[TOKEN]), &headers, BODY), None);
    }

    #[test]
    fn a_while_ends_after_every_moment_of_it(now in 0..5_000_000_000_000_i64, seconds in 10..=3600_u32) {
        let now = Timestamp::from_millisecond(now).unwrap();
        let end = window_end(now, seconds);
        let left = end.duration_since(now).as_millis();
        prop_assert!(0 < left && left <= i128::from(seconds) * 1000);
        let just_before = end - jiff::SignedDuration::from_nanos(1);
        prop_assert_eq!(window_end(just_before, seconds), end);
        prop_assert_eq!(end.as_second() % i64::from(seconds), 0);
    }

    #[test]
    fn the_same_is_the_same(left: Vec<u8>, right: Vec<u8>) {
        prop_assert_eq!(is_same(&left, &right), left == right);
        prop_assert!(is_same(&left, &left));
    }
}
