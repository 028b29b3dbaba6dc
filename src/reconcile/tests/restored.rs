//! Runs that are made with chosen outcomes, and undone.

use super::{Case, after_side, apply_one, now};
use crate::{
    model::{
        list::{Side, Sides},
        reading::Reading,
        snapshot::{SNAPSHOT_VERSION, Snapshot},
    },
    plan::{
        outcome::{Outcome, Problem},
        text::render,
        value::Plan,
    },
    reconcile::{
        remember::next_baseline,
        restore::{Undone, forget, restore},
    },
};

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is made, and confirmed.
    Made,
    /// It is made, and the answer is lost.
    Lost,
    /// Somebody else made it a moment before.
    Found,
    /// It is not made; nobody knows that.
    Broken,
    Refused,
    NotTried,
    Held,
}

impl Fate {
    fn outcome(self) -> Option<Outcome> {
        let problem = |code: &str| Problem {
            code: code.to_owned(),
            message: "a test".to_owned(),
            help: None,
        };
        match self {
            Self::Made => Some(Outcome::Applied),
            Self::Lost | Self::Broken => Some(Outcome::Failed(problem("no-answer"))),
            Self::Found => Some(Outcome::AlreadySo),
            Self::Refused => Some(Outcome::Refused(problem("refused"))),
            Self::NotTried => Some(Outcome::not_tried("a test")),
            Self::Held => None,
        }
    }

    fn takes_effect(self) -> bool {
        matches!(self, Self::Made | Self::Lost | Self::Found)
    }
}

/// A run: what was before it, what it planned, and what is left of it.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) id: String,
    pub(super) plan: Plan,
    pub(super) outcomes: Vec<Option<Outcome>>,
    pub(super) snapshot: Snapshot,
    /// Whether it ended well enough to write its outcomes down.
    pub(super) is_told: bool,
    /// How many minutes ago it ended.
    pub(super) minutes_ago: i64,
}

/// Makes a plan come true as far as fate wants, and gives what is known of that run. `case` becomes what is after it.
pub(super) fn make(case: &mut Case, id: &str, plan: Plan, fates: &[Fate]) -> Ran {
    let members = |reading: &Reading| reading.members.clone();
    let snapshot = Snapshot {
        version: SNAPSHOT_VERSION,
        lists: plan.lists.clone(),
        list_ids: Sides::default(),
        members: Sides {
            source: members(&case.source),
            target: members(&case.target),
        },
    };
    let fates = || fates.iter().copied().chain(std::iter::repeat(Fate::Made));
    let outcomes: Vec<Option<Outcome>> = plan
        .changes
        .iter()
        .zip(fates())
        .map(|(_, fate)| fate.outcome())
        .collect();
    let readings = Sides {
        source: &case.source,
        target: &case.target,
    };
    let old = case.baseline.clone();
    let mut next = next_baseline(readings, &plan, &outcomes, old.as_ref(), id, now());
    if plan.restores.is_some() {
        forget(&mut next, old.as_ref(), &plan, &outcomes);
        case.baseline = old.map(|_| next);
    } else {
        case.baseline = Some(next);
    }
    for (change, fate) in plan.changes.iter().zip(fates()) {
        if fate.takes_effect() {
            apply_one(after_side(case, change.side), change);
        }
    }
    for side in [Side::Source, Side::Target] {
        sort(after_side(case, side));
    }
    Ran {
        id: id.to_owned(),
        plan,
        outcomes,
        snapshot,
        is_told: true,
        minutes_ago: 5,
    }
}

/// A run of the case as it is.
pub(super) fn run(case: &mut Case, fates: &[Fate]) -> Ran {
    let plan = case.plan();
    make(case, "R", plan, fates)
}

fn sort(reading: &mut Reading) {
    let members = std::mem::take(&mut reading.members);
    let sorted = Reading::whole(reading.list.clone(), members, reading.capabilities.clone());
    reading.members = sorted.members;
}

impl Ran {
    /// What undoing it would do now.
    pub(super) fn undo(&self, case: &Case) -> Plan {
        let undone = Undone {
            run: &self.id,
            ended: now() - jiff::SignedDuration::from_mins(self.minutes_ago),
            snapshot: &self.snapshot,
            plan: &self.plan,
            outcomes: &self.outcomes,
            is_told: self.is_told,
            put_right: &[],
        };
        let readings = Sides {
            source: &case.source,
            target: &case.target,
        };
        restore(&case.sync, &undone, readings, case.baseline.as_ref(), now())
    }

    /// Undoes it, whole. `case` becomes what is after that.
    pub(super) fn undone(&self, case: &mut Case) -> Ran {
        let plan = self.undo(case);
        make(case, "S", plan, &[])
    }

    /// Holds the text of its undoing, without the first line, against what is expected.
    #[track_caller]
    pub(super) fn check(&self, case: &Case, expected: &str) {
        is_text(&self.undo(case), expected);
    }
}

/// Holds a plan's text, without its first line, against what is expected.
#[track_caller]
pub(super) fn is_text(plan: &Plan, expected: &str) {
    let text = render(plan);
    let body: Vec<&str> = text.lines().skip(1).collect();
    let expected = expected.lines().map(str::trim_start);
    let expected: Vec<&str> = expected.filter(|line| !line.is_empty()).collect();
    assert_eq!(body, expected, "{text}");
}
