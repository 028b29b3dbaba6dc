//! Reconciling, from the outside: two lists in, the plan's text out; and the laws every plan obeys.

mod consent_cases;
mod consent_laws;
mod explain_laws;
mod guest_cases;
mod lag_cases;
mod laws;
mod ledger_cases;
mod meeting_cases;
mod number_cases;
mod number_laws;
mod one_way_cases;
mod opt_out_cases;
mod oscillation_cases;
pub(super) mod platform_cases;
mod proof_cases;
mod restore_cases;
mod restore_guards;
mod restore_laws;
mod restored;
mod safety_laws;
mod story;
mod two_way_cases;
mod unresolved_cases;
mod value_cases;

use crate::{
    definition::sync::{Direction, FirstRun, Sync},
    model::{
        address::Address,
        attributes::Value,
        baseline::{Baseline, BaselineEntry, Identity},
        capabilities::{AddsBy, Capabilities, Updatable},
        list::{ListRef, Side, Sides},
        member::{ExternalId, Kind, Member, Standing},
        phone::PhoneNumber,
        reading::{Directory, Reading},
    },
    plan::{outcome::Outcome, text::render, value::Plan},
};

/// Two lists, what was agreed on before, and how to bring them together.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) sync: Sync,
    pub(super) source: Reading,
    pub(super) target: Reading,
    pub(super) baseline: Option<Baseline>,
}

/// A one-way sync from a CSV file to a group.
pub(super) fn one_way(source: &[&str], target: &[&str]) -> Case {
    let mut sync = Sync::between("test", "csv", "entra-id");
    sync.limits.only_above = 0;
    Case {
        sync,
        source: reading("csv", source, AddsBy::Address, Updatable::Everything),
        target: reading(
            "entra-id",
            target,
            AddsBy::DirectoryObject,
            Updatable::Nothing,
        ),
        baseline: None,
    }
}

/// A two-way sync between a CSV file and a group; a baseline of people who were on both.
pub(super) fn two_way(source: &[&str], target: &[&str], baseline: Option<&[(&str, &str)]>) -> Case {
    let mut case = one_way(source, target);
    case.sync.direction = Direction::TwoWay;
    case.sync.first_run = FirstRun::Union;
    case.baseline = baseline.map(|pairs| Baseline {
        entries: pairs
            .iter()
            .map(|(source, target)| BaselineEntry {
                who: Sides {
                    source: Identity::of(&member(source)),
                    target: Identity::of(&member(target)),
                },
                fields: Default::default(),
                put: None,
                settling: None,
            })
            .collect(),
        ..Baseline::default()
    });
    case
}

