//! Who must not be added, who is waited for, and who is unknown, through whole runs, each one repeated.

use rollcall::{
    history::{self, Lifted, NotLifted, Wish},
    model::{
        address::Address,
        attributes::Value,
        list::{ListRef, Side},
        member::{Member, Standing},
    },
    plan::change::{Because, Considered},
    summary::Status,
};

use super::stage::{Stage, address, entry, group, group_can, mail, mail_can};

/// Lets somebody's entry on the mailing list say that they opted out, or that they are subscribed.
fn says(stage: &Stage, name: &str, standing: Standing) {
    let wanted = address(name);
    stage.world.edit(&mail(), |members| {
        for member in members.iter_mut().filter(|member| member.label() == wanted) {
            member.standing = standing;
        }
    });
}

/// Why somebody is not added to a list, as the last run tells it.
async fn why_not(stage: &Stage, side: Side, name: &str) -> Option<Because> {
    let finished = stage.try_run(&stage.request()).await.unwrap();
    let wanted = address(name);
    let withheld = finished.file?.plan.withheld;
    let found = withheld.into_iter().find(|withheld| {
        withheld.side == side && withheld.considered == Considered::Add && withheld.label == wanted
    });
    found.map(|withheld| withheld.because)
}

async fn tombstones(stage: &Stage) -> Vec<String> {
    let lists = stage.sync.lists();
    let found = history::opt_outs(&stage.stores, &stage.sync.id, lists).await;
    let stones = found.unwrap().tombstones;
    stones
        .iter()
        .map(|stone| stone.who.label().to_owned())
        .collect()
}

/// What comes of Grace's wish to lift somebody's opt-out.
async fn lifted(stage: &Stage, who: &str) -> Result<Vec<Lifted>, NotLifted> {
    let wish = Wish {
        who: who.to_owned(),
        by: "grace".to_owned(),
        reason: "she asked to be on it again".to_owned(),
    };
    let (stores, lists) = (&stage.stores, stage.sync.lists());
    let lifted = history::lift(stores, &stage.sync.id, lists, &wish, stage.now());
    lifted.await.unwrap()
}

/// Two lists that agree, and Ada opted out of the mailing list for good: her entry is gone.
async fn without_ada() -> Stage {
    let stage = Stage::two_way("ada bob cyd dan", "ada bob cyd dan");
    stage.run().await;
    says(&stage, "ada", Standing::OptedOut);
    stage.is_settled().await;
    stage.leaves(&mail(), "ada");
    stage.is_settled().await;
    stage.holds("bob cyd dan", "ada bob cyd dan");
    stage
}

#[tokio::test]
async fn whoever_opted_out_is_on_neither_list_anew_when_everything_is_gone_but_the_memory() {
    let stage = without_ada().await;
    // Somebody takes her out of the group and puts her there again: as if she had joined.
    stage.leaves(&group(), "ada");
    stage.is_settled().await;
    stage.joins(&group(), "ada");
    for _ in 0..2 {
        let because = why_not(&stage, Side::Source, "ada").await;
        assert!(
            matches!(because, Some(Because::NotTaken { .. })),
            "{because:?}"
        );
    }
    stage.is_settled().await;
    stage.holds("bob cyd dan", "ada bob cyd dan");
    assert_eq!(tombstones(&stage).await, ["ada@acme.example"]);
    // She signs up herself.
    stage.joins(&mail(), "ada");
    stage.is_settled().await;
    assert_eq!(tombstones(&stage).await, [""; 0]);
    stage.leaves(&mail(), "ada");
    stage.run().await;
    stage.holds("bob cyd dan", "bob cyd dan");
    stage.joins(&group(), "ada");
    stage.run().await;
    stage.holds("ada bob cyd dan", "ada bob cyd dan");
    stage.is_settled().await;
}

