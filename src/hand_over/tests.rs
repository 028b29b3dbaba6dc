//! Packages: what they hold, and how far one is.

mod comparing;
mod contents;
mod scripts;

use jiff::Timestamp;

use super::{Manifest, Occasion, manifest};
use crate::{
    model::{
        address::Address,
        capabilities::{AddsBy, Capabilities, HandOver},
        list::{ListRef, Side, Sides},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Action, Change, Reason},
        value::{PLAN_VERSION, Plan},
    },
};

/// When the package of most tests was made.
fn made() -> Timestamp {
    "2026-11-21T06:00:00Z".parse().unwrap()
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Somebody with an object of the directory.
fn person(number: usize) -> Member {
    Member {
        id: Some(id(number).into()),
        ..Member::with_address(Address::parse(&format!("p{number}@acme.example")).unwrap())
    }
}

fn guest(name: &str) -> Member {
    Member::with_address(Address::parse(&format!("{name}@partner.example")).unwrap())
}

fn list_ref(connection: &str) -> ListRef {
    ListRef {
        connection: connection.to_owned(),
        list: "Staff".to_owned(),
    }
}

/// The group with these people.
fn reading(with: HandOver, people: &[usize]) -> Reading {
    let capabilities = Capabilities {
        read_only: Some("Microsoft Graph cannot write a distribution list".to_owned()),
        hand_over: Some(with),
        ..Capabilities::new(AddsBy::DirectoryObject, 20)
    };
    let members = people.iter().map(|number| person(*number)).collect();
    Reading {
        list_id: Some(id(999)),
        ..Reading::whole(list_ref("entra-id"), members, capabilities)
    }
}

fn change(action: Action, member: Member) -> Change {
    let reason = match action {
        Action::Remove => Reason::NotOnSource,
        _ => Reason::OnSource,
    };
    Change {
        side: Side::Target,
        action,
        member,
        reason,
        seen: Sides::default(),
    }
}

fn add(number: usize) -> Change {
    change(Action::Add, person(number))
}

fn remove(number: usize) -> Change {
    change(Action::Remove, person(number))
}

fn invite(name: &str) -> Change {
    change(Action::Invite, guest(name))
}

fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        version: PLAN_VERSION,
        sync: "staff".to_owned(),
        two_way: false,
        first_run: false,
        lists: Sides {
            source: list_ref("mail"),
            target: list_ref("entra-id"),
        },
        members: Sides::default(),
        doubts: Sides::default(),
        redefined: Vec::new(),
        redefined_to: None,
        lapsed: Vec::new(),
        restores: None,
        forgets: Vec::new(),
        handed: Sides::default(),
        create: None,
        changes,
        withheld: Vec::new(),
        ignored: Vec::new(),
        unchanged: 0,
        people: Vec::new(),
        wants_directory: Sides::default(),
    }
}

/// The package that run `r1` made of these changes.
fn package(with: HandOver, changes: &[Change]) -> Manifest {
    let reading = reading(with, &[]);
    let occasion = Occasion {
        sync: "staff",
        run: "r1",
        now: made(),
        side: Side::Target,
        reading: &reading,
        replaces: None,
    };
    manifest(&occasion, changes.iter(), Vec::new()).unwrap()
}
