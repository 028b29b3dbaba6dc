//! What is stored without the person: one function for each form, the same for looking and for erasing.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::{
    person::{Person, Seen, Told},
    plans,
    tell::Kind,
    text::Needles,
    words::Words,
};
use crate::{
    history::{LIFT_VERSION, Lift, RunFile},
    model::{
        baseline::Baseline,
        forgotten::FORGOTTEN,
        list::{ListRef, Sides},
        member::Member,
        snapshot::{SNAPSHOT_VERSION, Snapshot},
    },
    plan::value::PLAN_VERSION,
    summary::{SUMMARY_VERSION, Summary},
};

/// What a stored thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// A baseline; of which lists, where that is known.
    Baseline(Box<Sides<ListRef>>),
    /// A baseline that a crash left over, and nothing names.
    LeftOver,
    Run,
    Snapshot,
    /// What a package says.
    Package,
    Summary,
    Lift,
    /// A record with words of people in it.
    Remark,
    /// What an HR system sent, and nothing reads any more.
    Delivery,
    /// The newest of what it sent.
    Load,
    /// A definition, or what is kept of it.
    Definition,
}

/// A stored thing without the person.
#[derive(Debug, Default)]
pub(super) struct Redacted {
    /// What of it is about the person, by kind.
    pub(super) counts: Vec<(Kind, usize)>,
    /// What becomes of it.
    pub(super) next: Next,
}

/// What becomes of a stored thing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    #[default]
    Stays,
    /// These bytes instead.
    Becomes(Vec<u8>),
    /// It is deleted.
    Goes,
}

/// Whom a stored thing is told to be without.
#[derive(Clone, Copy)]
pub(super) struct Whom<'a> {
    pub(super) person: &'a Person,
    pub(super) needles: &'a Needles,
}

/// Why a stored thing cannot be read.
pub(super) type Unreadable = String;

/// Everyone of whom a stored thing tells by keys.
pub(super) fn told(form: &Form, bytes: &[u8]) -> Result<Vec<Told>, Unreadable> {
    let one = |list: &ListRef, member: &Member| vec![Seen::member(list, member)];
    Ok(match form {
        Form::Baseline(lists) => {
            let baseline: Baseline = parse(bytes)?;
            let entries = baseline.entries.iter();
            let entries = entries.map(|entry| Seen::entry(lists, entry));
            let stones = baseline.tombstones.iter();
            let stones = stones.map(|stone| Seen::tombstone(lists, stone));
            let ledger = ledger(lists, &baseline).map(|seen| vec![seen]);
            entries.chain(stones).chain(ledger).collect()
        }
        Form::Run => {
            let RunFile { plan, .. } = run(bytes)?;
            let changes = plan.changes.iter();
            changes
                .map(|change| one(plan.lists.of(change.side), &change.member))
                .collect()
        }
        Form::Snapshot => {
            let Snapshot { lists, members, .. } = snapshot(bytes)?;
            let source = members
                .source
                .iter()
                .map(|member| one(&lists.source, member));
            let target = members
                .target
                .iter()
                .map(|member| one(&lists.target, member));
            source.chain(target).collect()
        }
        _ => Vec::new(),
    })
}

/// Of a baseline, everyone whom both lists had.
pub(super) fn entries(form: &Form, bytes: &[u8]) -> Vec<Told> {
    let Form::Baseline(lists) = form else {
        return Vec::new();
    };
    let baseline = parse::<Baseline>(bytes).unwrap_or_default();
    let entries = baseline.entries.iter();
    entries.map(|entry| Seen::entry(lists, entry)).collect()
}

/// A stored thing without the person. What is not about them stays as it is, byte for byte.
pub(super) fn without(form: &Form, bytes: &[u8], whom: Whom<'_>) -> Result<Redacted, Unreadable> {
    match form {
        Form::Baseline(lists) => baseline(lists, &parse(bytes)?, whom),
        Form::LeftOver if whom.needles.may_be_in(bytes) => Ok(gone(Kind::LeftOvers)),
        Form::Run => {
            let mut file = run(bytes)?;
            let erased = plans::without(&mut file, whom.person);
            kept(Kind::Plans, &file, erased, whom)
        }
        Form::Snapshot => {
            let mut found = snapshot(bytes)?;
            let erased = members(&mut found, whom.person);
            kept(Kind::Snapshots, &found, erased, whom)
        }
        Form::Summary => {
            let mut summary: Summary = parse(bytes)?;
            known(summary.version, SUMMARY_VERSION)?;
            let erased = failures(&mut summary, whom.person);
            kept(Kind::Summaries, &summary, erased, whom)
        }
        Form::Lift => {
            let lift: Lift = parse(bytes)?;
            known(lift.version, LIFT_VERSION)?;
            if whom.person.is(&Seen::identity(&lift.list, &lift.who)) {
                return Ok(stays(Kind::Lifts));
            }
            kept(Kind::Remarks, &lift, 0, whom)
        }
        Form::Remark => kept(Kind::Remarks, &parse::<Json>(bytes)?, 0, whom),
        Form::Package if whom.needles.are_in(&String::from_utf8_lossy(bytes)) => {
            Ok(gone(Kind::Packages))
        }
        Form::Delivery if whom.needles.are_in_file(bytes) => Ok(gone(Kind::Deliveries)),
        Form::Load if whom.needles.are_in_file(bytes) => Ok(stays(Kind::Loads)),
        Form::Definition if whom.needles.are_in(&String::from_utf8_lossy(bytes)) => {
            Ok(stays(Kind::Definitions))
        }
        Form::LeftOver | Form::Package | Form::Delivery | Form::Load | Form::Definition => {
            Ok(Redacted::default())
        }
    }
}

