//! Plans from the outside: their text, their JSON, their digest, and what of them may go on.

mod differences;
mod digests;
mod kinds;
mod reviews;
mod texts;
mod waits;

use super::{
    change::{Action, Because, Change, Considered, FieldChange, Ignored, Reason, Why, Withheld},
    value::{PLAN_VERSION, Plan},
};
use crate::model::{
    address::Address,
    attributes::Value,
    list::{ListRef, Side, Sides},
    member::Member,
};

/// A plan of these changes between `mail:staff` and `entra-id:staff`, with twenty members on each.
fn plan(mut changes: Vec<Change>) -> Plan {
    changes.sort_by(|left, right| left.order().cmp(&right.order()));
    let list = |connection: &str| ListRef {
        connection: connection.to_owned(),
        list: "staff".to_owned(),
    };
    Plan {
        version: PLAN_VERSION,
        sync: "staff".to_owned(),
        two_way: true,
        first_run: false,
        lists: Sides {
            source: list("mail"),
            target: list("entra-id"),
        },
        members: Sides {
            source: 20,
            target: 20,
        },
        doubts: Sides::default(),
        redefined: Vec::new(),
        redefined_to: None,
        handed: Sides::default(),
        restores: None,
        create: None,
        changes,
        withheld: Vec::new(),
        ignored: Vec::new(),
        unchanged: 0,
        lapsed: Vec::new(),
        people: Vec::new(),
        forgets: Vec::new(),
        wants_directory: Sides::default(),
    }
}

fn member(name: &str) -> Member {
    let address = format!("{name}@acme.example");
    Member::with_address(Address::parse(&address).unwrap())
}

fn change(side: Side, action: Action, name: &str) -> Change {
    let reason = match action {
        Action::Invite | Action::Add => Reason::JoinedOtherSide,
        Action::Update(_) => Reason::FieldsDiffer,
        Action::Remove => Reason::LeftOtherSide,
    };
    Change {
        side,
        action,
        member: member(name),
        reason,
        seen: Sides::default(),
    }
}

fn add(side: Side, name: &str) -> Change {
    change(side, Action::Add, name)
}

fn remove(side: Side, name: &str) -> Change {
    change(side, Action::Remove, name)
}

fn rename(side: Side, name: &str, before: Option<&str>, after: Option<&str>) -> Change {
    let value = |text: Option<&str>| text.and_then(Value::text);
    let field = FieldChange {
        field: "lastName".to_owned(),
        before: value(before),
        after: value(after),
    };
    change(side, Action::Update(vec![field]), name)
}

fn withheld(side: Side, considered: Considered, name: &str, because: Because) -> Withheld {
    Withheld {
        side,
        considered,
        label: member(name).label().to_owned(),
        because,
        seen: Sides::default(),
    }
}

fn ignored(side: Side, name: &str, why: Why) -> Ignored {
    Ignored {
        side,
        label: name.to_owned(),
        why,
        seen: Sides::default(),
    }
}
