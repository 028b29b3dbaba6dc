//! A board of Noticeboard, a platform that is described by configuration alone.

use std::path::Path;

use async_trait::async_trait;
use rollcall::{
    connectors::{
        ports::Connector,
        rest::{RestConnection, Settings, connect},
    },
    definition::mapping::Rule,
    sandbox::{
        Turn,
        platform::{StandIn, start},
    },
};
use serde_json::{Value, json};

use super::{
    graph::hasty,
    people::{AT_FIRST, TEAM, address, number_of},
    subject::{Subject, in_lines, member_fact, rule},
    table::{Case, Kind, Operation, Pending, Trouble},
};
use crate::connectors::noticeboard::{Noticeboard, Subscriber};

const TOKEN: &str = "correct-horse-battery";

pub(super) struct Boards {
    stand_in: StandIn<Noticeboard>,
    connection: RestConnection,
}

fn facts(state: &Noticeboard) -> Vec<String> {
    let mut facts = Vec::new();
    for board in &state.boards {
        facts.push(format!("the board {}", board.title));
        let members = board.subscribers.iter();
        facts.extend(members.map(|one| member_fact(&one.email)));
    }
    facts
}

/// The connection of the example, with another address.
fn settings(url: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/noticeboard-rest.json");
    let mut whole: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut settings = whole["connections"]["noticeboard"].take();
    settings.as_object_mut().unwrap().remove("type");
    settings["url"] = json!(format!("{url}/v2"));
    settings
}

#[async_trait]
impl Subject for Boards {
    const NAME: &'static str = "REST (Noticeboard)";
    const REMARK: &'static str =
        "A made-up platform that is described by `examples/noticeboard-rest.json` alone.";
    const FIELD: Option<&'static str> = Some("team");

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
                "find the board by name",
                "GET",
                "/v2/boards",
                Kind::Lookup,
                Pending::Everything,
            ),
            one(
                "read the board",
                "GET",
                "/subscribers",
                Kind::Members,
                Pending::Everything,
            ),
            one(
                "add a subscriber",
                "POST",
                "/subscribers",
                Kind::Write,
                Pending::Adding,
            ),
            one(
                "remove a subscriber",
                "DELETE",
                "/subscribers/",
                Kind::Write,
                Pending::Removing,
            ),
            one(
                "update a subscriber",
                "PATCH",
                "/subscribers/",
                Kind::Write,
                Pending::Updating,
            ),
            one(
                "create the board",
                "POST",
                "/v2/boards",
                Kind::Write,
                Pending::Creating,
            ),
        ]
    }

    fn can(_operation: Operation, trouble: Trouble) -> bool {
        !matches!(
            trouble,
            Trouble::Hidden | Trouble::IdsOnly | Trouble::Nobody
        )
    }

    fn rules() -> Vec<Rule> {
        vec![rule("team", "team")]
    }

    async fn start(pending: Pending) -> Self {
        let mut state = Noticeboard::new(&format!("Bearer {TOKEN}"));
        state.page_size = 9;
        if pending != Pending::Creating {
            let emails: Vec<String> = (0..AT_FIRST).map(address).collect();
            state = state.with_board(Self::LIST, &emails);
            for subscriber in &mut state.boards[0].subscribers {
                subscriber.team = Some(TEAM.to_owned());
            }
        }
        let stand_in = start(state, 0).await.unwrap();
        let settings = Settings::read(&settings(stand_in.url())).unwrap();
        let connection = connect(&settings, &|_| Some(TOKEN.to_owned()), hasty()).unwrap();
        stand_in.watch(facts);
        Self {
            stand_in,
            connection,
        }
    }

    fn connector(&self) -> &dyn Connector {
        &self.connection
    }

    fn facts(&self) -> Vec<String> {
        facts(&self.stand_in.snapshot())
    }

    fn journal(&self) -> Vec<Turn> {
        self.stand_in.journal()
    }

    fn joins(&self, number: usize) {
        self.stand_in.edit(|state| {
            state.boards[0].subscribers.push(Subscriber {
                id: format!("Sub-{}", 1000 + number),
                email: address(number),
                team: Some(TEAM.to_owned()),
                state: "active".to_owned(),
                ..Subscriber::default()
            });
        });
    }

    fn leaves(&self, number: usize) {
        self.stand_in.edit(|state| {
            let subscribers = &mut state.boards[0].subscribers;
            subscribers.retain(|one| number_of(&one.email) != Some(number));
        });
    }

    fn has_new_field(&self, number: usize) -> bool {
        let state = self.stand_in.snapshot();
        let mut all = state.boards.iter().flat_map(|board| &board.subscribers);
        let found = all.find(|one| number_of(&one.email) == Some(number));
        found.is_some_and(|one| one.team == Some(Self::new_field()))
    }

    fn trouble(&self, case: &Case) {
        match case.fault() {
            Some(fault) => self.stand_in.inject(fault),
            None => self.stand_in.hold_back(),
        }
    }

    fn relieve(&self, _case: &Case) {
        self.stand_in.clear_faults();
        self.stand_in.catch_up();
    }

    fn struck(&self) -> u64 {
        self.stand_in.counters().faults
    }

    fn offences(&self) -> Vec<String> {
        Vec::new()
    }

    fn asked(&self) -> Vec<String> {
        in_lines(self.stand_in.log())
    }
}
