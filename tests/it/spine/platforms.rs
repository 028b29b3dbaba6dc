//! What messaging platforms bring along, through whole runs: several lists as one, lists left out, filters on either
//! list, people a platform does not take, and changes that have to be handed over together.

use rollcall::{
    connectors::memory::list_ref,
    definition::filter::{Filter, Operand, Test},
    history,
    model::{attributes::Value, capabilities::Capabilities, list::ListRef, member::Member},
    plan::change::Because,
    run::{self, RunError},
    store::lease::{self, Acquisition},
    summary::Status,
};

use super::stage::{Stage, entry, group, group_can, mail, mail_can};

fn list(name: &str) -> ListRef {
    list_ref("mail", name)
}

fn put(stage: &Stage, name: &str, people: &str) {
    let members = people.split_whitespace().map(entry).collect();
    stage.world.put_list(&list(name), mail_can(), members);
}

fn team(name: &str) -> Filter {
    Filter::Attribute {
        name: "team".to_owned(),
        test: Test::OneOf(vec![Operand::Text(name.to_owned())]),
    }
}

fn set_team(stage: &Stage, list: &ListRef, people: &str, team: &str) {
    stage.world.edit(list, |members| {
        for member in members {
            if people
                .split_whitespace()
                .any(|name| entry(name).addresses == member.addresses)
            {
                let team = Value::Text(team.to_owned());
                member.attributes.insert("team".to_owned(), team);
            }
        }
    });
}

#[tokio::test]
async fn several_lists_are_one_and_members_of_others_are_left_out() {
    let mut stage = Stage::one_way("", "ida");
    put(&stage, "sales", "ada bob");
    put(&stage, "support", "bob cyd dan");
    put(&stage, "leavers", "dan");
    stage.sync.source.lists = vec!["sales".to_owned(), "support".to_owned()];
    stage.sync.source.exclude_lists = vec!["leavers".to_owned()];
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    assert_eq!(stage.names(&group()), "ada bob cyd");
    assert_eq!(
        summary.lists.source,
        list("sales, support without leavers"),
        "the history names all of them"
    );
    stage.run().await;

    // Who is put on the list of leavers leaves the group, with the reason.
    stage
        .world
        .edit(&list("leavers"), |members| members.push(entry("ada")));
    let plan = stage.preview().await.unwrap().review.approved;
    let reasons: Vec<String> = plan
        .plan()
        .changes
        .iter()
        .map(|change| change.reason.to_string())
        .collect();
    assert_eq!(reasons, ["no longer fits the filter: is on leavers"]);
    stage.run().await;
    assert_eq!(stage.names(&group()), "bob cyd");
    assert_eq!(stage.run().await.status, Some(Status::Unchanged));
}

#[tokio::test]
async fn a_list_left_out_that_cannot_be_read_lets_nobody_in() {
    let mut stage = Stage::one_way("ada dan", "ada");
    put(&stage, "leavers", "dan");
    stage.sync.source.exclude_lists = vec!["leavers".to_owned()];
    stage
        .world
        .fail_read(&list("leavers"), Some((0, super::stage::away())));
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Failed));
    assert_eq!(stage.names(&group()), "ada");
    stage.world.fail_read(&list("leavers"), None);
    stage.run().await;
    assert_eq!(stage.names(&group()), "ada");
}

/// A group of its own, with these people of the directory.
fn put_group(stage: &Stage, name: &str, people: &str) -> ListRef {
    let list = list_ref("entra-id", name);
    stage.world.put_list(&list, group_can(), Vec::new());
    let everyone = stage.world.directory("entra-id").people;
    let wanted: Vec<_> = people.split_whitespace().map(entry).collect();
    let is_wanted = |person: &Member| wanted.iter().any(|one| one.addresses == person.addresses);
    stage.world.edit(&list, |members| {
        members.extend(everyone.into_iter().filter(is_wanted));
    });
    list
}

#[tokio::test]
async fn whoever_is_left_out_on_one_side_is_not_brought_there_from_the_other() {
    let mut stage = Stage::two_way("ada dan eve", "ada eve fay gus");
    put_group(&stage, "leavers", "dan");
    put(&stage, "unsubscribed", "gus");
    stage.sync.target.exclude_lists = vec!["leavers".to_owned()];
    stage.sync.source.exclude_lists = vec!["unsubscribed".to_owned()];
    for _ in 0..3 {
        let finished = stage.try_run(&stage.request()).await.unwrap();
        let withheld: Vec<String> = finished.file.map_or_else(Vec::new, |file| {
            let withheld = file.plan.withheld.iter();
            withheld
                .map(|one| format!("{}: {}", one.label, one.because))
                .collect()
        });
        assert_eq!(
            withheld,
            [
                "dan@acme.example: outside the filter: is on leavers",
                "gus@acme.example: outside the filter: is on unsubscribed"
            ]
        );
        // What is written is the list itself, and not one that is called by all their names.
        stage.holds("ada dan eve fay", "ada eve fay gus");
    }
    stage.is_settled().await;
}

#[tokio::test]
async fn a_list_with_exclusions_is_held_as_the_list_it_is() {
    let mut stage = Stage::two_way("ada", "ada bob");
    put(&stage, "unsubscribed", "");
    stage.sync.source.exclude_lists = vec!["unsubscribed".to_owned()];
    let records = stage.stores.records.as_ref();
    let taken = lease::acquire(records, "mail:staff", "other", stage.now(), run::LEASE).await;
    assert!(matches!(taken, Ok(Acquisition::Acquired(_))), "{taken:?}");
    let busy = stage.try_run(&stage.request()).await;
    assert!(matches!(busy, Err(RunError::Busy { .. })), "{busy:?}");
}

