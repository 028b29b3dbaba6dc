//! Two lists over time: people come and go, runs happen, and a list may be read as it was before.

use jiff::{SignedDuration, Timestamp};

use super::{Case, applied_by, apply_one, member, now};
use crate::{
    model::{
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{change::Because, outcome::Outcome, text::render, value::Plan},
    reconcile::remember::next_baseline,
};

pub(super) struct Story {
    pub(super) case: Case,
    pub(super) now: Timestamp,
    runs: usize,
}

impl Story {
    pub(super) fn of(case: Case) -> Self {
        Self {
            case,
            now: now(),
            runs: 0,
        }
    }

    /// Both lists settle after so many minutes.
    pub(super) fn settling_in(mut self, minutes: u32) -> Self {
        self.case.source.capabilities.settles_in = minutes;
        self.case.target.capabilities.settles_in = minutes;
        self
    }

    pub(super) fn wait(&mut self, time: SignedDuration) {
        self.now += time;
    }

    pub(super) fn wait_minutes(&mut self, minutes: i64) {
        self.wait(SignedDuration::from_mins(minutes));
    }

    pub(super) fn wait_days(&mut self, days: i64) {
        self.wait(SignedDuration::from_hours(24 * days));
    }

    /// One run whose changes all take effect.
    #[track_caller]
    pub(super) fn run(&mut self) -> Plan {
        let plan = self.plan();
        self.runs += 1;
        let run = format!("run-{}", self.runs);
        self.case = applied_by(&self.case, &plan, &run, self.now);
        plan
    }

    /// One run that reads the list on `side` as it was in `before`; whatever it does takes effect on the list as it is.
    pub(super) fn run_seeing(&mut self, side: Side, before: &Reading) -> Plan {
        let mut real = std::mem::replace(self.reading(side), before.clone());
        let plan = self.run();
        for change in plan.changes_to(side) {
            apply_one(&mut real, change);
        }
        *self.reading(side) = real;
        plan
    }

    /// One run with these outcomes, of which none takes effect.
    pub(super) fn run_told(&mut self, outcomes: &[Outcome]) -> Plan {
        let plan = self.plan();
        self.runs += 1;
        let outcomes: Vec<Option<Outcome>> = outcomes.iter().cloned().map(Some).collect();
        assert_eq!(outcomes.len(), plan.changes.len(), "{}", render(&plan));
        let readings = Sides {
            source: &self.case.source,
            target: &self.case.target,
        };
        let (old, run) = (self.case.baseline.as_ref(), format!("run-{}", self.runs));
        let next = next_baseline(readings, &plan, &outcomes, old, &run, self.now);
        self.case.baseline = Some(next);
        plan
    }

    #[track_caller]
    pub(super) fn plan(&self) -> Plan {
        let plan = self.case.plan_at(self.now);
        super::laws::everyone_is_accounted_for(&self.case, &plan);
        plan
    }

    pub(super) fn reading(&mut self, side: Side) -> &mut Reading {
        match side {
            Side::Source => &mut self.case.source,
            Side::Target => &mut self.case.target,
        }
    }

    pub(super) fn joins(&mut self, side: Side, text: &str) {
        let reading = self.reading(side);
        let mut members = std::mem::take(&mut reading.members);
        members.push(member(text));
        let (list, capabilities) = (reading.list.clone(), reading.capabilities.clone());
        reading.members = Reading::whole(list, members, capabilities).members;
    }

    pub(super) fn leaves(&mut self, side: Side, address: &str) {
        let reading = self.reading(side);
        let before = reading.members.len();
        let is_meant = |member: &crate::model::member::Member| {
            let mut addresses = member.addresses.iter();
            addresses.any(|known| known.as_str() == address)
        };
        reading.members.retain(|member| !is_meant(member));
        assert!(reading.members.len() < before, "{address} is not there");
    }
}

/// A plan without its times and totals: `+ ada Target`, `! ada stays Target: not ours`.
pub(super) fn in_short(plan: &Plan) -> Vec<String> {
    let name = |label: &str| label.split('@').next().unwrap_or(label).to_owned();
    let changes = plan.changes.iter().map(|change| {
        let sign = match (change.is_addition(), change.is_removal()) {
            (true, _) => '+',
            (_, true) => '-',
            _ => '~',
        };
        let side = change.side;
        format!("{sign} {} {side:?}", name(change.member.label()))
    });
    let withheld = plan.withheld.iter().map(|withheld| {
        let why = match &withheld.because {
            Because::NotShownYet { .. } => "not shown yet".to_owned(),
            Because::StillShown { .. } => "still shown".to_owned(),
            Because::Oscillates { turns, .. } => format!("oscillates after {turns} turns"),
            Because::NoProof(_) => "no proof".to_owned(),
            Because::NotOurs => "not ours".to_owned(),
            other => other.to_string(),
        };
        let (side, considered) = (withheld.side, withheld.considered);
        format!("! {} {considered} {side:?}: {why}", name(&withheld.label))
    });
    changes.chain(withheld).collect()
}
