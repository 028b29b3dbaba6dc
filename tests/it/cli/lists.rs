//! Groups that are not what the definition takes them for, and a service that misbehaves while it is read or written.

use rollcall::sandbox::{self, Effect, Fault, scenario::User};

use super::{Desk, address, everyone, group, ids, members, rows, settled, tenant, until};
use serde_json::json;

const PAGES: &str = "/members?";

#[tokio::test]
async fn a_group_that_is_not_there_is_named() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    let mut sync = everyone();
    sync["target"]["group"] = json!("Everyon");
    desk.define(&[sync]);
    desk.run(&["plan"])
        .await
        .exits(5)
        .complains("error: sync `everyone`: there is no group named `Everyon`\ncheck the display name, or let the sync create the group");
    desk.run(&["apply"])
        .await
        .exits(5)
        .says("there is no group named `Everyon` (not-found)");
    assert_eq!(sandbox.counters().writes, 0);
}

#[tokio::test]
async fn of_two_groups_with_one_name_none_is_guessed() {
    let mut scenario = tenant(3, 2);
    scenario.groups.push(group(7, "Everyone"));
    let (sandbox, desk) = Desk::with(scenario).await;
    desk.write("lists/everyone.csv", rows(0..3));
    desk.run(&["apply"])
        .await
        .exits(5)
        .says("several groups are named `Everyone`: `00000000-0000-4000-8000-00000000a001`, `00000000-0000-4000-8000-00000000b007`")
        .says("next: name the group by its id");
    assert_eq!(sandbox.counters().writes, 0);
    // What it says helps.
    let mut sync = everyone();
    sync["target"]["group"] = json!("00000000-0000-4000-8000-00000000b007");
    desk.define(&[sync]);
    desk.run(&["apply"]).await.exits(0);
    assert_eq!(sandbox.members_of(&group(7, "").id).len(), 3);
    assert_eq!(members(&sandbox), ids(0..2));
}

#[tokio::test]
async fn a_link_to_another_host_is_not_followed() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..1));
    sandbox.inject(
        Fault::new(Effect::ForeignNextLink {
            origin: "https://graph.attacker.example".to_owned(),
        })
        .on("GET", PAGES),
    );
    desk.run(&["apply"])
        .await
        .exits(5)
        .says(
            "an answer leads to `https://graph.attacker.example`, which is not `http://127.0.0.1:",
        )
        .says("it was not followed");
    assert_eq!(sandbox.counters().writes, 0);
    assert_eq!(members(&sandbox), ids(0..2));
}

#[tokio::test]
async fn members_without_names_are_left_alone_and_no_conflict() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(1..3));
    sandbox.inject(Fault::new(Effect::PartialObjects).on("GET", PAGES));
    let ran = desk
        .run(&["apply"])
        .await
        .exits(4)
        .says("the connection shows nothing but an id: a read permission is missing")
        .says("Doubt about entra-id:Everyone: 2 of 2 members were shown without name and address");
    assert!(!ran.out.contains("conflict"), "{}", ran.out);
    assert_eq!(members(&sandbox), ids(0..3), "one is added, nobody removed");
}

#[tokio::test]
async fn a_page_that_ends_too_soon_removes_nobody() {
    let (sandbox, desk) = Desk::with(tenant(12, 12)).await;
    let mut sync = everyone();
    (sync["source"], sync["target"]) = (sync["target"].take(), sync["source"].take());
    desk.define(&[sync]);
    desk.write("lists/everyone.csv", rows(0..12));
    let before = desk.bytes("lists/everyone.csv");
    sandbox.inject(
        Fault::new(Effect::TruncatedListing { size: 11 })
            .on("GET", PAGES)
            .times(50),
    );
    let ran = desk.run(&["apply"]).await;
    assert!(!ran.out.contains("\n- "), "{}", ran.out);
    assert_eq!(desk.bytes("lists/everyone.csv"), before, "{}", ran.out);
}

#[tokio::test]
async fn a_gateway_that_recovers_is_waited_for() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    sandbox.inject(Fault::new(Effect::BadGateway).on("POST", "$batch"));
    desk.run(&["apply"]).await.exits(0);
    assert_eq!(members(&sandbox), ids(0..3));
}

#[tokio::test]
async fn a_gateway_that_does_not_is_given_up() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..3));
    sandbox.inject(
        Fault::new(Effect::BadGateway)
            .on("GET", "/groups")
            .times(10_000),
    );
    let ran = desk
        .run(&["apply"])
        .await
        .exits(1)
        .says("Microsoft Graph answered 502, and no JSON: `<html><body><h1>502 Bad Gateway</h1></body></html>`, and went on doing so (unavailable)")
        .says("next: try again later");
    assert!(settled(&ran.out).contains("Run RUN of everyone: failed"));
    // Two seconds of patience, waits of a second and more.
    assert!(sandbox.counters().requests <= 8, "{:?}", sandbox.counters());
    sandbox.clear_faults();
    desk.run(&["apply"]).await.exits(0);
    assert_eq!(members(&sandbox), ids(0..3));
}

