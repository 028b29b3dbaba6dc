//! Patterns as they are written, over members as they are read.

use super::Pattern;
use crate::model::{address::Address, member::Member, phone::PhoneNumber};

fn kim() -> Member {
    let addresses = ["Kim.Park@Acme.example", "kim@bücher.example"];
    Member {
        id: Some("2F1C0A54-7A0E-4B53-9A3E-6C7D1F0B9E21".into()),
        addresses: addresses.map(|text| Address::parse(text).unwrap()).into(),
        phones: vec![PhoneNumber::parse("+61491570006", None).unwrap()],
        ..Member::default()
    }
}

#[test]
fn any_address_number_or_the_id_fits() {
    let cases = [
        ("kim.park@acme.example", true),
        (" KIM.PARK@ACME.EXAMPLE ", true),
        ("kim@bücher.example", true),
        ("kim@xn--bcher-kva.example", true),
        ("2f1c0a54-7A0E-4b53-9a3e-6c7d1f0b9e21", true),
        ("+61491570006", true),
        ("*@acme.example", true),
        ("*@BÜCHER.example", true),
        ("*@*.bücher.example", false),
        ("kim.*@*", true),
        ("k?m.park@acme.example", true),
        ("k??m.park@acme.example", false),
        ("*park*", true),
        ("*", true),
        ("**", true),
        ("2f1c*", true),
        ("+614*", true),
        ("park", false),
        ("*@acme", false),
        ("acme.example", false),
        ("im.park@acme.example", false),
    ];
    for (text, fits) in cases {
        let pattern = Pattern::parse(text).unwrap();
        assert_eq!(pattern.fits(&kim()), fits, "{text}");
    }
    // Also one that was never folded.
    assert!(Pattern("KIM.*@ACME.example".to_owned()).fits(&kim()));
    assert!(!Pattern("*".to_owned()).fits(&Member::default()));
}

#[test]
fn a_pattern_that_can_fit_nobody_is_refused() {
    for text in [
        "",
        "  ",
        "@",
        "kim@",
        "kim@acme",
        "kim park@acme.example",
        "*@bü*.example",
    ] {
        assert!(Pattern::parse(text).is_err(), "{text}");
    }
}

#[test]
fn wildcards_alone_fit_everyone() {
    for (text, everyone) in [
        ("*", true),
        ("***", true),
        ("?*", true),
        ("*@*", true),
        ("*@*.*", true),
        ("*a*", false),
        ("*@acme.example", false),
        ("?", false),
    ] {
        let pattern = Pattern::parse(text).unwrap();
        assert_eq!(pattern.fits_everyone(), everyone, "{text}");
    }
}

#[test]
fn many_stars_do_not_blow_up() {
    let pattern = Pattern(format!("{}b", "a*".repeat(2000)));
    let mut member = kim();
    member.id = Some("a".repeat(4000).as_str().into());
    assert!(!pattern.fits(&member));
}
