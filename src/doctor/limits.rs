//! Whether limits can do what they are for.

use super::{
    Finding,
    list::{counted, written},
};
use crate::{
    definition::sync::{Direction, Mode, Sync},
    model::{list::Sides, reading::Reading},
    plan::{
        breaches::A_FEW,
        limits::{Limit, Limits},
    },
};

/// From this share on a limit lets half of a list go.
const TOO_MUCH: u8 = 50;

/// What is to be said of the limits as they are written.
pub(super) fn of_definition(sync: &Sync) -> Vec<Finding> {
    let Limits {
        additions,
        removals,
        total,
        ..
    } = &sync.limits;
    let mut findings = Vec::new();
    let removes = sync.direction == Direction::TwoWay || sync.mode == Mode::Mirror;
    if removes && is_none(removals) && is_none(total) {
        findings.push(
            Finding::warning(
                "limits",
                "there is no limit for removals: one bad answer could empty the list",
            )
            .todo("set `limits.removals`, for instance `{ \"percent\": 10 }`"),
        );
    } else if removes
        && removals.count.is_none()
        && removals.percent.is_some_and(|percent| percent >= TOO_MUCH)
    {
        let found = format!("the limit for removals is {removals}: it lets half of a list go");
        findings.push(Finding::warning("limits", found).todo("set a lower `limits.removals`"));
    }
    for (name, limit, what) in [
        (
            "additions",
            additions,
            "every addition waits for approval, and everything else with it",
        ),
        ("total", total, "every change waits for approval"),
    ] {
        if is_nought(limit) {
            let found = format!("the limit `{name}` is {limit}: {what}");
            let todo = format!("set a higher `limits.{name}`, or leave it out");
            findings.push(Finding::warning("limits", found).todo(todo));
        }
    }
    if removes && is_nought(removals) {
        let found =
            format!("the limit for removals is {removals}: every removal waits for approval");
        findings.push(Finding::note("limits", found));
    }
    if findings.is_empty() {
        let found = if removes {
            format!("removals wait above {removals}, additions above {additions}")
        } else {
            format!("nobody is removed; additions wait above {additions}")
        };
        findings.push(Finding::ok("limits", found));
    }
    findings
}

/// What is to be said of the limits beside the lists as they are.
pub(super) fn of_lists(sync: &Sync, readings: &Sides<Reading>) -> Vec<Finding> {
    let Limits {
        removals,
        only_above,
        ..
    } = &sync.limits;
    let by_percent_alone = removals.percent.is_some() && removals.count.is_none();
    let removes = sync.direction == Direction::TwoWay || sync.mode == Mode::Mirror;
    if !by_percent_alone || !removes {
        return Vec::new();
    }
    let small = written(sync).iter().filter_map(|side| {
        let reading = readings.of(*side);
        let count = reading.members.len();
        (reading.exists && (1..=*only_above).contains(&count)).then(|| {
            let members = counted(count, "member", "members");
            let found = format!(
                "percentages are for lists of more than {only_above} members, and {} has {members}: there they hold only \
                 for what takes away more than {A_FEW} and more than half of them",
                reading.list
            );
            Finding::note("limits", found).todo("set a number as `limits.removals.count` as well")
        })
    });
    small.collect()
}

fn is_none(limit: &Limit) -> bool {
    limit.count.is_none() && limit.percent.is_none_or(|percent| percent >= 100)
}

fn is_nought(limit: &Limit) -> bool {
    limit.count == Some(0) || limit.percent == Some(0)
}