#[tokio::test]
async fn a_page_to_sign_in_at_is_no_answer() {
    let (sandbox, desk) = Desk::with(tenant(3, 2)).await;
    desk.write("lists/everyone.csv", rows(0..1));
    sandbox.inject(Fault::new(Effect::NotJson).on("GET", PAGES).times(10_000));
    desk.run(&["plan"])
        .await
        .exits(5)
        .complains("the answer is not JSON: `<html><body>Sign in to continue</body></html>`\ncheck `graphUrl` and any proxy");
    assert_eq!(members(&sandbox), ids(0..2));
}

#[tokio::test]
async fn a_service_that_goes_away_while_it_is_written_is_caught_up_with() {
    const PEOPLE: usize = 450;
    let (sandbox, desk) = Desk::with(tenant(PEOPLE, 0)).await;
    desk.write("lists/everyone.csv", rows(0..PEOPLE));
    // Two batches read, the next one writes; the fourth is carried out and its answer is lost, and then nothing comes.
    sandbox.inject(Fault::new(Effect::DropAfter).on("POST", "$batch").after(3));
    sandbox.inject(
        Fault::new(Effect::DropBefore)
            .on("POST", "$batch")
            .after(3)
            .times(10_000),
    );
    let command = desk.command(&["apply"]);
    let running = tokio::spawn(super::finish(command));
    until("an answer is lost", || sandbox.counters().faults > 0).await;
    let state = sandbox.snapshot();
    let port: u16 = sandbox.url().rsplit(':').next().unwrap().parse().unwrap();
    sandbox.stop().await;
    let ran = running.await.unwrap().exits(4);
    assert!(ran.out.contains("of everyone: partial in "), "{}", ran.out);
    assert!(ran.out.contains("(unavailable)"), "{}", ran.out);
    let arrived = state.groups[0].members.len();
    assert!((1..PEOPLE).contains(&arrived), "{arrived} of {PEOPLE}");

    let sandbox = sandbox::start(state, port).await.unwrap();
    let ran = desk.run(&["apply"]).await.exits(0);
    assert!(
        ran.out
            .contains(&format!("Plan: {} to add", PEOPLE - arrived)),
        "nothing is added twice: {}",
        ran.out.lines().last().unwrap()
    );
    assert_eq!(members(&sandbox), ids(0..PEOPLE));
    desk.run(&["apply"])
        .await
        .exits(0)
        .says("of everyone: unchanged");
}

#[tokio::test]
async fn a_group_that_fills_itself_is_not_written() {
    let mut scenario = tenant(3, 1);
    scenario.groups[0].group_types = vec!["DynamicMembership".to_owned()];
    scenario.groups[0].membership_rule = Some("user.department -eq \"Sales\"".to_owned());
    let (sandbox, desk) = Desk::with(scenario).await;
    desk.list(&[&address(1)]);
    let ran = desk.run(&["apply"]).await;
    assert!(
        ran.out.contains("dynamic") || ran.out.contains("by a rule"),
        "{}",
        ran.out
    );
    assert_eq!(sandbox.counters().writes, 0);
    assert_eq!(members(&sandbox), [User::numbered_id(0)].into());
}

#[tokio::test]
async fn people_are_routed_to_a_list_each() {
    let (_sandbox, desk) = Desk::with(tenant(3, 0)).await;
    let mut definition = desk.definition(&[json!({
        "id": "by-team", "source": { "connection": "files", "list": "staff.csv" },
        "target": "teams", "mapping": { "Team": "group", "Name": "Name" },
    })]);
    definition["connections"]["teams"] = json!({ "type": "csv", "folder": "teams" });
    desk.write("rollcall.json", definition.to_string());
    std::fs::create_dir(desk.path("teams")).unwrap();
    let staff = "email,Name,Team\nada@a.example,Ada,Sales\nbob@a.example,Bob,Support\n\
                 cyd@a.example,Cyd,sales\ndan@a.example,Dan,\n";
    desk.write("lists/staff.csv", staff);
    desk.run(&["plan"]).await.exits(2).says("teams:Support");
    desk.run(&["apply", "by-team"]).await.exits(0);
    let sales = desk.text("teams/Sales.csv");
    assert!(
        sales.contains("ada@a.example") && sales.contains("cyd@a.example"),
        "{sales}"
    );
    assert!(desk.text("teams/Support.csv").contains("bob@a.example"));
    desk.run(&["plan"]).await.exits(0);

    // Bob moves, and leaves a list behind that nobody is routed to any more.
    desk.write("lists/staff.csv", staff.replace("Support", "Sales"));
    desk.run(&["apply"]).await.exits(0);
    assert!(!desk.text("teams/Support.csv").contains("bob@a.example"));
    assert!(desk.text("teams/Sales.csv").contains("bob@a.example"));
    desk.run(&["apply", "by-team/Sales"]).await.exits(0);
    desk.run(&["apply", "by-tea"]).await.exits(5);
    desk.run(&["history", "by-team/Sales"])
        .await
        .exits(0)
        .says("unchanged");
}
