//! `sandbox`: serves the stand-in tenant and the stand-ins for the platforms until it is stopped.

use std::{io, path::Path};

use serde_json::{Value, json};

use super::{Exit, Failure, print};
use crate::{
    sandbox::{
        self, Sandbox, Scenario,
        mailroute::MailRoute,
        messagemedia::{Contact, List, MessageMedia, NUMBERS},
        platform::{self, Platform, StandIn},
        politemail::PoliteMail,
        scenario::User,
    },
    settings::{
        MAILROUTE_API_KEY, MAILROUTE_LOGIN, MESSAGEMEDIA_KEY, MESSAGEMEDIA_SECRET, POLITEMAIL_TOKEN,
    },
};

/// How many people the platforms know already: the first of the usual tenant.
const KNOWN: usize = 5;
/// The list that they are on.
const LIST: &str = "Everyone";
/// The domain of the usual tenant.
const DOMAIN: &str = "contoso.example";
/// What signs in to the stand-in for PoliteMail.
const TOKEN: &str = "not-a-token";

/// Serves a scenario, and beside it the platforms in a small state of their own: the tenant at `port`, the others at
/// the next ones; all of them at any free ones when it is 0.
pub(super) async fn sandbox(scenario: Option<&Path>, port: u16) -> Result<Exit, Failure> {
    let scenario = match scenario {
        Some(path) => Scenario::load(path).map_err(|error| invalid(error.to_string()))?,
        None => Scenario::with_people(25),
    };
    let (tenant, client) = (scenario.tenant_id.clone(), scenario.client_id.clone());
    let running = sandbox::start(scenario, port).await;
    let running = running.map_err(|error| not_started(port, &error))?;
    let politemail = beside(politemail(), port, 1).await?;
    let mailroute = beside(MailRoute::with_accounts(DOMAIN, KNOWN), port, 2).await?;
    let messagemedia = beside(messagemedia(), port, 3).await?;
    print(&about_the_tenant(&running, &tenant, &client));
    let url = politemail.url();
    print(&about(
        &format!("PoliteMail {url}/api/odata, with a list \"{LIST}\" of {KNOWN} members"),
        &json!({ "type": "politemail", "url": url }),
        &[(POLITEMAIL_TOKEN, TOKEN)],
    ));
    let url = mailroute.url();
    print(&about(
        &format!("MailRoute  {url}/api/v1, with a domain {DOMAIN} of {KNOWN} accounts"),
        &json!({ "type": "mailroute", "url": format!("{url}/api/v1") }),
        &[
            (MAILROUTE_LOGIN, MailRoute::LOGIN),
            (MAILROUTE_API_KEY, MailRoute::KEY),
        ],
    ));
    let (url, account) = (messagemedia.url(), messagemedia.snapshot());
    print(&about(
        &format!("MessageMedia {url}/api/v1/contacts, with a list \"{LIST}\" of {KNOWN} contacts"),
        &json!({ "type": "messagemedia", "url": url }),
        &[
            (MESSAGEMEDIA_KEY, &account.api_key),
            (MESSAGEMEDIA_SECRET, &account.api_secret),
        ],
    ));
    print(
        "Each of them has state, log, counters and faults below its own /_sandbox.\nStop with Ctrl-C.\n",
    );
    tokio::select! {
        () = running.serve_forever() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(Exit::Done)
}

fn about_the_tenant(running: &Sandbox, tenant: &str, client: &str) -> String {
    let url = running.url();
    format!(
        "Graph      {url}/v1.0\n\
         sign-in    {url}/{tenant}/oauth2/v2.0/token (client id {client})\n\
         state      GET or PUT {url}/_sandbox/state\n\
         log        GET {url}/_sandbox/log, counters GET {url}/_sandbox/counters\n\
         faults     POST {url}/_sandbox/faults\n\
         A connection to it: {{\"type\": \"entra-id\", \"graphUrl\": \"{url}\", \"loginUrl\": \"{url}\", \
         \"tenantId\": \"{tenant}\", \"clientId\": \"{client}\"}}\n"
    )
}

/// Where a stand-in is, the connection that reaches it, and the variables that hold what signs in: made-up credentials
/// that open nothing but this.
fn about(place: &str, connection: &Value, variables: &[(&str, &str)]) -> String {
    let variables = variables
        .iter()
        .map(|(name, value)| format!(" {name}={value}"));
    format!(
        "{place}\nA connection to it: {connection}\nwith it   {}\n",
        variables.collect::<String>()
    )
}

/// Starts a stand-in so many ports behind the tenant's, or at any free one.
async fn beside<P: Platform>(platform: P, port: u16, behind: u16) -> Result<StandIn<P>, Failure> {
    let port = match port {
        0 => 0,
        port => port.saturating_add(behind),
    };
    let started = platform::start(platform, port).await;
    started.map_err(|error| not_started(port, &error))
}

/// A list with the first people of the usual tenant.
fn politemail() -> PoliteMail {
    let mut server = PoliteMail::with_login(TOKEN, TOKEN);
    let users: Vec<User> = (0..KNOWN).map(User::numbered).collect();
    server.put_list(
        LIST,
        users.iter().map(|user| user.user_principal_name.as_str()),
    );
    server
}

/// A list with a few contacts.
fn messagemedia() -> MessageMedia {
    let list = List {
        id: MessageMedia::numbered_id(1),
        name: LIST.to_owned(),
        ..List::default()
    };
    let contacts = (2..)
        .zip(NUMBERS)
        .take(KNOWN)
        .map(|(number, phone)| Contact {
            lists: vec![list.id.clone()],
            ..Contact::with_number(&MessageMedia::numbered_id(number), phone)
        });
    MessageMedia {
        contacts: contacts.collect(),
        lists: vec![list],
        ..MessageMedia::default()
    }
}

fn not_started(port: u16, error: &io::Error) -> Failure {
    invalid(format!(
        "the sandbox cannot start on port {port}: {error}\n\
         take another one with `--port N`, or any free one with `--port 0`"
    ))
}

fn invalid(message: String) -> Failure {
    Failure {
        exit: Exit::InvalidInput,
        message,
    }
}