#[tokio::test]
async fn a_list_left_out_that_may_not_be_whole_lets_nobody_in() {
    let mut stage = Stage::one_way("ada dan", "ada bob");
    put(&stage, "leavers", "");
    stage.sync.source.exclude_lists = vec!["leavers".to_owned()];
    stage.world.doubt(&list("leavers"), &["a page is missing"]);
    let finished = stage.try_run(&stage.request()).await.unwrap();
    let withheld = finished.file.unwrap().plan.withheld;
    assert_eq!(withheld.len(), 2, "{withheld:#?}");
    for one in &withheld {
        assert!(matches!(one.because, Because::NoProof(_)), "{one:?}");
    }
    assert_eq!(stage.names(&group()), "ada bob");
    stage.world.doubt(&list("leavers"), &[]);
    stage.run().await;
    assert_eq!(stage.names(&group()), "ada dan");
}

#[tokio::test]
async fn a_list_left_out_that_is_suddenly_empty_lets_nobody_in() {
    let mut stage = Stage::one_way("ada dan eve fay", "ada bob");
    put(&stage, "leavers", "dan eve fay");
    stage.sync.source.exclude_lists = vec!["leavers".to_owned()];
    stage.run().await;
    assert_eq!(stage.names(&group()), "ada");
    put(&stage, "leavers", "");
    for _ in 0..2 {
        let finished = stage.try_run(&stage.request()).await.unwrap();
        let withheld = finished.file.unwrap().plan.withheld;
        assert_eq!(withheld.len(), 3, "{withheld:#?}");
        let told = withheld[0].because.to_string();
        assert!(
            told.contains("leavers") && told.contains("3 people"),
            "{told}"
        );
        assert_eq!(stage.names(&group()), "ada");
    }
    // Somebody on it shows that it is read, and taking it out of the definition says that it is not meant any more.
    put(&stage, "leavers", "dan");
    stage.run().await;
    assert_eq!(stage.names(&group()), "ada eve fay");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_filtered_list_both_ways_follows_who_matches_and_bounces_nobody() {
    let mut stage = Stage::two_way("ada bob cyd", "");
    set_team(&stage, &mail(), "ada bob", "Sales");
    set_team(&stage, &mail(), "cyd", "Legal");
    stage.sync.filters.source = team("Sales");
    stage.run().await;
    stage.holds("ada bob cyd", "ada bob");
    stage.is_settled().await;

    // Bob moves to another team: he leaves the group and stays on the list.
    set_team(&stage, &mail(), "bob", "Legal");
    stage.run().await;
    stage.holds("ada bob cyd", "ada");
    stage.is_settled().await;

    // Somebody adds Cyd to the group, who does not match: reported, neither taken out nor put anywhere.
    stage.joins(&group(), "cyd");
    for _ in 0..2 {
        let finished = stage.try_run(&stage.request()).await.unwrap();
        assert_eq!(finished.summary.status, Some(Status::Unchanged));
        let withheld = finished.file.unwrap().plan.withheld;
        assert!(
            matches!(withheld.as_slice(), [one] if matches!(one.because, Because::OutsideFilter(_))),
            "{withheld:#?}"
        );
        stage.holds("ada bob cyd", "ada cyd");
    }

    // And back in the team he is brought to the group again.
    set_team(&stage, &mail(), "bob", "Sales");
    stage.run().await;
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.is_settled().await;
}

#[tokio::test]
async fn whom_a_platform_does_not_take_is_tried_once_and_shown_ever_after() {
    let mut stage = Stage::one_way("", "");
    stage.world.put_list(
        &mail(),
        mail_can(),
        "ada bob".split(' ').map(entry).collect(),
    );
    stage
        .world
        .put_list(&list("news"), mail_can(), vec![entry("bob")]);
    stage.sync.target.connection = "mail".to_owned();
    stage.sync.target.lists = vec!["news".to_owned()];
    stage
        .world
        .refuse(&list("news"), "ada@acme.example", "opted-out-or-refused");
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Partial));
    let effects = stage.world.counters().writes;
    for _ in 0..2 {
        let finished = stage.try_run(&stage.request()).await.unwrap();
        let withheld = finished.file.unwrap().plan.withheld;
        assert!(
            matches!(withheld.as_slice(), [one] if matches!(one.because, Because::NotTaken { .. })),
            "{withheld:#?}"
        );
    }
    assert_eq!(stage.world.counters().writes, effects, "not tried again");

    // She joins the list by herself, and later leaves it: the platform's own word counts.
    stage
        .world
        .edit(&list("news"), |members| members.push(entry("ada")));
    stage.run().await;
    assert_eq!(stage.run().await.status, Some(Status::Unchanged));
    assert_eq!(stage.world.labels(&list("news")).len(), 2);
}

#[tokio::test]
async fn a_list_that_takes_all_at_once_gets_all_at_once() {
    let mut stage = Stage::one_way("ada bob cyd", "");
    let whole = Capabilities {
        at_once: true,
        chunk: usize::MAX,
        ..mail_can()
    };
    let members = "bob dan".split(' ').map(entry).collect();
    stage.world.put_list(&list("pushed"), whole, members);
    stage.sync.target.connection = "mail".to_owned();
    stage.sync.target.lists = vec!["pushed".to_owned()];
    let summary = stage.run().await;
    assert_eq!((summary.done.added, summary.done.removed), (2, 1));
    assert_eq!(stage.world.counters().writes, 1);
    let file = history::run_file(&stage.stores, "staff", "run-1")
        .await
        .unwrap();
    assert_eq!(file.unwrap().outcomes.unwrap().len(), 3);
}
