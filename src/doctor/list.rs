//! One list of a sync: read it, plan, and tell what a run would do and cost.

use std::time::Duration;

use super::{Finding, Patient, advice, limits, owners::owners, syncs::broken};
use crate::{
    agenda::{self, ListKey, State},
    connectors::ports::examination::{Expected, Work},
    definition::sync::{Direction, Endpoint, Sync},
    model::{
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{
        change::{Action, Because},
        review::{Review, review},
        value::Plan,
    },
    read,
    run::{self, Ports},
};

/// Everything that is to be said of one list. Reads both sides, and writes nothing.
pub(super) async fn look(patient: Patient<'_>, ports: Ports<'_>, sync: &Sync) -> Vec<Finding> {
    let mut findings = Vec::new();
    match run::read_and_plan(ports, sync).await {
        Err(error) => findings.push(broken(&error)),
        Ok((readings, _, plan)) => {
            findings.push(counts(sync, &readings));
            findings.extend(writable(sync, &readings));
            findings.extend(owners(patient, sync, &readings).await);
            findings.push(whole(&readings));
            findings.extend(advice::of_lists(sync, &readings, &plan));
            findings.extend(limits::of_lists(sync, &readings));
            let reviewed = review(plan, &sync.limits, None, (patient.now)());
            findings.extend(planned(&reviewed));
            findings.extend(costs(patient, sync, &readings, reviewed.approved.plan()));
        }
    }
    findings.extend(standing(patient, sync).await);
    findings
}

pub(super) fn endpoint(sync: &Sync, side: Side) -> &Endpoint {
    match side {
        Side::Source => &sync.source,
        Side::Target => &sync.target,
    }
}

/// The sides a run writes.
pub(super) fn written(sync: &Sync) -> &'static [Side] {
    match sync.direction {
        Direction::OneWay => &[Side::Target],
        Direction::TwoWay => &[Side::Source, Side::Target],
    }
}

fn counts(sync: &Sync, readings: &Sides<Reading>) -> Finding {
    let of = |side: Side| {
        let Reading {
            list,
            exists,
            members,
            directory,
            ..
        } = readings.of(side);
        let people = directory.as_ref().map_or_else(String::new, |directory| {
            let people = counted(directory.people.len(), "person", "people");
            format!(" (its connection knows {people})")
        });
        match (exists, endpoint(sync, side).create) {
            (true, _) => {
                let members = counted(members.len(), "member", "members");
                format!("{list} has {members}{people}")
            }
            (false, Some(_)) => format!("{list} is not there, and is created by the first run"),
            (false, None) => format!("{list} is not there"),
        }
    };
    Finding::ok(
        "lists",
        format!("{}, {}", of(Side::Source), of(Side::Target)),
    )
}

/// A number with the word for it.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn writable(sync: &Sync, readings: &Sides<Reading>) -> Vec<Finding> {
    let sides = written(sync).iter();
    sides
        .map(|side| {
            let reading = readings.of(*side);
            let (list, capabilities) = (&reading.list, &reading.capabilities);
            match (&capabilities.read_only, &capabilities.keeps) {
                (Some(why), _) if capabilities.hand_over.is_some() => Finding::warning(
                    "writing",
                    format!("{list} cannot be written by rollcall: {why}"),
                )
                .todo("somebody has to apply by hand what the runs hand over"),
                (Some(why), _) => Finding::problem("writing", format!("{list} cannot be written"))
                    .todo(why.clone()),
                (None, Some(why)) => Finding::note(
                    "writing",
                    format!("{list} can be written, and nobody is removed there: {why}"),
                ),
                (None, None) => {
                    let found =
                        format!("nothing that is known of {list} keeps it from being written");
                    Finding::ok("writing", found)
                }
            }
        })
        .collect()
}

