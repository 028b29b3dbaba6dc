//! Who is taken for one person, and who is not.

use std::collections::BTreeSet;

use super::person::{Given, Person, Seen, Told};
use crate::model::{
    list::ListRef,
    member::{ExternalId, Member},
    phone::PhoneNumber,
};

const OBJECT: &str = "00000000-0000-4000-8000-00000000000";

/// `mail 17 ada@acme.example countess@acme.example +61491570006`: the list, the id (or `-`), addresses and numbers.
fn seen(text: &str) -> Seen {
    let mut words = text.split(' ');
    let list = ListRef {
        connection: words.next().unwrap().to_owned(),
        list: "staff".to_owned(),
    };
    let mut member = Member {
        id: words
            .next()
            .filter(|id| *id != "-")
            .map(|id| ExternalId::from(id.replace('#', OBJECT))),
        ..Member::default()
    };
    for word in words {
        match word.strip_prefix("e=") {
            Some(id) => member.employee_id = Some(id.to_owned()),
            None if word.contains('@') => {
                member.addresses.push(word.to_owned().try_into().unwrap());
            }
            None => member.phones.push(PhoneNumber::parse(word, None).unwrap()),
        }
    }
    Seen::member(&list, &member)
}

fn told(texts: &[&str]) -> BTreeSet<Told> {
    texts.iter().map(|text| vec![seen(text)]).collect()
}

/// The person, as everything that is stored tells of them.
fn person(given: &str, stored: &[&str]) -> Result<Person, Vec<String>> {
    let stored = told(stored);
    let mut person = Person::named(&Given::parse(given).unwrap(), &stored)?;
    while person.grow(&stored) {}
    Ok(person)
}

/// Which of the entries are the person's, by their numbers.
fn theirs(given: &str, stored: &[&str]) -> Vec<usize> {
    let person = person(given, stored).unwrap();
    let stored = stored.iter().enumerate();
    let theirs = stored.filter(|(_, text)| person.is(&seen(text)));
    theirs.map(|(place, _)| place).collect()
}

#[test]
fn one_person_is_followed_from_key_to_key() {
    let stored = [
        "mail 17 ada@acme.example",
        "entra-id #1 ada@acme.example countess@acme.example",
        "other - countess@acme.example +61491570006",
        "phones 4 +61491570006",
        "entra-id #1 ada.king@acme.example",
        "mail 18 bob@acme.example",
        "other 17 eve@acme.example",
    ];
    assert_eq!(theirs("Ada@ACME.example", &stored), [0, 1, 2, 3, 4]);
    assert_eq!(theirs("+61 491 570 006", &stored), [0, 1, 2, 3, 4]);
    assert_eq!(theirs("countess@acme.example", &stored), [0, 1, 2, 3, 4]);
    assert_eq!(theirs("bob@acme.example", &stored), [5]);
    assert_eq!(theirs("nobody@acme.example", &stored), Vec::<usize>::new());
}

#[test]
fn what_is_shared_makes_nobody_one_person() {
    let stored = [
        "entra-id #1 ada@acme.example office@acme.example +61491570006",
        "entra-id #2 bob@acme.example office@acme.example +61491570006",
        "hr - cyd@acme.example +61491570006 e=0000",
        "hr - dan@acme.example e=0000",
    ];
    assert_eq!(theirs("ada@acme.example", &stored), [0]);
    assert_eq!(theirs("bob@acme.example", &stored), [1]);
    assert_eq!(theirs("cyd@acme.example", &stored), [2]);
    // With an entry of its own it is a mailbox, and neither of the two who reach it.
    let with_own = [&stored[..], &["mail - office@acme.example"]].concat();
    assert_eq!(theirs("office@acme.example", &with_own), [4]);
    let several = person("office@acme.example", &stored).unwrap_err();
    assert_eq!(several, ["ada@acme.example", "bob@acme.example"]);
    let several = person("+61491570006", &stored).unwrap_err();
    assert_eq!(several.len(), 3, "{several:?}");
}

#[test]
fn an_alias_that_went_to_a_colleague_is_theirs() {
    let stored = [
        "entra-id #1 ada@acme.example sales@acme.example",
        "entra-id #2 sales@acme.example",
        "mail - sales@acme.example",
    ];
    // Whose the row without an id is nobody can tell: it may be hers, and goes.
    assert_eq!(theirs("ada@acme.example", &stored), [0, 2]);
    assert_eq!(theirs("sales@acme.example", &stored), [1, 2]);
}

#[test]
fn an_alias_alone_names_who_has_it() {
    let stored = [
        "entra-id #1 ada@acme.example countess@acme.example",
        "mail - ada@acme.example",
    ];
    assert_eq!(theirs("countess@acme.example", &stored), [0, 1]);
}

#[test]
fn what_is_no_address_and_no_number_names_nobody() {
    for text in ["", "ada", "0491 570 006", "17", "ada@"] {
        assert_eq!(Given::parse(text), None, "{text}");
    }
}

/// Platforms whose own ids are UUIDs too do not contradict the directory.
#[test]
fn an_id_says_that_two_are_different_on_its_own_connection_alone() {
    let stored = [
        "entra-id #1 ada@acme.example +61491570006",
        "texts #7 +61491570006",
        "texts #8 +61491570007",
        "entra-id #2 bob@acme.example countess@acme.example",
    ];
    assert_eq!(theirs("ada@acme.example", &stored), [0, 1]);
    assert_eq!(theirs("bob@acme.example", &stored), [3]);
}

/// What two lists agreed on is one person's: a number that went on to somebody else does not make it two people's.
#[test]
fn a_number_that_went_to_a_colleague_is_theirs() {
    let both = |texts: [&str; 2]| texts.map(seen).to_vec();
    let bobs = told(&["entra-id #2 bob@acme.example +61491570006"]);
    let adas = both(["entra-id #1 ada@acme.example", "texts - +61491570006"]);
    let mut stored = bobs;
    stored.insert(adas.clone());
    let mut bob = Person::named(&Given::parse("bob@acme.example").unwrap(), &stored).unwrap();
    while bob.grow(&stored) {}
    assert!(!bob.is_one(&adas));
    // Alone it tells nobody: it is hers as far as anybody knows.
    assert!(!bob.is(&seen("texts - +61491570006")));
    assert!(!bob.has(&Given::parse("ada@acme.example").unwrap()));
    let mut ada = Person::named(&Given::parse("ada@acme.example").unwrap(), &stored).unwrap();
    while ada.grow(&stored) {}
    assert!(ada.is_one(&adas));
}
