//! What runs told and what requests did, held against what is so.

use rollcall::{
    model::list::Side,
    plan::{change::Because, value::Plan},
    run::Finished,
    sandbox::Turn,
    summary::{Status, Summary},
};

use super::{
    people::{People, number_of},
    stage::Stage,
    subject::{Subject, member_in},
};

/// What both lists shall be in the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Intended {
    pub(super) on_platform: People,
    pub(super) on_other: People,
    /// Whose field shall be the new one, on both lists.
    pub(super) new_fields: People,
}

/// Something that is not as it shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Missing {
    /// The list; the platform is the target.
    side: Side,
    number: usize,
}

/// Something that must never be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A run said that all was done, and named nothing of what was missing.
    FalseSuccess(String),
    /// A run that was no success did not say what was missing, or why.
    Untold(String),
    /// The numbers of a run do not add up to its plan.
    Sums,
    /// Somebody was removed who was on the other list, or a field was changed that nobody had changed.
    Unproven(String),
    /// The same effect twice, or something that must never be asked for.
    Harm(String),
    /// When all was done, the next run did something.
    Restless,
    /// The trouble met nobody: the case says nothing.
    MetNobody,
}

/// Everything that is not as it shall be.
pub(super) fn missing<S: Subject>(stage: &Stage<S>, intended: &Intended) -> Vec<Missing> {
    let mut missing = Vec::new();
    let (platform, other) = (stage.subject.on_list(), stage.on_other());
    for (side, wanted, there) in [
        (Side::Target, &intended.on_platform, &platform),
        (Side::Source, &intended.on_other, &other),
    ] {
        let differing = wanted.symmetric_difference(there);
        missing.extend(differing.map(|number| Missing {
            side,
            number: *number,
        }));
    }
    for number in &intended.new_fields {
        for (side, is_new) in [
            (Side::Target, stage.subject.has_new_field(*number)),
            (Side::Source, stage.has_new_field_on_other(*number)),
        ] {
            let number = *number;
            missing.extend((!is_new).then_some(Missing { side, number }));
        }
    }
    missing
}

/// What is wrong with what a run said.
pub(super) fn untrue(finished: &Finished, missing: &[Missing]) -> Vec<Wrong> {
    let summary = &finished.summary;
    let mut wrong = Vec::new();
    let untold: Vec<&Missing> = missing
        .iter()
        .filter(|one| !is_told(finished, one))
        .collect();
    let shown = format!("{:?}: {untold:?}", summary.status);
    if says_done(summary) {
        if !untold.is_empty() || !missing.is_empty() && summary.next.is_empty() {
            wrong.push(Wrong::FalseSuccess(shown));
        }
    } else if !untold.is_empty() || summary.next.is_empty() {
        wrong.push(Wrong::Untold(shown));
    }
    let failures = summary.first_failures.iter();
    let all = summary
        .problem
        .iter()
        .chain(failures.map(|one| &one.problem));
    wrong.extend(all.filter(|one| one.help.is_none()).map(|one| {
        let helpless = format!("nobody is told what to do about `{}`", one.code);
        Wrong::Untold(helpless)
    }));
    if !accounts_for_its_plan(summary) {
        wrong.push(Wrong::Sums);
    }
    wrong
}

/// Whether a run said that there was nothing (more) to do.
pub(super) fn says_done(summary: &Summary) -> bool {
    matches!(summary.status, Some(Status::Succeeded | Status::Unchanged))
}

/// The codes of everything that went wrong, each once.
pub(super) fn problems(summary: &Summary) -> Vec<String> {
    let failures = summary.first_failures.iter();
    let failures = failures.map(|failure| &failure.problem);
    let all = summary.problem.iter().chain(failures);
    let mut codes: Vec<String> = all.map(|problem| problem.code.clone()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Whether a run told that this one is missing: by name, or because it failed as a whole, or a list was in doubt.
fn is_told(finished: &Finished, missing: &Missing) -> bool {
    let summary = &finished.summary;
    let failed = summary.status == Some(Status::Failed) && !problems(summary).is_empty();
    let Some(file) = finished.file.as_ref().filter(|_| !failed) else {
        return failed;
    };
    let plan = &file.plan;
    let is_it = |label: &str| number_of(label) == Some(missing.number);
    let mut changes = plan.changes.iter().enumerate();
    let is_undone = changes.any(|(place, change)| {
        let outcomes = file.outcomes.as_ref();
        let outcome = outcomes.and_then(|all| all.get(place)?.as_ref());
        change.side == missing.side
            && !outcome.is_some_and(|outcome| outcome.is_done())
            && change.member.keys().any(is_it)
    });
    let mut withheld = plan.withheld.iter();
    is_undone || withheld.any(|one| is_it(&one.label)) || is_in_doubt(plan)
}

/// Somebody whom a doubtful reading did not show cannot be named; that it is in doubt is told.
fn is_in_doubt(plan: &Plan) -> bool {
    let names_nobody = |because: &Because| {
        matches!(
            because,
            Because::NoProof(_)
                | Because::SuddenlyEmpty(_)
                | Because::NoKey(_)
                | Because::Unreadable
        )
    };
    let doubts = plan.doubts.source.iter().chain(&plan.doubts.target);
    doubts.count() > 0 || plan.withheld.iter().any(|one| names_nobody(&one.because))
}

fn accounts_for_its_plan(summary: &Summary) -> bool {
    let (planned, done) = (summary.planned, summary.done);
    let accounted = done.added
        + done.invited
        + done.updated
        + done.removed
        + done.already_so
        + done.refused
        + done.failed
        + done.waiting;
    summary.finished.is_some() && planned.add + planned.update + planned.remove == accounted
}

/// What requests did on the platform that must not be.
pub(super) fn harm(before: &[String], journal: &[Turn], intended: &Intended) -> Vec<Wrong> {
    let mut there: Vec<&str> = before.iter().map(String::as_str).collect();
    let mut came: Vec<&str> = Vec::new();
    let mut wrong = Vec::new();
    for turn in journal {
        let fact = turn.fact.as_str();
        if turn.came {
            if there.contains(&fact) || came.contains(&fact) {
                wrong.push(Wrong::Harm(format!("twice: {fact}")));
            }
            came.push(fact);
            there.push(fact);
            continue;
        }
        if let Some(place) = there.iter().position(|known| *known == fact) {
            there.swap_remove(place);
        }
        match member_in(fact) {
            Some(number) if !intended.on_platform.contains(&number) => {}
            Some(_) => wrong.push(Wrong::Unproven(format!("from the platform: {fact}"))),
            None => wrong.push(Wrong::Harm(format!("gone: {fact}"))),
        }
    }
    wrong
}