fn whole(readings: &Sides<Reading>) -> Finding {
    let doubts = [&readings.source, &readings.target].map(|reading| {
        let doubts = reading.doubts.iter().chain(&reading.left_out.doubts);
        doubts.map(|doubt| format!("{}: {doubt}", reading.list))
    });
    let mut doubts: Vec<String> = doubts.into_iter().flatten().collect();
    doubts.dedup();
    if doubts.is_empty() {
        Finding::ok("proof", "both lists were read whole")
    } else {
        Finding::warning("proof", doubts.join("; "))
            .todo("removals wait until both lists are proven to be read whole")
    }
}

fn planned(reviewed: &Review) -> Vec<Finding> {
    let plan = reviewed.approved.plan();
    let totals = plan.totals();
    let first = if plan.first_run {
        "the first run"
    } else {
        "the next run"
    };
    let create = if plan.create.is_some() {
        "create the list, "
    } else {
        ""
    };
    let found = format!(
        "{first} would {create}add {}, update {} and remove {}; {} withheld, {} unchanged",
        totals.add, totals.update, totals.remove, totals.withheld, totals.unchanged
    );
    let mut findings = vec![Finding::ok("plan", found)];
    if !plan.redefined.is_empty() {
        let found = format!(
            "the definition changed since the last run: {}",
            plan.redefined.join(", ")
        );
        findings.push(
            Finding::warning("plan", found)
                .todo("look at `rollcall plan`; the next run waits for approval"),
        );
    }
    if let Some(held) = &reviewed.held {
        let breaches = held.breaches.iter().map(|breach| {
            let (of, planned, members) = (breach.of, breach.planned, breach.members);
            let (list, limit) = (plan.lists.of(breach.side), breach.limit);
            format!("{of}: {planned} for {list} of {members} members, the limit is {limit}")
        });
        let breaches: Vec<String> = breaches.collect();
        let waiting = counted(held.waiting, "change", "changes");
        let found = format!(
            "{waiting} would wait for approval ({})",
            breaches.join("; ")
        );
        let todo = "look at `rollcall plan`: approve what is meant, or change what is wrong";
        findings.push(Finding::warning("plan", found).todo(todo));
    }
    let count = |fits: fn(&Because) -> bool| {
        let withheld = plan.withheld.iter();
        withheld.filter(|withheld| fits(&withheld.because)).count()
    };
    for (count, what, todo) in [
        (
            count(|because| matches!(because, Because::Unresolved { .. } | Because::External)),
            ("entry names nobody", "entries name nobody"),
            "correct them at the source; `rollcall plan` lists them",
        ),
        (
            count(|because| matches!(because, Because::NoKey(_))),
            (
                "entry has nothing to recognise anybody by",
                "entries have nothing to recognise anybody by",
            ),
            "give them an address or a number; `rollcall plan` lists them",
        ),
        (
            count(|because| matches!(because, Because::Conflict { .. })),
            ("entry is in conflict", "entries are in conflict"),
            "decide who is meant; `rollcall plan` lists them",
        ),
        (
            count(|because| matches!(because, Because::NoProof(_) | Because::SuddenlyEmpty(_))),
            ("change waits for proof", "changes wait for proof"),
            "see what is said of the proof; `rollcall plan` lists them",
        ),
    ] {
        if count > 0 {
            let found = counted(count, what.0, what.1);
            findings.push(Finding::warning("plan", found).todo(todo));
        }
    }
    findings
}

