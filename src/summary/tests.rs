//! Which status a run ends with, what it counts, and what it tells people to do.

mod open;

use super::*;
use crate::{
    model::{address::Address, member::Member},
    plan::{
        change::{Because, Change, Considered, Reason, Withheld},
        handed::PackageState,
        limits::{Limit, Limits},
        put_back::NotPutBack,
        review::review,
        value::PLAN_VERSION,
    },
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn lists() -> Sides<ListRef> {
    let list = |connection: &str| ListRef {
        connection: connection.to_owned(),
        list: "staff".to_owned(),
    };
    Sides {
        source: list("mail"),
        target: list("entra-id"),
    }
}

fn plan(actions: &[Action]) -> Plan {
    let address = |number: usize| Address::parse(&format!("p{number}@acme.example")).unwrap();
    let change = |(number, action): (usize, &Action)| Change {
        side: Side::Target,
        action: action.clone(),
        member: Member::with_address(address(number)),
        reason: Reason::OnSource,
        seen: Sides::default(),
    };
    Plan {
        version: PLAN_VERSION,
        sync: "staff".to_owned(),
        two_way: false,
        first_run: true,
        lists: lists(),
        members: Sides {
            source: 7,
            target: 5,
        },
        doubts: Sides::default(),
        redefined: Vec::new(),
        redefined_to: None,
        handed: Sides::default(),
        restores: None,
        create: None,
        changes: actions.iter().enumerate().map(change).collect(),
        withheld: Vec::new(),
        ignored: Vec::new(),
        unchanged: 0,
        lapsed: Vec::new(),
        people: Vec::new(),
        forgets: Vec::new(),
        wants_directory: Sides::default(),
    }
}

fn begun() -> Summary {
    Summary::begun("run-1", "staff", lists(), "by hand (ada)", NOW)
}

fn problem(code: &str, help: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: "it did not work".to_owned(),
        help: Some(help.to_owned()),
    }
}

fn refused() -> Option<Outcome> {
    Some(Outcome::Refused(problem("denied", "grant it")))
}

fn not_allowed() -> Option<Outcome> {
    Some(Outcome::Refused(problem("permission-missing", "grant it")))
}

fn handed_over() -> Option<Outcome> {
    let run = "run-1".to_owned();
    Some(Outcome::HandedOver { run })
}

fn failed() -> Option<Outcome> {
    Some(Outcome::Failed(problem("unavailable", "look at it")))
}

/// Held as a plan of removals is, with a limit of none.
fn held() -> Held {
    let limits = Limits {
        removals: Limit {
            count: Some(0),
            percent: None,
        },
        ..Limits::default()
    };
    let review = review(plan(&[Action::Remove]), &limits, None, NOW);
    review.held.unwrap()
}

#[test]
fn the_status_is_what_really_happened() {
    let applied = || Some(Outcome::Applied);
    let already = || Some(Outcome::AlreadySo);
    let created = || Some(Ok(()));
    let not_created = || Some(Err(problem("denied", "grant it")));
    type Creation = Option<Result<(), Problem>>;
    // Outcomes, whether something is held, what came of creating a list; the status.
    let table: [(Vec<Option<Outcome>>, bool, Creation, Status); 23] = [
        (vec![], false, None, Status::Unchanged),
        (vec![applied()], false, None, Status::Succeeded),
        (vec![already()], false, None, Status::Succeeded),
        (vec![applied(), already()], false, None, Status::Succeeded),
        (vec![applied(), refused()], false, None, Status::Partial),
        (vec![already(), failed()], false, None, Status::Partial),
        (vec![applied(), failed()], true, None, Status::Partial),
        (vec![refused()], false, None, Status::Partial),
        (vec![not_allowed()], false, None, Status::Failed),
        (vec![failed(), refused()], false, None, Status::Failed),
        (vec![failed(), None], true, None, Status::Failed),
        (vec![None], true, None, Status::Held),
        (vec![applied(), None], true, None, Status::Held),
        (vec![], true, None, Status::Held),
        (vec![handed_over()], false, None, Status::Packaged),
        (
            vec![applied(), handed_over()],
            false,
            None,
            Status::Packaged,
        ),
        (vec![handed_over(), None], true, None, Status::Held),
        (vec![handed_over(), refused()], false, None, Status::Partial),
        (
            vec![handed_over(), not_allowed()],
            false,
            None,
            Status::Partial,
        ),
        (vec![], false, created(), Status::Succeeded),
        (vec![failed()], false, created(), Status::Partial),
        (vec![], false, not_created(), Status::Failed),
        (vec![applied()], false, not_created(), Status::Partial),
    ];
    for (outcomes, is_held, creation, status) in table {
        let plan = plan(&vec![Action::Add; outcomes.len()]);
        let mut summary = begun();
        if let Some(creation) = &creation {
            summary = summary.creation(creation);
        }
        let summary = summary.ended(&plan, is_held.then(held), &outcomes, NOW);
        assert_eq!(
            summary.status,
            Some(status),
            "{outcomes:?} {is_held} {creation:?}"
        );
    }
}

