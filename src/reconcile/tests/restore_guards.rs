//! What undoing a run leaves alone, and why.

use jiff::SignedDuration;

use super::{
    member, now, one_way,
    platform_cases::rule,
    reading,
    restore_cases::{ADA, BOB, CYD, DAN, both_ways, files, labels, leave},
    restored::{Fate, run},
};
use crate::{
    definition::pattern::Pattern,
    model::{
        baseline::{Identity, Origin, Tombstone},
        capabilities::{AddsBy, Updatable},
        known_by::KnownBy,
        ledger::{Counted, Fewer, Move, Taken, Unresolved},
        list::Side,
        member::Standing,
        reading::Directory,
    },
    plan::{change::Because, outcome::Outcome, put_back::NotPutBack},
};

#[test]
fn whom_a_later_run_moved_again_is_left_alone_and_the_run_is_told() {
    let mut case = both_ways(&[ADA, CYD], &[ADA, BOB], &[ADA, BOB]);
    let ran = run(&mut case, &[]);
    let by = |side| Move {
        side,
        run: "later".to_owned(),
        at: now(),
        turns: Vec::new(),
    };
    let agreed = case.baseline.as_mut().unwrap();
    for entry in &mut agreed.entries {
        if entry.who.target == Identity::of(&member(CYD)) {
            entry.put = Some(Box::new(by(Side::Target)));
        }
    }
    agreed.taken = vec![Taken {
        who: Identity::of(&member(BOB)),
        by: by(Side::Target),
    }];
    ran.check(
        &case,
        "
        ! bob@acme.example  not added to mail  run later did it again since
        ! cyd@acme.example  stays on mail      run later did it again since
        Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
}

#[test]
fn what_a_restore_does_not_look_at_is_remembered_as_it_was() {
    let mut case = both_ways(&[ADA, BOB, CYD], &[ADA, BOB], &[ADA, BOB]);
    let ran = run(&mut case, &[]);
    let agreed = case.baseline.as_mut().unwrap();
    // The last reading that was believed had forty people, and since then a run read far fewer.
    let many = Counted {
        members: 40,
        fewer: Some(Fewer {
            members: 3,
            since: now(),
            run: "later".to_owned(),
        }),
    };
    let since = Unresolved {
        side: Side::Target,
        label: "ahsa@acme.example".to_owned(),
        since: now() - SignedDuration::from_hours(24),
    };
    agreed.read.source = Some(many.clone());
    agreed.unresolved = vec![since.clone()];
    ran.undone(&mut case);
    let agreed = case.baseline.unwrap();
    assert_eq!(
        agreed.read.source,
        Some(Counted {
            fewer: None,
            ..many
        })
    );
    assert_eq!(agreed.unresolved, [since]);
}

#[test]
fn opt_outs_win_whoever_tells_them() {
    let mut case = both_ways(&[ADA], &[ADA, BOB, CYD, DAN], &[ADA, BOB, CYD, DAN]);
    let ran = run(&mut case, &[]);
    // Bob comes back to the other list as somebody who opted out there; the platform did not take Cyd meanwhile; Dan
    // opted out on the other platform before he vanished from it.
    case.source
        .members
        .push(member("bob@acme.example opted-out"));
    let stone = |side, who: &str, origin| Tombstone {
        side,
        who: Identity::of(&member(who)),
        since: now(),
        said: "unsubscribed".to_owned(),
        origin,
        shown: false,
        known_by: KnownBy::default(),
    };
    case.baseline.as_mut().unwrap().tombstones = vec![
        stone(Side::Target, CYD, Origin::NotTaken),
        stone(Side::Source, DAN, Origin::OptedOut),
    ];
    ran.check(
        &case,
        "
        ! bob@acme.example  not added to mail  opted out
        ! cyd@acme.example  not added to mail  not taken on 2026-03-04, and not tried again: unsubscribed
        ! dan@acme.example  not added to mail  opted out, first seen on 2026-03-04: unsubscribed
        Plan: 0 to add, 0 to update, 0 to remove, 3 withheld, 1 unchanged; 2 members on csv:staff, 1 on mail:staff.
        ",
    );
}

#[test]
fn who_opted_out_on_the_whole_platform_is_not_put_back_on_a_list_of_it() {
    let mut case = one_way(&["+61255500001 name=Ada"], &[]);
    let people = [
        "#1 +61255500001 name=Ada",
        "#2 +61255500002 name=Bob",
        "#3 +61255500003 name=Cyd",
    ];
    case.target = reading("sms", &people, AddsBy::Phone, Updatable::Everything);
    case.target.capabilities.knows_people = true;
    case.sync.mapping.rules = vec![rule("name", "name", Vec::new())];
    let ran = run(&mut case, &[]);
    assert_eq!(labels(&case.target), ["+61255500001"]);
    let plan = ran.undo(&case);
    assert!(plan.wants_directory.target && plan.is_empty());
    case.target.directory = Some(Directory {
        people: [
            "#1 +61255500001 name=Ada",
            "#2 +61255500002 name=Robert opted-out",
            "#3 +61255500003 name=Cyd",
        ]
        .map(member)
        .to_vec(),
        own_domains: Vec::new(),
        doubts: Vec::new(),
    });
    ran.check(
        &case,
        "
        ! +61255500002  not added to sms  opted out
        + +61255500003  to sms            as it was before run R
        Plan: 1 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 1 member on csv:staff, 1 on sms:staff.
        ",
    );
    let plan = ran.undo(&case);
    let back = &plan.changes[0].member;
    assert_eq!(
        back.id.as_ref().unwrap().as_str(),
        "3",
        "as the platform knows her"
    );
}

#[test]
fn protected_excluded_and_opted_out_members_stay_and_lists_say_what_cannot_be_done() {
    let mut case = files(&[ADA, BOB, CYD, DAN], &[ADA]);
    let ran = run(&mut case, &[]);
    case.sync.protected = vec![Pattern(BOB.to_owned())];
    case.sync.exclude = vec![Pattern(CYD.to_owned())];
    let members = case.target.members.iter_mut();
    for member in members.filter(|member| member.label() == DAN) {
        member.standing = Standing::OptedOut;
    }
    ran.check(
        &case,
        "
        ! bob@acme.example  stays on mail  protected
        ! dan@acme.example  stays on mail  opted out
        Ignored: 1 excluded.
        Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 4 members on csv:staff, 4 on mail:staff.
        ",
    );
    case.sync.protected.clear();
    case.target.capabilities.keeps = Some("accounts are never deleted".to_owned());
    let plan = ran.undo(&case);
    assert!(plan.changes.is_empty());
    let keeps = |because: &Because| matches!(because, Because::Keeps(_));
    assert!(
        plan.withheld
            .iter()
            .all(|withheld| keeps(&withheld.because))
    );
    case.target.capabilities.read_only = Some("it is locked".to_owned());
    let plan = ran.undo(&case);
    assert!(plan.changes.is_empty() && plan.unwritable().next().is_some());
}

#[test]
fn what_the_run_did_not_do_itself_stays() {
    let mut case = files(&[ADA, BOB, CYD, DAN], &[ADA]);
    let ran = run(&mut case, &[Fate::Found, Fate::Lost, Fate::NotTried]);
    assert_eq!(labels(&case.target), [ADA, BOB, CYD]);
    ran.check(
        &case,
        "
        ! bob@acme.example  stays on mail  was so before that run
        - cyd@acme.example  from mail      as it was before run R
        Plan: 0 to add, 0 to update, 1 to remove, 1 withheld, 1 unchanged; 4 members on csv:staff, 3 on mail:staff.
        ",
    );
    for fate in [Fate::Refused, Fate::NotTried, Fate::Held] {
        let mut case = files(&[ADA, BOB], &[ADA]);
        let ran = run(&mut case, &[fate]);
        // Somebody else adds him afterwards: that is none of the run's doing.
        case.target.members.push(member(BOB));
        let plan = ran.undo(&case);
        assert!(plan.is_empty() && plan.withheld.is_empty(), "{fate:?}");
    }
}

#[test]
fn of_a_run_that_died_everything_it_planned_may_be_its_work() {
    let mut case = files(&[ADA, CYD], &[ADA, BOB]);
    let mut ran = run(&mut case, &[]);
    ran.outcomes.clear();
    ran.is_told = false;
    let whole = "
        + bob@acme.example  to mail    as it was before run R
        - cyd@acme.example  from mail  as it was before run R
        Plan: 1 to add, 0 to update, 1 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ";
    ran.check(&case, whole);
    // A second attempt had written down what the first one did, and died as well.
    ran.outcomes = vec![Some(Outcome::Applied), None];
    ran.check(&case, whole);
    // Where the list was not read whole before, nobody knows who was on it.
    ran.plan.doubts.target = vec!["page 2 is missing".to_owned()];
    ran.outcomes.clear();
    ran.check(
        &case,
        "
        + bob@acme.example  to mail        as it was before run R
        ! cyd@acme.example  stays on mail  the list may not have been read whole: page 2 is missing
        Plan: 1 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
}

#[test]
fn right_after_a_run_a_list_that_is_slow_says_nothing() {
    let mut case = files(&[ADA, CYD], &[ADA, BOB]);
    let before = case.target.members.clone();
    let mut ran = run(&mut case, &[]);
    case.target.capabilities.settles_in = 60;
    case.target.members = before;
    ran.check(
        &case,
        "
        ! bob@acme.example  not added to mail  the list may not show yet what that run did until 2026-03-04 06:01 UTC; restore again later
        ! cyd@acme.example  stays on mail      the list may not show yet what that run did until 2026-03-04 06:01 UTC; restore again later
        Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
    ran.minutes_ago = 61;
    assert!(ran.undo(&case).withheld.is_empty());
}

#[test]
fn a_list_that_may_not_be_whole_now_proves_nobody_gone() {
    let mut case = both_ways(&[ADA, BOB], &[ADA], &[ADA]);
    let ran = run(&mut case, &[]);
    leave(&mut case.target, BOB);
    case.target.doubts = vec!["page 2 is missing".to_owned()];
    let plan = ran.undo(&case);
    let because = &plan.withheld[0].because;
    assert!(matches!(
        because,
        Because::NotPutBack(NotPutBack::Doubtful(_))
    ));
    assert!(plan.forgets.is_empty(), "he may be there");
}

#[test]
fn a_list_that_came_back_empty_gets_nobody_as_long_as_many_should_be_on_it() {
    let agreed = [ADA, BOB, CYD, DAN];
    let mut case = both_ways(&[ADA, BOB, CYD], &agreed, &agreed);
    let ran = run(&mut case, &[]);
    case.target.members.clear();
    let plan = ran.undo(&case);
    assert!(plan.is_empty());
    assert_eq!(plan.withheld[0].because, Because::SuddenlyEmpty(3));
}

/// A field that somebody else locked since, or whose values only grow, is not forced back.
#[test]
fn a_field_that_cannot_be_changed_any_more_stays() {
    let mut case = files(
        &["ada@acme.example team=Legal"],
        &["ada@acme.example team=Sales"],
    );
    case.sync.mapping.rules = vec![rule("team", "team", Vec::new())];
    let ran = run(&mut case, &[]);
    let locked = "changed in the admin centre alone".to_owned();
    case.target.members[0]
        .locked
        .insert("team".to_owned(), locked);
    ran.check(
        &case,
        "
        ! ada@acme.example  not updated on mail  team cannot be changed: changed in the admin centre alone
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged; 1 member on csv:staff, 1 on mail:staff.
        ",
    );
    case.target.members[0].locked.clear();
    case.target.capabilities.updatable = Updatable::Nothing;
    let plan = ran.undo(&case);
    assert!(plan.is_empty());
    assert!(matches!(plan.withheld[0].because, Because::Locked { .. }));
}
