//! The package of a run, as an administrator gets it.

use super::*;
use crate::{
    connectors::memory::{MemoryConnections, by_address, by_directory, list_ref},
    definition::sync::Sync,
    hand_over::archive::unzip,
    model::{
        address::Address,
        capabilities::{Capabilities, HandOver},
        member::Member,
    },
};

/// Ada is on the mailing list, and not in the group, which rollcall may not write.
fn world() -> MemoryConnections {
    let world = MemoryConnections::new();
    let ada = Member::with_address(Address::parse("ada@acme.example").unwrap());
    let person = Member {
        id: Some("00000000-0000-4000-8000-000000000001".into()),
        ..ada.clone()
    };
    world.put_list(&list_ref("mail", ""), by_address(), vec![ada]);
    world.put_people("entra-id", vec![person]);
    let group = Capabilities {
        read_only: Some("nobody may".to_owned()),
        hand_over: Some(HandOver::Directory),
        ..by_directory()
    };
    world.put_list(&list_ref("entra-id", ""), group, Vec::new());
    world
}

async fn run_over(desk: &Desk, world: &MemoryConnections, run: &str) -> Summary {
    let now = || desk.service.now();
    let ports = Ports {
        readers: world,
        stores: &desk.stores,
        watch: &Unwatched,
        now: &now,
        lease: run::LEASE,
    };
    let request = RunRequest {
        run: run.to_owned(),
        cause: "by hand (ada)".to_owned(),
        worker: "a test".to_owned(),
        approval: None,
        deadline: None,
    };
    let sync = Sync::between("staff", "mail", "entra-id");
    let finished = run::run(ports, world, &sync, &request).await;
    finished.unwrap().summary
}

#[tokio::test]
async fn the_package_of_a_run_is_a_zip() {
    let desk = Desk::new();
    let world = world();
    let summary = run_over(&desk, &world, "first").await;
    assert_eq!(summary.status, Some(Status::Packaged), "{summary:?}");
    let answer = desk.get("/api/v1/runs/first/package").await.is(200);
    assert_eq!(answer.header("content-type"), "application/zip");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"first.zip\""
    );
    let files = unzip(&answer.bytes).unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        names,
        [
            "README.md",
            "summary.json",
            "add-members.csv",
            "apply-graph.ps1"
        ]
    );
    let view = desk.get("/api/v1/runs/first").await.is(200).json();
    assert_eq!(view["summary"]["status"], "packaged");
    assert_eq!(view["summary"]["packages"][0]["state"], "made");
    let changes = desk.get("/api/v1/runs/first/changes").await.is(200).json();
    assert_eq!(changes["items"][0]["result"], "handed over");

    // A run that found it waiting made none, and says whose it is.
    run_over(&desk, &world, "second").await;
    let problem = desk
        .get("/api/v1/runs/second/package")
        .await
        .problem(Code::NotFound);
    assert_eq!(problem["help"], "the package of run `first` waits");
    let text = desk
        .get("/api/v1/runs/second/plan?format=text")
        .await
        .is(200);
    assert!(
        text.body
            .contains("package of run first: waits, nothing of its 1 change is applied."),
        "{}",
        text.body
    );
    desk.get("/api/v1/runs/third/package")
        .await
        .problem(Code::NotFound);
}