#[tokio::test]
async fn opt_outs_outlive_lists_that_are_made_anew_and_definitions_that_change() {
    let mut stage = without_ada().await;
    // The mailing list is deleted and imported anew: another list of the same name, which nobody ever agreed with.
    let members = "bob cyd".split(' ').map(entry).collect();
    stage.world.put_list(&mail(), mail_can(), members);
    let finished = stage.try_run(&stage.request()).await.unwrap();
    assert!(finished.summary.first_run, "{:#?}", finished.summary);
    stage.holds("bob cyd dan", "ada bob cyd dan");
    stage.is_settled().await;
    // The other side of the sync becomes another group.
    let wider = ListRef {
        list: "everybody".to_owned(),
        ..group()
    };
    let people = stage.world.directory("entra-id").people;
    let some = people.into_iter().take(5).collect::<Vec<Member>>();
    stage.world.put_list(&wider, group_can(), some);
    stage.sync.target.lists = vec!["everybody".to_owned()];
    stage.run_agreed().await;
    assert_eq!(stage.names(&mail()), "bob cyd dan eve");
    assert_eq!(tombstones(&stage).await, ["ada@acme.example"]);
    // Back at the first definition, the newest word still counts: she has signed up meanwhile, and is off again.
    stage.joins(&mail(), "ada");
    stage.run().await;
    assert_eq!(tombstones(&stage).await, [""; 0]);
    stage.sync.target.lists = vec!["staff".to_owned()];
    stage.leaves(&mail(), "ada");
    stage.run().await;
    assert_eq!(tombstones(&stage).await, [""; 0]);
}