/// What the run would cost, on each side where that is known.
fn costs(
    patient: Patient<'_>,
    sync: &Sync,
    readings: &Sides<Reading>,
    plan: &Plan,
) -> Vec<Finding> {
    let sides = [Side::Source, Side::Target].into_iter();
    sides
        .filter_map(|side| {
            let endpoint = endpoint(sync, side);
            let examination = patient.doors.examination(&endpoint.connection).ok()??;
            let reading = readings.of(side);
            let is_handed_over = reading.capabilities.hand_over.is_some();
            let count = |fits: fn(&Action) -> bool| {
                let changes = plan.changes_to(side);
                let ours = changes.filter(|_| !is_handed_over);
                ours.filter(|change| fits(&change.action)).count()
            };
            let work = Work {
                wanted: read::written(sync, side).ok()?,
                members: reading.members.len(),
                directory: reading
                    .directory
                    .as_ref()
                    .map(|directory| directory.people.len()),
                create: plan.create == Some(side),
                add: count(|action| *action == Action::Add),
                invite: count(|action| *action == Action::Invite),
                update: count(|action| matches!(action, Action::Update(_))),
                remove: count(|action| *action == Action::Remove),
            };
            let mut expected = examination.expected(&work)?;
            expected.at_least |= endpoint.lists.len() > 1 || !endpoint.exclude_lists.is_empty();
            Some(cost(&reading.list.to_string(), &expected))
        })
        .collect()
}

fn cost(list: &str, expected: &Expected) -> Finding {
    let Expected {
        requests,
        at_least,
        least,
        most,
    } = expected;
    let about = if *at_least { "at least" } else { "about" };
    let requests = counted(*requests, "request", "requests");
    let time = if most.is_zero() {
        "nothing is written".to_owned()
    } else {
        format!(
            "the limits for writing ask for {} to {}",
            in_words(*least),
            in_words(*most)
        )
    };
    Finding::ok("cost", format!("{list}: {about} {requests}; {time}"))
}

fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// When the list runs next, and what keeps it from running.
async fn standing(patient: Patient<'_>, sync: &Sync) -> Vec<Finding> {
    let key = match sync.id.split_once('/') {
        None => ListKey {
            sync: sync.id.clone(),
            list: None,
        },
        Some((sync, list)) => ListKey {
            sync: sync.to_owned(),
            list: Some(list.to_owned()),
        },
    };
    let entry = match agenda::get(patient.stores, &key).await {
        Ok(entry) => entry.map(|(entry, _)| entry),
        Err(error) => return vec![Finding::problem("standing", error.to_string())],
    };
    let now = (patient.now)();
    let due = match &entry {
        Some(entry) => entry.next_due(&sync.schedule, now),
        None => sync.schedule.next_after(now),
    };
    let mut findings = vec![match (sync.schedule.automatic, due) {
        (false, _) => Finding::note("schedule", "does not run by itself"),
        (true, Some(due)) => {
            let due = due.strftime("%Y-%m-%d %H:%M UTC");
            Finding::ok("schedule", format!("runs by itself, next on {due}"))
        }
        (true, None) => Finding::note("schedule", "is to run by itself, and no time is due"),
    }];
    let Some(entry) = entry else {
        return findings;
    };
    let last = entry.last.as_ref();
    match entry.judged(now) {
        State::Paused => {
            let paused = entry.paused.as_ref();
            let why = paused.map_or_else(String::new, |paused| {
                let since = paused.since.strftime("%Y-%m-%d");
                format!(" since {since} by {}: {}", paused.by, paused.reason)
            });
            let found = format!("paused{why}");
            findings.push(
                Finding::warning("standing", found).todo("resume it when the reason is gone"),
            );
        }
        State::Held => {
            let run = last.map_or("", |last| last.run.as_str());
            let found = format!("run {run} waits for approval");
            let todo =
                format!("look at `rollcall show {run}`, then approve it or change what is wrong");
            findings.push(Finding::warning("standing", found).todo(todo));
        }
        State::Failed | State::Partial => {
            let (run, status) =
                last.map_or(("", ""), |last| (last.run.as_str(), last.status.name()));
            let found = format!("the last run ended as {status}");
            let todo = format!("look at `rollcall show {run}`");
            findings.push(Finding::warning("standing", found).todo(todo));
        }
        State::Packaged => {
            let run = last.map_or("", |last| last.run.as_str());
            let found = "changes wait for an administrator, in a package";
            let todo = format!("look at `rollcall show {run}`, and have the package applied");
            findings.push(Finding::warning("standing", found).todo(todo));
        }
        State::New | State::Succeeded | State::Unchanged => {}
    }
    findings
}
