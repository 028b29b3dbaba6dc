//! Naming the files of a folder.

use super::*;
use crate::connectors::ports::KnownList;

async fn named(fixture: &Fixture) -> Result<Vec<KnownList>, ConnectorError> {
    connect(fixture.settings.clone(), fixture.folder.path())
        .lists()?
        .lists(&Unwatched)
        .await
}

fn names(lists: &[KnownList]) -> Vec<&str> {
    lists.iter().map(|list| list.name.as_str()).collect()
}

#[tokio::test]
async fn every_file_that_can_be_a_list_is_named() {
    let fixture = Fixture::new("email\n");
    for name in ["Board.CSV", "apprentices.txt", ".hidden.csv", "notes.md"] {
        fixture.put(name, "email\n");
    }
    fs::create_dir(fixture.path("folder.csv")).unwrap();
    let lists = named(&fixture).await.unwrap();
    assert_eq!(names(&lists), ["apprentices.txt", "Board.CSV", "team.csv"]);
    assert!(lists.iter().all(|list| list.note.is_none()));
    assert_eq!(named(&Fixture::empty()).await.unwrap(), []);
}

#[tokio::test]
async fn what_cannot_be_written_says_so() {
    let fixture = Fixture::new("email\n").with(r#"{"readOnly": true}"#);
    let lists = named(&fixture).await.unwrap();
    assert_eq!(
        lists[0].note.as_deref().unwrap(),
        "can only be read: the connection has `readOnly` set; remove it to write to these files"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_out_of_the_folder_is_named_as_unusable() {
    let (fixture, elsewhere) = (Fixture::new("email\n"), Fixture::new("email\n"));
    std::os::unix::fs::symlink(elsewhere.path("team.csv"), fixture.path("out.csv")).unwrap();
    let lists = named(&fixture).await.unwrap();
    assert_eq!(names(&lists), ["out.csv", "team.csv"]);
    let note = lists[0].note.as_deref().unwrap();
    assert!(
        note.starts_with("cannot be used: ") && note.contains("leads out of its folder"),
        "{note}"
    );
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_error() {
    let fixture = Fixture::empty();
    let mut settings = fixture.settings.clone();
    settings.folder = "nowhere".into();
    let lists = connect(settings, fixture.folder.path()).lists().unwrap();
    let error = lists.lists(&Unwatched).await.unwrap_err();
    assert!(error.message.contains("nowhere"), "{error}");
}