#[tokio::test]
async fn a_person_lifts_it_and_the_next_run_takes_that_up() {
    let stage = without_ada().await;
    stage.leaves(&group(), "ada");
    stage.run().await;
    stage.joins(&group(), "ada");
    stage.run().await;
    let lift = |who: &'static str| lifted(&stage, who);
    let nobody = lift("zoe@acme.example").await.unwrap_err();
    assert_eq!(
        nobody,
        NotLifted::Nobody(vec!["ada@acme.example".to_owned()])
    );
    let baseline = stage.stores.blobs.list("baselines/").await.unwrap();
    stage.wait(60);
    let [lifted] = lift("ADA@acme.example").await.unwrap().try_into().unwrap();
    assert!(!lifted.before && !lifted.still_shown);
    assert_eq!(
        (lifted.lift.by.as_str(), lifted.lift.list),
        ("grace", mail())
    );
    assert_eq!(
        stage.stores.blobs.list("baselines/").await.unwrap(),
        baseline,
        "runs own it"
    );
    // Once more, a day later: the first one stands.
    stage.wait(86_400);
    let [again] = lift("ADA@acme.example").await.unwrap().try_into().unwrap();
    assert!(again.before);
    assert_eq!(again.lift.at, lifted.lift.at);
    stage.run().await;
    stage.holds("ada bob cyd dan", "ada bob cyd dan");
    stage.is_settled().await;
    // It is kept for whoever asks later, and asking again still says so.
    let [later] = lift("ADA@acme.example").await.unwrap().try_into().unwrap();
    assert!(later.before && later.lift.at == lifted.lift.at);
    let found = history::opt_outs(&stage.stores, "staff", stage.sync.lists())
        .await
        .unwrap();
    assert!(found.tombstones.is_empty() && found.lifts.len() == 1);
    // She opts out again: what the platform says after the lift holds.
    says(&stage, "ada", Standing::OptedOut);
    stage.run().await;
    stage.leaves(&mail(), "ada");
    stage.run().await;
    stage.leaves(&group(), "ada");
    stage.run().await;
    stage.joins(&group(), "ada");
    stage.run().await;
    assert_eq!(stage.names(&mail()), "bob cyd dan");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_lift_never_overrules_what_the_platform_says_now() {
    let stage = Stage::two_way("ada bob cyd dan", "bob cyd dan");
    says(&stage, "ada", Standing::OptedOut);
    stage.run().await;
    stage.wait(60);
    let [lifted] = lifted(&stage, "ada@acme.example")
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert!(lifted.still_shown, "the answer says that it does nothing");
    for _ in 0..2 {
        stage.run().await;
        assert_eq!(tombstones(&stage).await, ["ada@acme.example"]);
    }
    // And it holds when the entry goes, for the platform said so after the lift.
    stage.leaves(&mail(), "ada");
    stage.joins(&group(), "ada");
    stage.run().await;
    stage.holds("bob cyd dan", "ada bob cyd dan");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_guest_who_is_shown_late_is_invited_once() {
    let mut stage = Stage::one_way("bob joe@partner.example", "bob");
    stage.sync.guests.invite = true;
    stage.world.hide_guests(&group());
    let summary = stage.run().await;
    assert_eq!(
        (summary.status, summary.done.invited),
        (Some(Status::Succeeded), 1)
    );
    for _ in 0..3 {
        stage.wait(86_400);
        let because = why_not(&stage, Side::Target, "joe@partner.example").await;
        assert!(
            matches!(because, Some(Because::Invited { .. })),
            "{because:?}"
        );
        // As long as nothing shows the guest, no run says that all is done.
        let summary = stage.run().await;
        assert_eq!(summary.status, Some(Status::Partial));
        assert_eq!(
            summary.next,
            [
                "nothing: 1 guest who was invited is not shown by the directory yet; the next runs add them once it does"
            ]
        );
    }
    assert_eq!(stage.world.counters().invitations, 1);
    stage.world.show_guests(&group());
    stage.is_settled().await;
    assert_eq!(stage.names(&group()), "bob joe@partner.example");
    assert_eq!(stage.world.counters().invitations, 1);
}

#[tokio::test]
async fn a_guest_whom_a_rule_refuses_is_tried_once_a_day_and_the_rest_goes_on() {
    let mut stage = Stage::one_way("bob cyd joe@partner.example ann@partner.example", "bob");
    stage.sync.guests.invite = true;
    stage
        .world
        .refuse(&group(), "joe@partner.example", "invitation-refused");
    let summary = stage.run().await;
    assert_eq!(
        (
            summary.done.invited,
            summary.done.added,
            summary.done.refused
        ),
        (1, 1, 1)
    );
    assert_eq!(summary.status, Some(Status::Partial));
    let writes = stage.world.counters().writes;
    for _ in 0..3 {
        stage.wait(3_600);
        assert_eq!(stage.run().await.status, Some(Status::Unchanged));
    }
    assert_eq!(
        stage.world.counters().writes,
        writes,
        "the tenant is not asked"
    );
    stage.wait(86_400);
    assert_eq!(stage.run().await.done.refused, 1);
    stage.is_settled().await;
    assert_eq!(stage.names(&group()), "ann@partner.example bob cyd");
}

#[tokio::test]
async fn a_correction_on_the_list_heals_at_the_next_run() {
    let stage = Stage::two_way("ada bob cyd", "ada bob cyd");
    stage
        .world
        .set_own_domains("entra-id", &["acme.example", "acme.org.example"]);
    stage.run().await;
    // Somebody writes Ada's entry anew, with the parts of the address turned round.
    let turned = "lovelace.ada@acme.example";
    let mut ada = entry("ada.lovelace");
    ada.id = Some("person-of-her-own".into());
    stage.world.put_people("entra-id", vec![ada]);
    stage.leaves(&mail(), "ada");
    stage.leaves(&group(), "ada");
    stage.joins(&group(), "ada.lovelace");
    stage.joins(&mail(), "ada.lovelace");
    stage.run().await;
    stage.leaves(&mail(), "ada.lovelace");
    stage.joins(&mail(), turned);
    let first = stage.run().await;
    let since = stage.now().strftime("%Y-%m-%d").to_string();
    assert_eq!(first.next, ["correct 1 address that nobody has"]);
    stage.wait(7 * 86_400);
    stage.is_settled().await;
    let told = stage.run().await.next;
    assert_eq!(
        told,
        [format!(
            "correct 1 address that nobody has, the oldest since {since}"
        )]
    );
    stage.holds("bob cyd lovelace.ada", "ada.lovelace bob cyd");
    let finished = stage.try_run(&stage.request()).await.unwrap();
    let plan = finished.file.unwrap().plan;
    let meant = |because: &Because| *because == Because::PerhapsMeant(turned.to_owned());
    assert!(
        plan.withheld
            .iter()
            .any(|withheld| meant(&withheld.because)),
        "{plan:#?}"
    );
    stage.leaves(&mail(), turned);
    stage.joins(&mail(), "ada.lovelace");
    let healed = stage.run().await;
    assert!(healed.next.is_empty(), "{healed:#?}");
    stage.is_settled().await;
    stage.holds("ada.lovelace bob cyd", "ada.lovelace bob cyd");
}

#[tokio::test]
async fn an_existing_guest_without_an_address_is_added_and_not_invited() {
    let mut stage = Stage::one_way("bob joe@partner.example", "bob");
    stage.sync.guests.invite = true;
    let mut guest = Member {
        id: Some("guest-without-address".into()),
        ..Member::default()
    };
    let name = "joe_partner.example#EXT#@acme.onmicrosoft.example";
    let attributes = &mut guest.attributes;
    attributes.insert("userPrincipalName".to_owned(), Value::Text(name.to_owned()));
    stage.world.put_people("entra-id", vec![guest]);
    let summary = stage.run().await;
    assert_eq!(
        (summary.done.added, summary.done.invited),
        (1, 0),
        "{summary:#?}"
    );
    assert_eq!(stage.names(&group()), "bob guest-without-address");
    assert!(Address::parse("joe@partner.example").is_ok());
}

#[tokio::test]
async fn a_lift_for_one_list_leaves_what_was_said_of_another_one() {
    let mut stage = without_ada().await;
    // The sync means another mailing list for a while; she opts out of that as well, and her entry goes.
    let other = ListRef {
        list: "newsletter".to_owned(),
        ..mail()
    };
    let members = "ada bob cyd dan".split(' ').map(entry).collect();
    stage.world.put_list(&other, mail_can(), members);
    stage.world.edit(&other, |members| {
        members[0].standing = Standing::OptedOut;
    });
    stage.sync.source.lists = vec!["newsletter".to_owned()];
    stage.run().await;
    stage.world.edit(&other, |members| {
        members.remove(0);
    });
    stage.run().await;
    assert_eq!(tombstones(&stage).await, ["ada@acme.example"]);
    stage.wait(60);
    let [for_other] = lifted(&stage, "ada@acme.example")
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(for_other.lift.list, other);
    // Back at the first list: nobody lifted anything there.
    stage.sync.source.lists = vec!["staff".to_owned()];
    let finished = stage.try_run(&stage.request()).await.unwrap();
    let changes = finished.file.map(|file| file.plan.changes);
    let changes = changes.into_iter().flatten();
    let hers = changes.filter(|change| change.member.label() == address("ada"));
    assert_eq!(hers.count(), 0, "the lift for the newsletter goes for both");
    stage.holds("bob cyd dan", "ada bob cyd dan");
    assert_eq!(tombstones(&stage).await, ["ada@acme.example"]);
    let [for_this] = lifted(&stage, "ada@acme.example")
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!((for_this.before, for_this.lift.list), (false, mail()));
}

#[tokio::test]
async fn whoever_is_let_in_again_comes_back_and_does_not_leave_the_other_list_instead() {
    let stage = without_ada().await;
    stage.wait(60);
    lifted(&stage, "ada@acme.example").await.unwrap();
    stage.run().await;
    stage.holds("ada bob cyd dan", "ada bob cyd dan");
    stage.is_settled().await;
    // From then on she is like everybody: who leaves one list leaves the other.
    stage.leaves(&mail(), "ada");
    stage.run().await;
    stage.holds("bob cyd dan", "bob cyd dan");
}
