//! Two big lists that are nearly the same: made up, and the same on every run.
#![expect(
    clippy::expect_used,
    reason = "made-up addresses that do not parse are a mistake here"
)]

use rollcall::{
    definition::sync::{Direction, FirstRun, Sync},
    model::{
        address::Address,
        baseline::{Baseline, BaselineEntry, Identity},
        capabilities::{AddsBy, Capabilities},
        list::{ListRef, Sides},
        member::{ExternalId, Member},
        reading::{Directory, Reading},
    },
};

const FIRST: [&str; 16] = [
    "ada",
    "benedikt",
    "chiara",
    "dmitri",
    "elisabeth",
    "farid",
    "giulia",
    "hans-peter",
    "ines",
    "jonathan",
    "katharina",
    "li",
    "maximilian",
    "nadia",
    "oluwaseun",
    "pavel",
];
const LAST: [&str; 16] = [
    "ackermann",
    "brunner",
    "castellani",
    "de-groot",
    "eriksson",
    "fernandez",
    "gerber",
    "huang",
    "ivanov",
    "jeanneret",
    "keller",
    "lindqvist",
    "mueller",
    "nakamura",
    "okafor",
    "petrov",
];
const DOMAINS: [&str; 4] = [
    "acme.example",
    "asia.acme.example",
    "acme-consulting.example",
    "partners.acme.example",
];

/// A person with this number, as a list of bare addresses has them.
fn by_address(number: usize) -> Member {
    Member::with_address(address("", number))
}

/// The same person, as a directory has them: an id, the primary address and an alias.
fn by_id(number: usize) -> Member {
    Member {
        id: Some(id(number)),
        addresses: vec![address("", number), address("alias.", number)],
        ..Member::default()
    }
}

fn address(prefix: &str, number: usize) -> Address {
    let pick = |words: &'static [&'static str], shift: usize| {
        words
            .get((number >> shift) % words.len())
            .copied()
            .unwrap_or_default()
    };
    let text = format!(
        "{prefix}{}.{}{}@{}",
        pick(&FIRST, 0),
        pick(&LAST, 4),
        number >> 8,
        pick(&DOMAINS, 6)
    );
    Address::parse(&text).expect("an address")
}

/// Ids as a platform gives them: in no order that has to do with the addresses.
fn id(number: usize) -> ExternalId {
    let high = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let low = high.rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    uuid::Uuid::from_u64_pair(high, low).to_string().into()
}

fn list(name: &str, members: Vec<Member>) -> Reading {
    let capabilities = Capabilities::new(AddsBy::Address, 400);
    let list = ListRef {
        connection: name.to_owned(),
        list: "everyone".to_owned(),
    };
    Reading::whole(list, members, capabilities)
}

/// Two lists of `size` members; one in two hundred is on the left one only, and as many on the right one only.
pub(crate) fn readings(size: usize) -> Sides<Reading> {
    let apart = size / 200;
    Sides {
        source: list("entra-id", (0..size).map(by_id).collect()),
        target: list("files", (apart..size + apart).map(by_address).collect()),
    }
}

/// What both lists agreed on before: since then some joined the left one, and some left it.
pub(crate) fn baseline(size: usize) -> Baseline {
    let apart = size / 200;
    let entry = |number| BaselineEntry {
        who: Sides {
            source: Identity::of(&by_id(number)),
            target: Identity::of(&by_address(number)),
        },
        fields: Default::default(),
        put: None,
        settling: None,
    };
    Baseline {
        entries: (apart..size + apart).map(entry).collect(),
        ..Baseline::default()
    }
}

/// Makes the left list one that takes directory objects, and gives it the directory.
pub(crate) fn with_directory(mut readings: Sides<Reading>, size: usize) -> Sides<Reading> {
    let apart = size / 200;
    readings.source.capabilities.adds_by = AddsBy::DirectoryObject;
    readings.source.directory = Some(Directory {
        people: (0..size + apart).map(by_id).collect(),
        own_domains: vec!["acme.example".to_owned()],
        doubts: Vec::new(),
    });
    readings
}

/// A sync in both directions.
pub(crate) fn two_way() -> Sync {
    Sync {
        direction: Direction::TwoWay,
        first_run: FirstRun::Union,
        ..Sync::between("everyone", "entra-id", "files")
    }
}

/// Ids and addresses of members in an order that a platform could give.
pub(crate) fn unsorted(size: usize) -> Vec<Member> {
    (0..size).map(by_id).collect()
}
