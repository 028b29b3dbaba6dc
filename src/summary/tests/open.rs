//! Runs after which something is open: what they are called, and that nobody is left without something to do.

use super::*;

#[test]
fn nobody_believes_that_all_is_done_while_something_is_open() {
    let withheld = |because: Because| {
        let mut plan = plan(&[]);
        plan.withheld.push(Withheld {
            side: Side::Target,
            considered: Considered::Add,
            label: "p1@acme.example".to_owned(),
            because,
            seen: Sides::default(),
        });
        plan
    };
    let invited = |unconfirmed: bool| Because::Invited {
        since: NOW,
        unconfirmed,
    };
    let mut doubted = plan(&[]);
    doubted.doubts.source = vec!["page 2 is missing".to_owned()];
    let empty = vec!["mail:staff came back empty".to_owned()];
    let restore = NotPutBack::Doubtful(empty.clone());
    let lag = || withheld(Because::NotShownYet { since: NOW });
    let table = [
        (doubted, Status::Partial, "removals waited: page 2"),
        (
            withheld(Because::NoProof(empty)),
            Status::Partial,
            "additions waited: mail:staff came back empty",
        ),
        (
            withheld(Because::NotPutBack(restore)),
            Status::Partial,
            "not put back: mail:staff came back empty",
        ),
        (
            withheld(invited(false)),
            Status::Partial,
            "nothing: 1 guest who was invited is not shown",
        ),
        (
            withheld(invited(true)),
            Status::Partial,
            "nothing: 1 invitation got no answer",
        ),
        // The platform said that it is done.
        (
            lag(),
            Status::Unchanged,
            "nothing: 1 change of an earlier run is not shown",
        ),
    ];
    for (plan, status, next) in table {
        let summary = begun().ended(&plan, None, &[], NOW);
        assert_eq!(summary.status, Some(status), "{next}");
        let told = &summary.next[0];
        assert!(told.starts_with(next), "{told}");
        let held = begun().ended(&plan, Some(held()), &[], NOW);
        assert_eq!(held.status, Some(Status::Held));
    }
}

#[test]
fn no_problem_is_told_without_what_to_do() {
    let bare = |code: &str| Problem {
        help: None,
        ..problem(code, "")
    };
    for code in ["unavailable", "refused", "not-tried", "of a later version"] {
        let outcomes = [Some(Outcome::Failed(bare(code)))];
        let summary = begun().ended(&plan(&[Action::Add]), None, &outcomes, NOW);
        let help = summary.first_failures[0].problem.help.clone().unwrap();
        assert_eq!(summary.next, [help]);
        let stopped = begun().stopped(bare(code), NOW);
        assert_eq!(stopped.next.len(), 1, "{code}");
        let not_created = begun().creation(&Err(bare(code)));
        assert!(not_created.problem.unwrap().help.is_some(), "{code}");
    }
}
