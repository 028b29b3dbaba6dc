//! A domain of the stand-in for MailRoute.

use async_trait::async_trait;
use rollcall::{
    connectors::{
        mailroute::{MailRouteConnection, Settings, connect},
        ports::Connector,
    },
    definition::{mapping::Rule, sync::Direction},
    sandbox::{
        Turn,
        mailroute::{Account, MailRoute},
        platform::{StandIn, start},
    },
};
use serde_json::json;

use super::{
    graph::hasty,
    people::{AT_FIRST, address},
    subject::{Subject, in_lines, member_fact, rule},
    table::{Case, Kind, Operation, Pending, Trouble},
};

const DOMAIN: &str = "contoso.example";

pub(super) struct Domain {
    stand_in: StandIn<MailRoute>,
    connection: MailRouteConnection,
}

fn facts(state: &MailRoute) -> Vec<String> {
    let mut facts = Vec::new();
    for account in &state.accounts {
        let address = format!("{}@{DOMAIN}", account.localpart);
        facts.push(member_fact(&address));
        let aliases = account.aliases.iter();
        facts.extend(aliases.map(|alias| format!("alias {} of {address}", alias.localpart)));
    }
    facts
}

#[async_trait]
impl Subject for Domain {
    const NAME: &'static str = "MailRoute";
    const REMARK: &'static str = "One way: accounts follow the other list; they are deleted because the connection says that they may be. The field is an alias.";
    const DIRECTION: Direction = Direction::OneWay;
    const FIELD: Option<&'static str> = Some("aliases");
    const LIST: &'static str = DOMAIN;

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
                "find the domain",
                "GET",
                "/domain/",
                Kind::Lookup,
                Pending::Everything,
            ),
            one(
                "read the accounts",
                "GET",
                "email_account/?",
                Kind::Members,
                Pending::Everything,
            ),
            one(
                "add accounts",
                "POST",
                "/email_account/mass_add/",
                Kind::Write,
                Pending::Adding,
            ),
            one(
                "remove an account",
                "DELETE",
                "/email_account/",
                Kind::Write,
                Pending::Removing,
            ),
            one(
                "add an alias",
                "POST",
                "alias",
                Kind::Write,
                Pending::Updating,
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
        vec![rule("aliases", "aliases")]
    }

    async fn start(_pending: Pending) -> Self {
        let state = MailRoute::with_accounts(DOMAIN, AT_FIRST);
        let stand_in = start(state, 0).await.unwrap();
        let settings = json!({
            "url": format!("{}/api/v1", stand_in.url()), "loginVariable": "LOGIN", "apiKeyVariable": "KEY",
            "pageSize": 9, "deleteAccounts": true,
        });
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let secret = |name: &str| match name {
            "LOGIN" => Some(MailRoute::LOGIN.to_owned()),
            _ => Some(MailRoute::KEY.to_owned()),
        };
        let connection = connect(&settings, &secret, hasty()).unwrap();
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
            let id = 20_000 + number as u64;
            state.accounts.push(Account {
                id,
                domain: state.domains[0].id,
                localpart: format!("user{number:04}"),
                aliases: Vec::new(),
                state: 0,
            });
        });
    }

    fn leaves(&self, number: usize) {
        let gone = format!("user{number:04}");
        self.stand_in
            .edit(|state| state.accounts.retain(|account| account.localpart != gone));
    }

    fn new_field() -> String {
        format!("new-alias@{DOMAIN}")
    }

    fn has_new_field(&self, number: usize) -> bool {
        self.stand_in.snapshot().aliases(&address(number)) == ["new-alias"]
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
        let mails = self.stand_in.snapshot().welcome_mails;
        let offence = format!("welcome mails: {mails}");
        (mails > 0).then_some(offence).into_iter().collect()
    }

    fn asked(&self) -> Vec<String> {
        in_lines(self.stand_in.log())
    }
}
