//! The resource `email_account`.

use serde_json::{Value, json};

use super::{Account, Alias, MailRoute, MassAdd, form_error, server_fault, text, view};
use crate::sandbox::platform::{PlatformAnswer, PlatformCall};

const RESOURCE: &str = "email_account";
const REQUIRED: &str = "This field is required.";
const THERE: &str = "Email account with this Localpart and Domain already exists.";

impl MailRoute {
    /// Whatever is called below `/api/v1/email_account/`.
    pub(super) fn accounts(&mut self, call: &PlatformCall, rest: &[&str]) -> PlatformAnswer {
        match (call.method.as_str(), rest) {
            ("GET", []) => self.list_accounts(call),
            ("POST", []) => self.create_account(call),
            ("POST", ["mass_add"]) => self.mass_add(call),
            ("DELETE", ["mass_delete"]) => self.mass_delete(call),
            (_, [] | ["mass_add" | "mass_delete"]) => PlatformAnswer::empty_page(405),
            (method, [which, rest @ ..]) => {
                let Some(place) = self.place(which) else {
                    return PlatformAnswer::empty_page(404);
                };
                match (method, rest) {
                    ("GET", []) => self.answer_account(200, place, None),
                    ("PUT" | "PATCH", []) => self.change_account(call, place),
                    ("DELETE", []) => {
                        self.accounts.remove(place);
                        PlatformAnswer::empty_page(204)
                    }
                    ("POST", ["mass_add_aliases"]) => self.mass_add_aliases(call, place),
                    ("POST", ["regenerate_api_key"]) => {
                        PlatformAnswer::json(202, json!({ "api_key": "0".repeat(40) }))
                    }
                    (_, []) => PlatformAnswer::empty_page(405),
                    _ => PlatformAnswer::empty_page(404),
                }
            }
        }
    }

    /// An account as it is shown.
    pub(super) fn shown(&self, account: &Account) -> Value {
        let domain = self
            .domains
            .iter()
            .find(|domain| domain.id == account.domain);
        let domain = domain.map_or("", |domain| domain.name.as_str());
        view::account(account, domain, &self.ways)
    }

    /// Where an account stands, by its id or its address.
    fn place(&self, which: &str) -> Option<usize> {
        let id = match which.contains('@') {
            true => Some(self.account(which)?.id),
            false => which.parse().ok(),
        }?;
        self.accounts.iter().position(|account| account.id == id)
    }

    fn answer_account(&self, status: u16, place: usize, sent: Option<&Value>) -> PlatformAnswer {
        let Some(account) = self.accounts.get(place) else {
            return PlatformAnswer::empty_page(404);
        };
        let shown = self.shown(account);
        let shown = sent.map_or_else(|| shown.clone(), |sent| view::echoed(shown.clone(), sent));
        PlatformAnswer::json(status, shown)
    }

    fn create_account(&mut self, call: &PlatformCall) -> PlatformAnswer {
        let Some(body) = call.json().filter(|body| body.is_object()) else {
            return server_fault();
        };
        if body.get("domain").is_some_and(|domain| !domain.is_string()) {
            return server_fault();
        }
        for field in ["localpart", "domain", "create_opt"] {
            if text(body, field).is_none_or(str::is_empty) {
                return form_error(RESOURCE, field, REQUIRED);
            }
        }
        let (Some(localpart), Some(domain)) = (text(body, "localpart"), text(body, "domain"))
        else {
            return server_fault();
        };
        let Some(domain) = self.domain(domain).map(|domain| domain.id) else {
            return form_error(RESOURCE, "domain", "Invalid hyperlink.");
        };
        if !is_localpart(localpart) {
            return form_error(RESOURCE, "localpart", "Enter a valid value.");
        }
        if self.is_taken(domain, localpart) {
            return form_error(RESOURCE, "localpart", THERE);
        }
        self.welcome_mails += u32::from(body.get("send_welcome") == Some(&json!(true)));
        let id = self.insert(domain, localpart);
        let location = format!("{}/api/v1/email_account/{id}/", call.origin);
        self.answer_account(201, self.accounts.len() - 1, Some(body))
            .with("location", location)
    }

    /// A new account.
    pub(super) fn insert(&mut self, domain: u64, localpart: &str) -> u64 {
        let id = self.new_id();
        self.accounts.push(Account {
            id,
            domain,
            localpart: localpart.to_owned(),
            aliases: Vec::new(),
            state: 0,
        });
        id
    }

