//! The examples that end in files.

use rollcall::summary::Status;

use super::office::{Office, company};

#[tokio::test]
async fn the_whole_directory_goes_into_a_file() {
    let office = Office::open("all-staff-to-csv.json", company()).await;
    office.edit_user("ada@acme.example", |ada| {
        ada.company_name = Some("Acme AG".to_owned());
    });
    office.file("out/made.txt", "");
    let sync = "all-staff";
    assert!(!office.plan(sync).await.is_empty());
    assert_eq!(office.run(sync).await.status, Some(Status::Succeeded));
    assert_eq!(office.run(sync).await.status, Some(Status::Unchanged));
}

#[tokio::test]
async fn a_file_that_is_kept_by_hand_and_a_group_both_ways() {
    let office = Office::open("region-asia-two-way.json", company()).await;
    let text = "email,name,mobile,office,salutation\nada@acme.example,Ada,,,\n";
    office.file("lists/region-asia.csv", text);
    office.add_group("Region Asia", &["bob@acme.example"]);
    let sync = "region-asia";
    assert_eq!(office.plan(sync).await.totals().add, 2);
    office.run(sync).await;
    assert_eq!(
        office.group("Region Asia"),
        ["ada@acme.example", "bob@acme.example"]
    );
    assert!(
        office
            .read("lists/region-asia.csv")
            .contains("bob@acme.example")
    );
}

#[tokio::test]
async fn a_feed_that_nobody_filled_yet_empties_nothing() {
    let office = Office::open("hr-to-csv.json", company()).await;
    let summary = office.run("staff").await;
    assert_eq!(summary.status, Some(Status::Failed));
    let problem = summary.problem.unwrap();
    assert_eq!(problem.code, "not-found", "{problem:?}");
}