#[test]
fn statuses_are_written_in_one_way() {
    for (status, name) in [
        (Status::Unchanged, "unchanged"),
        (Status::Succeeded, "succeeded"),
        (Status::Partial, "partial"),
        (Status::Packaged, "packaged"),
        (Status::Held, "held"),
        (Status::Failed, "failed"),
    ] {
        assert_eq!(status.name(), name);
        assert_eq!(serde_json::to_value(status).unwrap(), name);
    }
}

#[test]
fn every_outcome_is_counted_once() {
    let actions = [
        Action::Invite,
        Action::Add,
        Action::Add,
        Action::Update(Vec::new()),
        Action::Remove,
        Action::Remove,
        Action::Remove,
        Action::Remove,
        Action::Remove,
    ];
    let outcomes = [
        Some(Outcome::Applied),
        Some(Outcome::Applied),
        Some(Outcome::AlreadySo),
        Some(Outcome::Applied),
        Some(Outcome::Applied),
        refused(),
        failed(),
        None,
        handed_over(),
    ];
    let plan = plan(&actions);
    let summary = begun().ended(&plan, Some(held()), &outcomes, NOW);
    let expected = Done {
        created: 0,
        added: 1,
        invited: 1,
        updated: 1,
        removed: 1,
        already_so: 1,
        refused: 1,
        failed: 1,
        waiting: 1,
        handed_over: 1,
    };
    assert_eq!(summary.done, expected);
    let planned = summary.planned;
    assert_eq!((planned.add, planned.update, planned.remove), (3, 1, 5));
    assert_eq!(summary.members, plan.members);
    assert!(summary.first_run);
    assert_eq!(summary.digest.as_deref(), Some(plan.digest().as_str()));
    let failures: Vec<(&str, &str)> = summary
        .first_failures
        .iter()
        .map(|failure| (failure.member.as_str(), failure.action.as_str()))
        .collect();
    assert_eq!(
        failures,
        [("p5@acme.example", "remove"), ("p6@acme.example", "remove")]
    );
}

#[test]
fn ten_failures_are_named_and_all_are_counted() {
    let plan = plan(&vec![Action::Add; 25]);
    let outcomes = vec![failed(); 25];
    let summary = begun().ended(&plan, None, &outcomes, NOW);
    assert_eq!(summary.done.failed, 25);
    assert_eq!(summary.first_failures.len(), FIRST_FAILURES);
    assert_eq!(
        summary.next,
        ["look at it"],
        "advice is given once, however often it is needed"
    );
}

#[test]
fn people_are_told_what_to_do_next() {
    let mut plan = plan(&[Action::Add, Action::Remove]);
    let withheld = |because: Because| Withheld {
        side: Side::Target,
        considered: Considered::Add,
        label: "x".to_owned(),
        because,
        seen: Sides::default(),
    };
    plan.withheld = vec![
        withheld(Because::unresolved(None)),
        withheld(Because::NoKey("line 3: nothing".to_owned())),
        withheld(Because::Protected),
        withheld(Because::Conflict {
            key: "an address".to_owned(),
            with: Vec::new(),
        }),
    ];
    plan.doubts.source = vec!["page 2 is missing".to_owned()];
    let held = held();
    let approve = format!(
        "look at the plan, then `rollcall apply staff --approve {}`",
        held.digest.short()
    );
    let summary = begun().ended(&plan, Some(held), &[refused(), None], NOW);
    assert_eq!(
        summary.next,
        [
            approve.as_str(),
            "grant it",
            "give 1 entry an address or number that can be used",
            "correct 1 address that nobody has",
            "decide 1 conflict",
            "removals waited: page 2 is missing",
        ]
    );
}

#[test]
fn a_run_that_was_stopped_has_failed_and_says_why() {
    let summary = begun().stopped(problem("unavailable", "look at the network"), NOW);
    assert_eq!(summary.status, Some(Status::Failed));
    assert_eq!(summary.finished, Some(NOW));
    assert_eq!(summary.next, ["look at the network"]);
    assert_eq!(summary.done, Done::default());
    let json = serde_json::to_string(&summary).unwrap();
    assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
}

