//! Lists in memory: the fake that the spine is tested with keeps the promises that real connections keep.

use async_trait::async_trait;
use rollcall::{
    connectors::{
        memory::{self, MemoryConnection, MemoryConnections},
        ports::{ConnectionTest, Connector, ListReader, ListWriter, Lists, WantedList},
    },
    model::{
        address::Address,
        attributes::Value,
        list::{GroupKind, ListRef},
        member::Member,
    },
    plan::change::Change,
    sandbox::{Exchange, Fault},
};

use super::{laws::update_of, subject::Subject};

struct Memory {
    connections: MemoryConnections,
    connection: MemoryConnection,
    staff: ListRef,
}

impl Memory {
    fn wanted(list: &ListRef, create: bool) -> WantedList {
        WantedList {
            create: create.then_some(GroupKind::Security),
            ..WantedList::of(list.clone())
        }
    }
}

fn numbered(number: usize) -> Member {
    let address = format!("user{number:04}@contoso.example");
    Member::with_address(Address::parse(&address).unwrap())
}

#[async_trait]
impl Subject for Memory {
    const KIND: &'static str = "memory";
    const THREE_PAGES: usize = 250;

    async fn start(members: usize) -> Self {
        let connections = MemoryConnections::new();
        let staff = memory::list_ref(Self::KIND, "Staff");
        connections.open_connection(Self::KIND, memory::by_address());
        let members = (0..members).map(numbered).collect();
        connections.put_list(&staff, memory::by_address(), members);
        Self {
            connection: connections.connection(Self::KIND),
            connections,
            staff,
        }
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
        Connector::lists(&self.connection).unwrap()
    }

    fn test(&self) -> Box<dyn ConnectionTest> {
        Connector::test(&self.connection)
    }

    fn person(&self, number: usize) -> Member {
        numbered(number)
    }

    fn on_list(&self) -> Vec<usize> {
        let labels = self.connections.labels(&self.staff);
        labels
            .iter()
            .map(|label| label[4..8].parse().unwrap())
            .collect()
    }

    fn update(&self, member: &Member) -> Option<Change> {
        Some(update_of(member, "town", "", "Arosa"))
    }

    fn is_updated(&self, number: usize) -> bool {
        let members = self.connections.members(&self.staff);
        members.iter().any(|member| {
            member.addresses == numbered(number).addresses
                && member.attributes.get("town") == Value::text("Arosa").as_ref()
        })
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

laws!(Memory: reading, adding, removing, updating, creating, asking);
