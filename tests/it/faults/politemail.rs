//! A list of the stand-in for PoliteMail.

use async_trait::async_trait;
use rollcall::{
    connectors::{
        politemail::{PoliteMailConnection, Settings, connect},
        ports::Connector,
    },
    definition::mapping::Rule,
    sandbox::{
        Turn,
        platform::{StandIn, start},
        politemail::PoliteMail,
    },
};

use super::{
    graph::hasty,
    people::{AT_FIRST, address},
    subject::{Subject, in_lines, member_fact, rule},
    table::{Case, Kind, Operation, Pending, Trouble},
};

const TOKEN: &str = "p0l1t3-t0k3n";

pub(super) struct Server {
    server: StandIn<PoliteMail>,
    connection: PoliteMailConnection,
}

fn facts(server: &PoliteMail) -> Vec<String> {
    let lists = server.lists.iter();
    let lists = lists.map(|list| format!("the list {}", list.name));
    let contacts = server.contacts.iter();
    let contacts = contacts.map(|contact| format!("contact {}", contact.email));
    let members = server.emails_on(Server::LIST);
    let members = members.iter().map(|email| member_fact(email));
    lists.chain(contacts).chain(members).collect()
}

#[async_trait]
impl Subject for Server {
    const NAME: &'static str = "PoliteMail";
    const REMARK: &'static str = "The stand-in says how many contacts a list has, as servers may. Fields of contacts that are there are not changed; \
         somebody whose contact cannot be made joins by the address alone, without a name.";

    fn operations() -> Vec<Operation> {
        let one = |name, method, path, kind, pending| Operation {
            name,
            method,
            path,
            kind,
            pending,
            permission: None,
        };
        vec![
            one(
                "find the list by name",
                "GET",
                "/Lists?",
                Kind::Lookup,
                Pending::Everything,
            ),
            one(
                "read the list",
                "GET",
                "/Contacts",
                Kind::Members,
                Pending::Everything,
            ),
            one(
                "make a contact",
                "POST",
                "/CreateContact",
                Kind::Write,
                Pending::Adding,
            ),
            one(
                "add members",
                "POST",
                "/AddEmails",
                Kind::Write,
                Pending::Adding,
            ),
            one(
                "remove members",
                "POST",
                "/RemoveEmails",
                Kind::Write,
                Pending::Removing,
            ),
            one(
                "create the list",
                "POST",
                "/NewList",
                Kind::Write,
                Pending::Creating,
            ),
        ]
    }

    fn can(_operation: Operation, trouble: Trouble) -> bool {
        trouble != Trouble::Hidden
    }

    fn rules() -> Vec<Rule> {
        vec![rule("name", "FirstName")]
    }

    async fn start(pending: Pending) -> Self {
        let mut state = PoliteMail {
            page_size: 9,
            counts: true,
            ..PoliteMail::with_login(TOKEN, TOKEN)
        };
        let emails: Vec<String> = (0..AT_FIRST).map(address).collect();
        let emails = emails.iter().map(String::as_str);
        match pending {
            Pending::Creating => emails.for_each(|email| {
                state.meet(email);
            }),
            _ => {
                state.put_list(Self::LIST, emails);
            }
        }
        for contact in &mut state.contacts {
            let number = super::people::number_of(&contact.email).unwrap();
            let name = format!("Person {number}");
            contact.fields.insert("FirstName".to_owned(), name);
        }
        let server = start(state, 0).await.unwrap();
        let settings = Settings {
            url: Some(server.url().to_owned()),
            token_variable: Some("TOKEN".to_owned()),
            ..Settings::default()
        };
        let connection = connect(&settings, &|_| Some(TOKEN.to_owned()), hasty()).unwrap();
        server.watch(facts);
        Self { server, connection }
    }

    fn connector(&self) -> &dyn Connector {
        &self.connection
    }

    fn facts(&self) -> Vec<String> {
        facts(&self.server.snapshot())
    }

    fn journal(&self) -> Vec<Turn> {
        self.server.journal()
    }

    fn joins(&self, number: usize) {
        self.server.edit(|server| {
            let id = server.meet(&address(number));
            server.lists[0].members.insert(id);
        });
    }

    fn leaves(&self, number: usize) {
        self.server.edit(|server| {
            let id = server.meet(&address(number));
            server.lists[0].members.remove(&id);
        });
    }

    fn trouble(&self, case: &Case) {
        match case.fault() {
            Some(fault) => self.server.inject(fault),
            None => self.server.hold_back(),
        }
    }

    fn relieve(&self, _case: &Case) {
        self.server.clear_faults();
        self.server.catch_up();
    }

    fn struck(&self) -> u64 {
        self.server.counters().faults
    }

    fn offences(&self) -> Vec<String> {
        Vec::new()
    }

    fn asked(&self) -> Vec<String> {
        in_lines(self.server.log())
    }
}
