//! `demo`: the story it tells, and that what it says is kept really is.

use super::{Desk, Ran};

/// The text of each act.
fn acts(ran: &Ran) -> Vec<&str> {
    let (_, acts) = ran.out.split_once("\n1. ").unwrap();
    let acts: Vec<&str> = acts.split("$ rollcall plan\n").collect();
    assert_eq!(acts.len(), 4, "{}", ran.out);
    acts
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_tells_the_whole_story_and_ends_well() {
    let desk = Desk::alone();
    let ran = desk.run(&["demo", "--keep", "play"]).await.exits(0);
    let [_, first, next_day, held] = acts(&ran)[..] else {
        panic!("{}", ran.out)
    };
    for (act, lines) in [
        (
            first,
            &[
                "! ahsa.chan@acme.example      not added to entra-id  unresolved",
                "! joe.keller@partner.example  not added to entra-id  external address",
                "Plan: 6 to add, 0 to update, 0 to remove, 2 withheld, 235 unchanged",
                ": succeeded in ",
            ][..],
        ),
        (
            next_day,
            &[
                "! mei.tanaka@acme.example     stays on lists         protected",
                "Plan: 3 to add, 1 to update, 2 to remove, 3 withheld, 237 unchanged",
                ": succeeded in ",
                "3. Again: nothing is left to do.",
                ": unchanged in ",
                "Microsoft Graph saw 3 requests and 0 writes.",
            ],
        ),
        (
            held,
            &[
                "HELD (removals): 80 of 244 members of lists:region-asia.csv",
                "80 changes wait. If this is meant: rollcall apply region-asia --approve ",
                ": held in ",
            ],
        ),
    ] {
        for line in lines {
            assert!(act.contains(line), "no `{line}` in:\n{act}");
        }
    }

    // The file holds who is on the list, the director and the unresolved ones included.
    let list = desk.text("play/lists/region-asia.csv");
    assert_eq!(list.lines().count(), 245);
    for kept in ["mei.tanaka@", "ahsa.chan@", "joe.keller@", "Gita Ho-Keller"] {
        assert!(list.contains(kept), "{kept}");
    }
    let kept = ["-c", "play/rollcall.json", "--state", "play/state"];
    let history = desk.run(&[&["history"][..], &kept[..]].concat()).await;
    let statuses = ["held", "unchanged", "succeeded", "succeeded"];
    let history = history.exits(0);
    for (line, status) in history.out.lines().skip(1).zip(statuses) {
        assert!(line.contains(status), "{}", history.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_grows() {
    let desk = Desk::alone();
    desk.run(&["demo", "--keep", "play", "--members", "2000"])
        .await
        .exits(0)
        .says("A stand-in tenant with 2500 people")
        .says("Plan: 6 to add, 0 to update, 0 to remove, 2 withheld, 1995 unchanged");
    desk.run(&["demo", "--members", "3"]).await.exits(5);
}