#[test]
fn what_waits_for_a_proof_or_goes_back_and_forth_is_told_with_what_to_do() {
    let mut plan = plan(&[]);
    plan.members.source = 0;
    let withheld = |label: &str, considered: Considered, because: Because| Withheld {
        side: Side::Target,
        considered,
        label: label.to_owned(),
        because,
        seen: Sides::default(),
    };
    let no_proof = |why: &str| Because::NoProof(vec![why.to_owned()]);
    let back_and_forth = || Because::Oscillates {
        turns: 4,
        since: NOW,
    };
    plan.doubts.target = vec!["page 2 is missing".to_owned()];
    plan.withheld = vec![
        withheld(
            "a",
            Considered::Remove,
            no_proof("mail:staff came back empty"),
        ),
        withheld(
            "b",
            Considered::Remove,
            no_proof("mail:staff came back empty"),
        ),
        withheld("c", Considered::Remove, no_proof("page 2 is missing")),
        withheld(
            "d",
            Considered::Add,
            no_proof("list `leavers` came back empty"),
        ),
    ];
    for name in ["e", "f", "g", "h", "i"] {
        plan.withheld
            .push(withheld(name, Considered::Add, back_and_forth()));
    }
    let summary = begun().ended(&plan, None, &[], NOW);
    let frozen = |name: &str| {
        format!(
            "`{name}` goes back and forth: two systems disagree about `entra-id:staff`; find out who else changes it, and \
             let one of them decide"
        )
    };
    assert_eq!(
        summary.next,
        [
            "not everything may be known: page 2 is missing".to_owned(),
            "removals waited: mail:staff came back empty; if this is meant, set `emptyUntil` for it, or put one member \
             back by hand"
                .to_owned(),
            "additions waited: list `leavers` came back empty".to_owned(),
            frozen("e"),
            frozen("f"),
            frozen("g"),
            "the same for 2 more who go back and forth".to_owned(),
        ]
    );
}

#[test]
fn what_waits_in_a_package_is_neither_nothing_nor_a_failure() {
    let mut plan = plan(&[]);
    plan.withheld.push(Withheld {
        side: Side::Target,
        considered: Considered::Add,
        label: "p1@acme.example".to_owned(),
        because: Because::HandedOver { since: NOW },
        seen: Sides::default(),
    });
    let note = |state: PackageState, replaces: Option<&str>| PackageNote {
        side: Side::Target,
        run: "run-0".to_owned(),
        made: NOW,
        state,
        done: 0,
        open: 1,
        unsure: 0,
        replaces: replaces.map(str::to_owned),
    };
    let next = |package: PackageNote| {
        let summary = begun().with_packages(vec![package]);
        let summary = summary.ended(&plan, None, &[], NOW);
        assert_eq!(summary.status, Some(Status::Packaged));
        summary.next
    };
    let apply = "let an administrator apply the package of run run-0";
    let unpack = "`rollcall hand-over run-0 --to DIR` unpacks it";
    for state in [PackageState::Waiting, PackageState::PartlyApplied] {
        assert_eq!(
            next(note(state, None)),
            [format!("`entra-id:staff`: {apply}; {unpack}")]
        );
    }
    assert_eq!(
        next(note(PackageState::Made, Some("run-9"))),
        [format!(
            "`entra-id:staff`: {apply}, and no longer the one of run run-9; {unpack}"
        )]
    );
    assert_eq!(
        next(note(PackageState::Superseded, None)),
        ["do not apply the package of run run-0 for `entra-id:staff`: it is superseded"]
    );
    assert_eq!(next(note(PackageState::Applied, None)), [""; 0]);
}

#[test]
fn whoever_undid_a_run_is_told_how_the_list_goes_on() {
    let restoring = |actions: &[Action]| Plan {
        restores: Some("run-0".to_owned()),
        ..plan(actions)
    };
    let ended = |outcome: Option<Outcome>, held: Option<Held>| {
        let summary = begun().restoring(Some("run-0"));
        summary.ended(&restoring(&[Action::Add]), held, &[outcome], NOW)
    };
    let paused = "`staff` is paused: look at why run `run-0` went wrong and at what the next run would do \
                  (`rollcall plan staff`), then resume it";
    assert_eq!(ended(Some(Outcome::Applied), None).next, [paused]);
    assert_eq!(
        ended(failed(), None).next,
        [
            paused,
            "`rollcall restore run-0 --apply` again does what was not done",
            "look at it"
        ]
    );
    let digest = held().digest;
    let approve = format!(
        "look at the plan, then `rollcall restore run-0 --apply --approve {}`",
        digest.short()
    );
    assert_eq!(ended(None, Some(held())).next, [approve.as_str(), paused]);

    // Nothing was undone, so nothing is paused; what the list does not show yet comes later.
    let mut late = restoring(&[]);
    late.withheld.push(Withheld {
        side: Side::Target,
        considered: Considered::Remove,
        label: "ada@acme.example".to_owned(),
        because: Because::NotPutBack(NotPutBack::NotSettled { until: NOW }),
        seen: Sides::default(),
    });
    let summary = begun().ended(&late, None, &[], NOW);
    assert_eq!(
        summary.next,
        [format!(
            "restore run `run-0` again after {}: the list may not show 1 of its changes yet",
            NOW.strftime("%Y-%m-%d %H:%M UTC")
        )]
    );
    let previewed = begun().previewed(&restoring(&[Action::Add]), None, NOW);
    assert!(previewed.next.is_empty());
    // What an attempt did that died is undone all the same.
    let earlier = restoring(&[Action::Add]).changes;
    let summary = begun().restoring(Some("run-0"));
    let summary = summary
        .ended(&restoring(&[]), None, &[], NOW)
        .with_earlier(&earlier);
    assert_eq!(summary.next, [paused]);
}
