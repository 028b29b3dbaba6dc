//! CSV files. They are read and written without HTTP, so the laws about it are not made for them.

use std::{fs, path::PathBuf};

use async_trait::async_trait;
use rollcall::{
    connectors::{
        csv::{CsvConnection, connect},
        ports::{ConnectionTest, Connector, ListReader, ListWriter, Lists, WantedList},
    },
    model::{
        address::Address,
        list::{GroupKind, ListRef},
        member::Member,
    },
    plan::change::Change,
    sandbox::{Exchange, Fault},
};
use serde_json::json;

use super::{laws::update_of, subject::Subject};

struct Csv {
    folder: tempfile::TempDir,
    connection: CsvConnection,
}

impl Csv {
    fn file(&self) -> PathBuf {
        self.folder.path().join("Staff.csv")
    }

    /// Number and town of each row.
    fn rows(&self) -> Vec<(usize, String)> {
        let text = fs::read_to_string(self.file()).unwrap();
        let row = |line: &str| {
            let (address, rest) = line.split_once(',').unwrap();
            let number = address
                .trim_start_matches("user")
                .split('@')
                .next()
                .unwrap();
            (number.parse().unwrap(), rest.to_owned())
        };
        text.lines().skip(1).map(row).collect()
    }

    fn wanted(list: &ListRef, create: bool) -> WantedList {
        WantedList {
            create: create.then_some(GroupKind::Security),
            ..WantedList::of(list.clone())
        }
    }
}

#[async_trait]
impl Subject for Csv {
    const KIND: &'static str = "csv";
    /// A file has no pages; so many rows do not fit into one buffer.
    const THREE_PAGES: usize = 3_000;

    async fn start(members: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = serde_json::from_value(json!({ "folder": "." })).unwrap();
        let connection = connect(settings, folder.path());
        let csv = Self { folder, connection };
        let mut text = "email,town\n".to_owned();
        for number in 0..members {
            text.push_str(&format!("user{number:04}@contoso.example,Chur\n"));
        }
        fs::write(csv.file(), text).unwrap();
        csv
    }

    async fn reader(&self, list: &ListRef) -> Box<dyn ListReader> {
        self.connection.reader(&Self::wanted(list, false)).unwrap()
    }

    async fn reader_that_may_create(&self, list: &ListRef) -> Box<dyn ListReader> {
        self.connection.reader(&Self::wanted(list, true)).unwrap()
    }

    async fn writer(&self, list: &ListRef, list_id: Option<&str>) -> Box<dyn ListWriter> {
        let wanted = Self::wanted(list, true);
        self.connection.writer(&wanted, list_id).unwrap()
    }

    fn lists(&self) -> Box<dyn Lists> {
        self.connection.lists().unwrap()
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        self.connection.test()
    }

    fn person(&self, number: usize) -> Member {
        let address = format!("user{number:04}@contoso.example");
        Member::with_address(Address::parse(&address).unwrap())
    }

    fn on_list(&self) -> Vec<usize> {
        let mut numbers: Vec<usize> = self.rows().into_iter().map(|(number, _)| number).collect();
        numbers.sort_unstable();
        numbers
    }

    fn update(&self, member: &Member) -> Option<Change> {
        Some(update_of(member, "town", "Chur", "Arosa"))
    }

    fn is_updated(&self, number: usize) -> bool {
        self.rows().contains(&(number, "Arosa".to_owned()))
    }

    fn inject(&self, _fault: Fault) -> bool {
        false
    }

    fn listing(&self) -> &'static str {
        ""
    }

    fn adding(&self) -> (&'static str, &'static str) {
        ("", "")
    }

    fn removing(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    fn log(&self) -> Vec<Exchange> {
        Vec::new()
    }

    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

laws!(Csv: reading, adding, removing, updating, creating, asking);
