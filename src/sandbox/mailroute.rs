//! A stand-in for MailRoute: domains, accounts and aliases over its REST API, as it was published and recorded.
//!
//! It is a [`Platform`]: one function from a state and a request to an answer. It must know nothing of the product's own
//! rooms. What the contract leaves open is a [`Ways`], so that a test can have it each way; everything else is as strict as
//! the contract allows.

mod accounts;
mod aliases;
mod listing;
mod push;
mod schema;
mod view;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::platform::{Platform, PlatformAnswer, PlatformCall};

/// MailRoute's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MailRoute {
    /// The login that may call.
    pub login: String,
    /// Its API key.
    pub key: String,
    /// The domains that the login sees.
    pub domains: Vec<Domain>,
    /// Their accounts.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// The id of what is created next.
    #[serde(default = "first_new_id")]
    pub next_id: u64,
    /// How many full pushes are still taken; MailRoute takes two in twelve hours.
    #[serde(default = "two")]
    pub pushes_left: u32,
    /// How many full pushes were tried out; nothing limits them.
    #[serde(default)]
    pub trials: u32,
    /// How many welcome mails went out. Must stay 0.
    #[serde(default)]
    pub welcome_mails: u32,
    /// What the contract leaves open.
    #[serde(default)]
    pub ways: Ways,
}

/// A mail domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Domain {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether it takes mail.
    #[serde(default = "yes")]
    pub active: bool,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// Its id.
    pub id: u64,
    /// The id of its domain.
    pub domain: u64,
    /// What stands before the `@`.
    pub localpart: String,
    /// Its aliases.
    #[serde(default)]
    pub aliases: Vec<Alias>,
    /// 0 standard, 1 provisional, 2 distribution list.
    #[serde(default)]
    pub state: u64,
}

/// One alias.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alias {
    /// Its id.
    pub id: u64,
    /// What stands before the `@`.
    pub localpart: String,
}

/// What the contract leaves open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Ways {
    /// What adding accounts in bulk does with those that are there.
    pub mass_add: MassAdd,
    /// Whether several accounts are looked up at once (`localpart__in`); refused with 400 otherwise.
    pub looks_up_many: bool,
    /// Whether accounts have what came after 2013 (`state`, `uuid`, `forwarding_emails`).
    pub has_state: bool,
    /// Whether accounts say which aliases they have.
    pub shows_aliases: bool,
    /// Whether answers have fields and states that nobody has heard of.
    pub has_news: bool,
    /// Whether a full push deletes what it leaves out.
    pub push_deletes: bool,
    /// What `Retry-After` says when there was a push too many; left out when absent.
    pub push_retry_seconds: Option<u32>,
}

/// What adding accounts in bulk does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MassAdd {
    /// Adds the others.
    #[default]
    Skips,
    /// Refuses all when one is there.
    Refuses,
    /// It is not there: 501, as `domain/<id>/email_accounts/mass_add/` was recorded to be.
    Absent,
    /// Says that it took them, and adds all but the last.
    Forgets,
}

impl Default for Ways {
    fn default() -> Self {
        Self {
            mass_add: MassAdd::default(),
            looks_up_many: true,
            has_state: true,
            shows_aliases: true,
            has_news: false,
            push_deletes: true,
            push_retry_seconds: None,
        }
    }
}

impl MailRoute {
    /// The login of [`MailRoute::with_accounts`].
    pub const LOGIN: &'static str = "sync@harbor.example";
    /// Its API key.
    pub const KEY: &'static str = "0123456789abcdef0123456789abcdef01234567";

    /// One domain with so many accounts: `user0000` to `user0041` and so on, without aliases.
    pub fn with_accounts(domain: &str, count: usize) -> Self {
        let numbers = (0u64..).take(count);
        Self {
            login: Self::LOGIN.to_owned(),
            key: Self::KEY.to_owned(),
            domains: vec![Domain {
                id: 204,
                name: domain.to_owned(),
                active: true,
            }],
            accounts: numbers
                .map(|number| Account {
                    id: 9000 + number,
                    domain: 204,
                    localpart: format!("user{number:04}"),
                    aliases: Vec::new(),
                    state: 0,
                })
                .collect(),
            next_id: first_new_id(),
            pushes_left: two(),
            trials: 0,
            welcome_mails: 0,
            ways: Ways::default(),
        }
    }

    /// The account with this address.
    pub fn account(&self, address: &str) -> Option<&Account> {
        let (localpart, domain) = address.rsplit_once('@')?;
        let domain = self.domain(domain)?;
        let mut accounts = self.accounts.iter();
        accounts.find(|account| account.domain == domain.id && account.localpart == localpart)
    }

    /// The aliases of the account with this address, local parts, sorted.
    pub fn aliases(&self, address: &str) -> Vec<String> {
        let aliases = self
            .account(address)
            .into_iter()
            .flat_map(|account| &account.aliases);
        let mut aliases: Vec<String> = aliases.map(|alias| alias.localpart.clone()).collect();
        aliases.sort();
        aliases
    }

