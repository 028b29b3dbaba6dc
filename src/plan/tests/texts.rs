//! What people read.

use jiff::Timestamp;

use super::*;
use crate::plan::{
    limits::{Limit, Limits},
    review::{Approval, review},
    text::{on_one_line, render, render_held},
};

fn full() -> Plan {
    let mut guest = change(Side::Target, Action::Invite, "joe");
    guest.member = Member::with_address(Address::parse("joe@partner.example").unwrap());
    let mut plan = plan(vec![
        add(Side::Source, "dana"),
        guest,
        rename(Side::Source, "kim", Some("Kim"), Some("Kim-Park")),
        rename(Side::Target, "ida", None, Some("Lovelace")),
        remove(Side::Target, "lee"),
    ]);
    plan.withheld = vec![
        withheld(
            Side::Target,
            Considered::Add,
            "jon.smiht",
            Because::unresolved(Some("jon.smith@acme.example")),
        ),
        withheld(Side::Source, Considered::Remove, "sam", Because::Protected),
        withheld(
            Side::Target,
            Considered::Match,
            "two",
            Because::Conflict {
                key: "the address two@acme.example".to_owned(),
                with: vec!["three@acme.example".to_owned()],
            },
        ),
    ];
    plan.ignored = vec![
        ignored(Side::Source, "ceo@acme.example", Why::Excluded),
        ignored(
            Side::Target,
            "printer",
            Why::NotAPerson("device".to_owned()),
        ),
        ignored(
            Side::Target,
            "scanner",
            Why::NotAPerson("device".to_owned()),
        ),
    ];
    plan.unchanged = 15;
    plan
}

#[test]
fn a_plan_reads_line_by_line_with_its_totals_last() {
    let expected = "\
mail:staff  <=>  entra-id:staff      (two-way, sync staff)
+ dana@acme.example       to mail                 joined the other list
~ ida@acme.example        on entra-id             lastName (none) => Lovelace
+ joe@partner.example     to entra-id             joined the other list; guest, will be invited
! jon.smiht@acme.example  not added to entra-id   \
unresolved: nobody in the directory has this address; nearest: jon.smith@acme.example
~ kim@acme.example        on mail                 lastName Kim => Kim-Park
- lee@acme.example        from entra-id           left the other list
! sam@acme.example        stays on mail           protected
! two@acme.example        left alone on entra-id  \
conflict: shares the address two@acme.example with three@acme.example; a person has to decide
Ignored: 1 excluded, 2 no person.
Plan: 2 to add, 2 to update, 1 to remove, 3 withheld, 15 unchanged; 20 members on mail:staff, 20 on entra-id:staff.
";
    assert_eq!(render(&full()), expected);
}

#[test]
fn removals_are_found_by_their_sign() {
    let text = render(&full());
    let removals: Vec<&str> = text.lines().filter(|line| line.starts_with('-')).collect();
    assert_eq!(
        removals,
        ["- lee@acme.example        from entra-id           left the other list"]
    );
    let last = text.lines().last();
    assert!(last.is_some_and(|line| line.starts_with("Plan: ")));
}

#[test]
fn an_empty_plan_says_so() {
    let mut plan = plan(vec![]);
    plan.two_way = false;
    plan.first_run = true;
    plan.lists.target.list = String::new();
    plan.create = Some(Side::Target);
    plan.doubts.source = vec!["page 3 came back empty".to_owned()];
    assert_eq!(
        render(&plan),
        "\
mail:staff  =>  entra-id      (one-way, sync staff, first run)
+ entra-id will be created
Doubt about mail:staff: page 3 came back empty; nobody is removed because of it.
Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 0 unchanged; 20 members on mail:staff, 20 on entra-id.
"
    );
}

#[test]
fn lists_on_one_connection_go_by_their_own_names() {
    let mut plan = plan(vec![remove(Side::Target, "lee")]);
    plan.lists.target = ListRef {
        connection: "mail".to_owned(),
        list: "Everyone".to_owned(),
    };
    assert!(render(&plan).contains("- lee@acme.example  from Everyone  left the other list\n"));
}

#[test]
fn a_held_plan_says_why_and_how_to_go_on() {
    let limits = Limits {
        removals: Limit {
            count: Some(1),
            percent: Some(5),
        },
        ..Limits::default()
    };
    let two = || {
        plan(vec![
            remove(Side::Target, "lee"),
            remove(Side::Target, "mia"),
        ])
    };
    let held = review(two(), &limits, None, Timestamp::UNIX_EPOCH)
        .held
        .unwrap();
    let digest = two().digest().short().to_owned();
    assert_eq!(
        render_held(&two(), &held),
        format!(
            "\
HELD (removals): 2 of 20 members of entra-id:staff (10 %) would be removed; the limit is 1 or 5 %.
      2 changes wait. If this is meant: rollcall apply staff --approve {digest}
"
        )
    );
    let approval = Approval {
        digest: "7f3c91\n- all".to_owned(),
        by: "ada".to_owned(),
        expires: Timestamp::MAX,
    };
    let held = review(two(), &limits, Some(&approval), Timestamp::UNIX_EPOCH);
    let text = render_held(&two(), &held.held.unwrap());
    let first = format!(
        "HELD (approval): the approval names `7f3c91\u{fffd}- all`, the plan now is `{digest}` \
         (at least 12 digits have to agree)."
    );
    assert_eq!(text.lines().next(), Some(first.as_str()));
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn no_name_can_pretend_to_be_a_line() {
    let evil = "x\n- everyone@acme.example\r\u{1b}[2Kfrom\u{202e}\u{2028}\u{85}entra-id";
    let mut plan = full();
    let lines = render(&plan).lines().count();
    plan.lists.source.connection = evil.to_owned();
    plan.lists.target.list = evil.to_owned();
    plan.changes[0].member = Member {
        note: Some(evil.to_owned()),
        ..Member::default()
    };
    plan.changes[2] = rename(Side::Source, "kim", Some(evil), Some(evil));
    plan.withheld[0].label = evil.to_owned();
    plan.withheld[1].because = Because::NoKey(evil.to_owned());
    plan.doubts.target = vec![evil.to_owned()];
    plan.ignored.clear();
    let text = render(&plan);
    // The doubt adds a line, and nobody ignored takes one away.
    assert_eq!(text.lines().count(), lines, "{text}");
    assert_eq!(text.matches('\n').count(), lines);
    let removals: Vec<&str> = text.lines().filter(|line| line.starts_with('-')).collect();
    assert_eq!(removals.len(), 1);
    let moves = |letter: char| letter != '\n' && letter.is_control();
    assert!(!text.contains(moves), "{text:?}");
    assert!(!text.contains(['\u{202e}', '\u{2028}']), "{text:?}");
}

#[test]
fn other_scripts_stay_as_they_are() {
    for text in ["Zürich", "東京", "עברית", "a\u{301}", "👩\u{200d}🚀", "a b"] {
        assert_eq!(on_one_line(text), text);
    }
}

#[test]
fn json_tells_its_version_and_comes_back() {
    let plan = full();
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["version"], PLAN_VERSION);
    for hidden in ["people", "wantsDirectory"] {
        assert!(json.get(hidden).is_none(), "{hidden} is no part of a plan");
    }
    let back: Plan = serde_json::from_value(json).unwrap();
    assert_eq!(back, plan);
    assert_eq!(back.digest(), plan.digest());
}
