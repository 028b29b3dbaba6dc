//! What a CSV connection does with real files.

mod naming;
mod reading;
mod round_trip;
mod writing;

use std::fs;

use super::*;
use crate::{
    connectors::ports::Unwatched,
    model::{
        address::Address,
        attributes::Value,
        list::{GroupKind, ListRef, Side},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Action, Change, FieldChange, Reason, Seen},
        outcome::Outcome,
    },
};

/// A folder with one list.
struct Fixture {
    folder: tempfile::TempDir,
    settings: Settings,
    wanted: WantedList,
}

impl Fixture {
    fn new(content: impl AsRef<[u8]>) -> Self {
        let fixture = Self::empty();
        fixture.put("team.csv", content);
        fixture
    }

    fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            settings: settings("{}"),
            wanted: WantedList::of(ListRef {
                connection: "files".to_owned(),
                list: "team".to_owned(),
            }),
        }
    }

    fn with(mut self, json: &str) -> Self {
        self.settings = settings(json);
        self
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path("team.csv")).unwrap()
    }

    async fn read(&self) -> Result<Reading, ConnectorError> {
        connect(self.settings.clone(), self.folder.path())
            .reader(&self.wanted)?
            .read(&Unwatched)
            .await
    }

    async fn members(&self) -> Vec<Member> {
        self.read().await.unwrap().members
    }

    async fn error(&self) -> String {
        self.read().await.unwrap_err().to_string()
    }

    async fn write(&self, changes: &[Change]) -> Vec<Outcome> {
        let connection = connect(self.settings.clone(), self.folder.path());
        let mut writer = connection.writer(&self.wanted, None).unwrap();
        writer.write(changes, &Unwatched).await
    }

    /// The files in the folder, so that nothing is left lying about unseen.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn settings(json: &str) -> Settings {
    let mut value: serde_json::Value = serde_json::from_str(json).unwrap();
    value["folder"] = ".".into();
    assert_eq!(check(&value), []);
    serde_json::from_value(value).unwrap()
}

fn person(address: &str, attributes: &[(&str, &str)]) -> Member {
    let mut member = Member::with_address(Address::parse(address).unwrap());
    for (name, text) in attributes {
        member
            .attributes
            .insert((*name).to_owned(), Value::text(text).unwrap());
    }
    member
}

fn change(action: Action, member: Member) -> Change {
    Change {
        side: Side::Target,
        action,
        member,
        reason: Reason::OnSource,
        seen: Seen::default(),
    }
}

fn add(address: &str, attributes: &[(&str, &str)]) -> Change {
    change(Action::Add, person(address, attributes))
}

fn remove(address: &str) -> Change {
    change(Action::Remove, person(address, &[]))
}

fn update(address: &str, fields: &[(&str, &str)]) -> Change {
    let fields = fields.iter().map(|(field, after)| FieldChange {
        field: (*field).to_owned(),
        before: None,
        after: Value::text(after),
    });
    change(Action::Update(fields.collect()), person(address, &[]))
}

fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Refused(problem) | Outcome::Failed(problem) => &problem.code,
        Outcome::Applied => "applied",
        Outcome::AlreadySo => "already-so",
        Outcome::HandedOver { .. } => "handed-over",
    }
}

fn codes(outcomes: &[Outcome]) -> Vec<&str> {
    outcomes.iter().map(code).collect()
}

#[test]
fn every_fault_of_the_settings_is_found_at_once() {
    let value = serde_json::json!({
        "folder": "", "delimiter": "::", "regoin": "CH", "region": "ch", "readOnly": "no",
        "columns": { "address": 3, "phone": "Tel", "id": "tel ", "e-mail": "x" }
    });
    let faults = check(&value);
    let paths: Vec<&str> = faults.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "regoin",
        "folder",
        "delimiter",
        "columns.e-mail",
        "columns.address",
        "columns.id",
        "region",
        "readOnly",
    ];
    assert_eq!(paths, expected, "{faults:#?}");
    assert_eq!(check(&serde_json::json!([])).len(), 1);
    assert_eq!(check(&serde_json::json!({}))[0].0, "folder");
}

#[test]
fn settings_without_faults_can_be_read_and_fit_their_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Settings)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for value in [
        serde_json::json!({ "folder": "lists" }),
        serde_json::json!({ "folder": "/lists", "delimiter": "tab", "region": "CH", "readOnly": true }),
        serde_json::json!({ "folder": "l", "delimiter": "\t", "columns": { "employeeId": "Nr", "optedOut": "Stop" } }),
    ] {
        assert_eq!(check(&value), []);
        assert!(validator.is_valid(&value), "{value}");
        serde_json::from_value::<Settings>(value).unwrap();
    }
    assert!(!validator.is_valid(&serde_json::json!({ "folder": "l", "delimiter": "x" })));
    assert!(!validator.is_valid(&serde_json::json!({ "folder": "l", "typo": 1 })));
}

#[tokio::test]
async fn the_test_tells_of_each_file() {
    let fixture = Fixture::new("email;name\na@acme.org;A\n\nb@acme.org;B\n");
    fixture.put("broken.csv", "name\nx\n");
    fixture.put("notes.md", "no list");
    let lines = connect(fixture.settings.clone(), fixture.folder.path())
        .test()
        .test()
        .await;
    assert_eq!(lines[0].result, Ok("2 CSV files".to_owned()));
    assert_eq!(lines[1].what, "read `broken.csv`");
    assert!(
        lines[1]
            .result
            .as_ref()
            .unwrap_err()
            .message
            .contains("its headers are `name`")
    );
    assert_eq!(
        lines[2].result,
        Ok("2 rows; columns `email`, `name`".to_owned())
    );
    assert_eq!(lines.len(), 3);

    let mut nowhere = fixture.settings.clone();
    nowhere.folder = "nowhere".into();
    let lines = connect(nowhere.clone(), fixture.folder.path())
        .test()
        .test()
        .await;
    assert_eq!(
        lines[0].result.as_ref().unwrap_err().kind,
        ErrorKind::NotFound
    );
}