fn gone(kind: Kind) -> Redacted {
    Redacted {
        counts: vec![(kind, 1)],
        next: Next::Goes,
    }
}

fn stays(kind: Kind) -> Redacted {
    Redacted {
        counts: vec![(kind, 1)],
        ..Redacted::default()
    }
}

/// The rest of the texts without the person too, and what that comes to.
fn kept<T: Serialize + DeserializeOwned>(
    kind: Kind,
    value: &T,
    erased: usize,
    whom: Whom<'_>,
) -> Result<Redacted, Unreadable> {
    let mut json = serde_json::to_value(value).map_err(|error| error.to_string())?;
    let mut words = Words::default();
    words.go_through(&mut json, whom.needles, false);
    let mut redacted = Redacted {
        counts: vec![
            (kind, erased + words.erased),
            (Kind::Deciders, words.deciders),
        ],
        ..Redacted::default()
    };
    if erased + words.erased > 0 {
        // What could not be read again must not be written.
        let read_again: T = serde_json::from_value(json).map_err(|error| error.to_string())?;
        let bytes = serde_json::to_vec(&read_again).map_err(|error| error.to_string())?;
        redacted.next = Next::Becomes(bytes);
    }
    Ok(redacted)
}

/// What a baseline says of the person. It stays as it is: without them, a list that still shows them would seem to have
/// gained them, and whoever waits for their removal would get them back. The runs take them out once both lists have.
fn baseline(
    lists: &Sides<ListRef>,
    baseline: &Baseline,
    whom: Whom<'_>,
) -> Result<Redacted, Unreadable> {
    let person = whom.person;
    let entries = baseline.entries.iter();
    let entries = entries.filter(|entry| person.is_one(&Seen::entry(lists, entry)));
    let ledger = ledger(lists, baseline).filter(|seen| person.is(seen));
    let unresolved = baseline.unresolved.iter();
    let unresolved = unresolved.filter(|unresolved| person.is_called(&unresolved.label, lists));
    let theirs = entries.count() + ledger.count() + unresolved.count();
    let stones = baseline.tombstones.iter();
    let stones = stones.filter(|stone| person.is_one(&Seen::tombstone(lists, stone)));
    let stones = stones.count();
    let others = Baseline {
        entries: baseline.entries.clone(),
        ..Baseline::default()
    };
    let mut redacted = kept(Kind::Baselines, &others, theirs, whom)?;
    redacted.counts.push((Kind::OptOuts, stones));
    redacted.next = Next::Stays;
    Ok(redacted)
}

/// Whom a baseline knows from what was done lately: taken off, invited, refused.
fn ledger(lists: &Sides<ListRef>, baseline: &Baseline) -> impl Iterator<Item = Seen> {
    let taken = baseline.taken.iter();
    let taken = taken.map(|taken| (taken.by.side, &taken.who));
    let invited = baseline.invited.iter();
    let invited = invited.map(|invited| (invited.by.side, &invited.who));
    let refused = baseline.refused.iter();
    let refused = refused.map(|refused| (refused.by.side, &refused.who));
    let all = taken.chain(invited).chain(refused);
    all.map(|(side, who)| Seen::identity(lists.of(side), who))
}

fn members(snapshot: &mut Snapshot, person: &Person) -> usize {
    let Snapshot { lists, members, .. } = snapshot;
    let sides = [
        (&lists.source, &mut members.source),
        (&lists.target, &mut members.target),
    ];
    let mut erased = 0;
    for (list, members) in sides {
        for member in members {
            if person.is(&Seen::member(list, member)) {
                *member = Member::forgotten();
                erased += 1;
            }
        }
    }
    erased
}

fn failures(summary: &mut Summary, person: &Person) -> usize {
    let lists = summary.lists.clone();
    let mut erased = 0;
    for failure in &mut summary.first_failures {
        if person.is_called(&failure.member, &lists) {
            FORGOTTEN.clone_into(&mut failure.member);
            FORGOTTEN.clone_into(&mut failure.problem.message);
            failure.problem.help = None;
            erased += 1;
        }
    }
    erased
}

fn run(bytes: &[u8]) -> Result<RunFile, Unreadable> {
    #[derive(Deserialize)]
    struct Versioned {
        plan: Version,
    }
    // The version first: a newer form may not be readable otherwise.
    known(parse::<Versioned>(bytes)?.plan.version, PLAN_VERSION)?;
    parse(bytes)
}

fn snapshot(bytes: &[u8]) -> Result<Snapshot, Unreadable> {
    known(parse::<Version>(bytes)?.version, SNAPSHOT_VERSION)?;
    parse(bytes)
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

fn known(version: u32, newest: u32) -> Result<(), Unreadable> {
    match version > newest {
        true => Err(format!("a newer rollcall wrote it (version {version})")),
        false => Ok(()),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}