impl Case {
    /// Everyone the group's directory knows; `acme.example` is its own domain.
    pub(super) fn knowing(mut self, people: &[&str]) -> Self {
        self.target.directory = Some(directory(people));
        self
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(super) fn plan(&self) -> Plan {
        self.plan_at(now())
    }

    pub(super) fn plan_at(&self, now: jiff::Timestamp) -> Plan {
        super::reconcile(
            &self.sync,
            &self.source,
            &self.target,
            self.baseline.as_ref(),
            now,
        )
    }

    /// Holds the plan's text, without its first line, against what is expected.
    #[track_caller]
    pub(super) fn check(&self, expected: &str) {
        let plan = self.plan();
        laws::everyone_is_accounted_for(self, &plan);
        let text = render(&plan);
        let body: String = text
            .lines()
            .skip(1)
            .map(|line| format!("{line}\n"))
            .collect();
        let expected: String = expected
            .lines()
            .map(str::trim_start)
            .filter(|line| !line.is_empty())
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(body, expected);
    }
}

/// The time of every plan.
pub(super) fn now() -> jiff::Timestamp {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

pub(super) fn directory(people: &[&str]) -> Directory {
    Directory {
        people: people.iter().map(|text| member(text)).collect(),
        own_domains: vec!["acme.example".to_owned()],
        doubts: Vec::new(),
    }
}

fn reading(connection: &str, members: &[&str], adds_by: AddsBy, updatable: Updatable) -> Reading {
    let list = ListRef {
        connection: connection.to_owned(),
        list: "staff".to_owned(),
    };
    let capabilities = Capabilities {
        updatable,
        invites: true,
        ..Capabilities::new(adds_by, 100)
    };
    Reading::whole(
        list,
        members.iter().map(|text| member(text)).collect(),
        capabilities,
    )
}

/// A member in words: `#1 ada@acme.example a.lovelace@acme.example +41446681800 name=Ada e=77 opted-out`.
/// `#…` is its id, the first address the primary one. `device`, `unreadable` and `?text` (a row that is no address)
/// make the other kinds.
pub(super) fn member(text: &str) -> Member {
    let mut member = Member::default();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if let Some(id) = word.strip_prefix('#') {
            member.id = Some(ExternalId::from(id));
        } else if let Some(id) = word.strip_prefix("e=") {
            member.employee_id = Some(id.to_owned());
        } else if let Some((name, value)) = word.split_once('=') {
            let value = match value {
                "true" => Value::Flag(true),
                "false" => Value::Flag(false),
                text => Value::Text(text.to_owned()),
            };
            member.attributes.insert(name.to_owned(), value);
        } else if let Some(note) = word.strip_prefix('?') {
            member.note = Some(format!("line 7: not an e-mail address: `{note}`"));
        } else if word == "opted-out" {
            member.standing = Standing::OptedOut;
        } else if word == "device" {
            member.kind = Kind::Other("device".to_owned());
        } else if word == "unreadable" {
            member.kind = Kind::Unreadable;
        } else if word.starts_with('+') {
            member
                .phones
                .push(PhoneNumber::parse(word, None).expect("a phone number"));
        } else {
            member
                .addresses
                .push(Address::parse(word).expect("an address"));
        }
    }
    member
}

/// What both lists hold after the plan was applied to the last change.
pub(super) fn applied(case: &Case, plan: &Plan) -> Case {
    applied_by(case, plan, "run-1", now())
}

/// The same, by a run at a time.
pub(super) fn applied_by(case: &Case, plan: &Plan, run: &str, now: jiff::Timestamp) -> Case {
    let mut after = Case {
        sync: case.sync.clone(),
        source: case.source.clone(),
        target: case.target.clone(),
        baseline: case.baseline.clone(),
    };
    for change in &plan.changes {
        apply_one(after_side(&mut after, change.side), change);
    }
    let outcomes: Vec<Option<Outcome>> = plan
        .changes
        .iter()
        .map(|_| Some(Outcome::Applied))
        .collect();
    let readings = Sides {
        source: &case.source,
        target: &case.target,
    };
    after.baseline = Some(super::remember::next_baseline(
        readings,
        plan,
        &outcomes,
        case.baseline.as_ref(),
        run,
        now,
    ));
    for side in [Side::Source, Side::Target] {
        let reading = after_side(&mut after, side);
        let sorted = Reading::whole(
            reading.list.clone(),
            std::mem::take(&mut reading.members),
            reading.capabilities.clone(),
        );
        reading.members = sorted.members;
    }
    after
}

fn after_side(case: &mut Case, side: Side) -> &mut Reading {
    match side {
        Side::Source => &mut case.source,
        Side::Target => &mut case.target,
    }
}

fn apply_one(reading: &mut Reading, change: &crate::plan::change::Change) {
    use crate::plan::change::Action;
    let is_same = |member: &Member| match &change.member.id {
        Some(id) => member.id.as_ref() == Some(id),
        None => member.address() == change.member.address() && member.address().is_some(),
    };
    match &change.action {
        Action::Add => {
            // A directory shows a member with everything it knows of them.
            let known = reading
                .directory
                .iter()
                .flat_map(|directory| &directory.people);
            let known = known.filter(|_| change.member.id.is_some());
            let known = known
                .into_iter()
                .find(|person| person.id == change.member.id);
            let added = known.unwrap_or(&change.member).clone();
            reading.members.push(added);
        }
        Action::Invite => {
            let mut guest = change.member.clone();
            guest.id = Some(ExternalId::from(format!("guest-{}", change.member.label())));
            if let Some(directory) = &mut reading.directory {
                directory.people.push(guest.clone());
            }
            reading.members.push(guest);
        }
        Action::Remove => reading.members.retain(|member| !is_same(member)),
        Action::Update(fields) => {
            for member in reading.members.iter_mut().filter(|member| is_same(member)) {
                for field in fields {
                    match &field.after {
                        Some(value) => member.attributes.insert(field.field.clone(), value.clone()),
                        None => member.attributes.remove(&field.field),
                    };
                }
            }
        }
    }
}