    /// Gives an account one more alias, behind everybody's back.
    pub fn give_alias(&mut self, address: &str, localpart: &str) {
        let Some(id) = self.account(address).map(|account| account.id) else {
            return;
        };
        let alias = Alias {
            id: self.new_id(),
            localpart: localpart.to_owned(),
        };
        let accounts = self.accounts.iter_mut();
        for account in accounts.filter(|account| account.id == id) {
            account.aliases.push(alias.clone());
        }
    }

    fn new_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Whether an account or an alias of a domain is called so.
    fn is_taken(&self, domain: u64, localpart: &str) -> bool {
        let mut accounts = self
            .accounts
            .iter()
            .filter(|account| account.domain == domain);
        accounts.any(|account| {
            account.localpart == localpart
                || account
                    .aliases
                    .iter()
                    .any(|alias| alias.localpart == localpart)
        })
    }

    /// The domain that an id, a name or a URI means.
    fn domain(&self, named: &str) -> Option<&Domain> {
        let named = id_in(named, "domain").unwrap_or(named);
        let mut domains = self.domains.iter();
        domains.find(|domain| {
            domain.name.eq_ignore_ascii_case(named) || domain.id.to_string() == named
        })
    }

    fn is_signed_in(&self, call: &PlatformCall) -> bool {
        let wanted = format!("ApiKey {}:{}", self.login, self.key);
        call.authorization.as_deref() == Some(wanted.as_str())
    }
}

impl Platform for MailRoute {
    const LOGGED: &'static [&'static str] = &[];

    fn answer(&mut self, call: &PlatformCall) -> PlatformAnswer {
        if !self.is_signed_in(call) {
            return PlatformAnswer::empty_page(401);
        }
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let Some(path) = segments.strip_prefix(&["api", "v1"]) else {
            return PlatformAnswer::empty_page(404);
        };
        // Every resource ends in a slash.
        if !call.path.ends_with('/') {
            return PlatformAnswer::empty_page(404);
        }
        match (call.method.as_str(), path) {
            ("GET", []) => PlatformAnswer::json(200, schema::resources()),
            ("GET", [resource, "schema"]) => match schema::of(resource, &self.ways) {
                Some(schema) => PlatformAnswer::json(200, schema),
                None => PlatformAnswer::empty_page(404),
            },
            ("GET", ["domain"]) => self.list_domains(call),
            ("GET", ["domain", which]) => match self.domain(which) {
                Some(domain) => PlatformAnswer::json(200, view::domain(domain)),
                None => PlatformAnswer::empty_page(404),
            },
            (_, ["domain", _, "email_accounts", "mass_add"]) => PlatformAnswer::empty_page(501),
            (_, ["email_account", rest @ ..]) => self.accounts(call, rest),
            (_, ["localpart_alias", rest @ ..]) => self.alias_resource(call, rest),
            ("POST", ["ldapsync", "remote_data"]) => self.push(call),
            (_, ["domain" | "ldapsync", ..]) => PlatformAnswer::empty_page(405),
            _ => PlatformAnswer::empty_page(404),
        }
    }

    fn error(status: u16, code: &str, message: &str) -> PlatformAnswer {
        match status {
            401 | 404 => PlatformAnswer::empty_page(status),
            _ => PlatformAnswer::json(
                status,
                json!({ "error_message": format!("{message} ({code})") }),
            ),
        }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for account in &self.accounts {
            if !self
                .domains
                .iter()
                .any(|domain| domain.id == account.domain)
            {
                faults.push(format!("account {} is in no domain", account.id));
            }
            let same = |other: &&Account| {
                (other.domain, &other.localpart) == (account.domain, &account.localpart)
            };
            if self.accounts.iter().filter(same).count() > 1 {
                faults.push(format!("`{}` is there twice", account.localpart));
            }
        }
        faults
    }
}

/// The id in a URI such as `/api/v1/domain/204/`.
fn id_in<'a>(uri: &'a str, resource: &str) -> Option<&'a str> {
    let rest = uri.strip_prefix("/api/v1/")?.strip_prefix(resource)?;
    rest.strip_prefix('/')?.strip_suffix('/')
}

/// `{"email_account": {"localpart": ["This field is required."]}}`.
fn form_error(resource: &str, field: &str, message: &str) -> PlatformAnswer {
    PlatformAnswer::json(400, json!({ resource: { field: [message] } }))
}

/// What was recorded where a relation was given as a number.
fn server_fault() -> PlatformAnswer {
    let message = "Sorry, this request could not be processed. Please try again later.";
    PlatformAnswer::json(500, json!({ "error_message": message }))
}

fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

fn first_new_id() -> u64 {
    50_000
}

fn two() -> u32 {
    2
}

fn yes() -> bool {
    true
}