    fn mass_add(&mut self, call: &PlatformCall) -> PlatformAnswer {
        if self.ways.mass_add == MassAdd::Absent {
            return PlatformAnswer::empty_page(501);
        }
        let body = call.json();
        let parts = body.and_then(|body| texts(body, "localparts"));
        let domain = body.and_then(|body| text(body, "domain"));
        let (Some(mut parts), Some(domain)) = (parts, domain) else {
            return server_fault();
        };
        let Some(domain) = self.domain(domain).map(|domain| domain.id) else {
            return form_error(RESOURCE, "domain", "Invalid hyperlink.");
        };
        let taken = parts.iter().any(|part| self.is_taken(domain, part));
        if taken && self.ways.mass_add == MassAdd::Refuses
            || !parts.iter().all(|part| is_localpart(part))
        {
            return form_error(RESOURCE, "localparts", THERE);
        }
        if self.ways.mass_add == MassAdd::Forgets {
            parts.pop();
        }
        for part in parts {
            if !self.is_taken(domain, &part) {
                self.insert(domain, &part);
            }
        }
        PlatformAnswer::empty_page(202)
    }

    fn mass_delete(&mut self, call: &PlatformCall) -> PlatformAnswer {
        let Some(ids) = call.option("id__in") else {
            return server_fault();
        };
        let ids: Vec<&str> = ids.split(',').collect();
        self.accounts
            .retain(|account| !ids.contains(&account.id.to_string().as_str()));
        PlatformAnswer::empty_page(204)
    }

    fn change_account(&mut self, call: &PlatformCall, place: usize) -> PlatformAnswer {
        let patch = call.method == "PATCH";
        if patch && !self.ways.has_state {
            return PlatformAnswer::empty_page(405);
        }
        let Some(body) = call.json().filter(|body| body.is_object()).cloned() else {
            return server_fault();
        };
        let Some(account) = self.accounts.get(place).cloned() else {
            return PlatformAnswer::empty_page(404);
        };
        let localpart = text(&body, "localpart").unwrap_or(&account.localpart);
        if localpart != account.localpart && self.is_taken(account.domain, localpart) {
            return form_error(RESOURCE, "localpart", THERE);
        }
        let state = body.get("state").map(Value::as_u64);
        if self.ways.has_state && !matches!(state, None | Some(Some(0..=2))) {
            return form_error(RESOURCE, "state", "Select a valid choice.");
        }
        if let Some(account) = self.accounts.get_mut(place) {
            account.localpart = localpart.to_owned();
            if self.ways.has_state
                && let Some(Some(state)) = state
            {
                account.state = state;
                // The mark takes the aliases away.
                if state == 2 {
                    account.aliases.clear();
                }
            }
        }
        let mut sent = body;
        if !patch {
            view::add(&mut sent, "pk", json!(account.id.to_string()));
            view::add(&mut sent, "localpart_aliases", Value::Null);
        }
        self.answer_account(202, place, Some(&sent))
    }

    fn mass_add_aliases(&mut self, call: &PlatformCall, place: usize) -> PlatformAnswer {
        let Some(parts) = call.json().and_then(|body| texts(body, "aliases")) else {
            return server_fault();
        };
        let Some(account) = self.accounts.get(place).cloned() else {
            return PlatformAnswer::empty_page(404);
        };
        let own = |part: &String| account.aliases.iter().any(|alias| alias.localpart == *part);
        let new: Vec<String> = parts.into_iter().filter(|part| !own(part)).collect();
        let bad = |part: &String| !is_localpart(part) || self.is_taken(account.domain, part);
        if account.state == 2 || new.iter().any(bad) {
            return form_error(
                RESOURCE,
                "aliases",
                "Localpart alias with this Localpart already exists.",
            );
        }
        for localpart in new {
            let alias = Alias {
                id: self.new_id(),
                localpart,
            };
            if let Some(account) = self.accounts.get_mut(place) {
                account.aliases.push(alias);
            }
        }
        PlatformAnswer::empty_page(202)
    }
}

/// What may stand before an `@`.
pub(super) fn is_localpart(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && !text.contains(|letter: char| letter == '@' || letter == ',' || letter.is_whitespace())
}

fn texts(body: &Value, name: &str) -> Option<Vec<String>> {
    let list = body.get(name)?.as_array()?;
    list.iter()
        .map(|text| text.as_str().map(str::to_owned))
        .collect()
}
