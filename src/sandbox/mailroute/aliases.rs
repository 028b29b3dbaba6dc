//! The resource `localpart_alias`.

use serde_json::{Value, json};

use super::{
    Alias, MailRoute, accounts::is_localpart, form_error, id_in, server_fault, text, view,
};
use crate::sandbox::platform::{PlatformAnswer, PlatformCall};

const RESOURCE: &str = "localpart_alias";

impl MailRoute {
    /// Whatever is called below `/api/v1/localpart_alias/`.
    pub(super) fn alias_resource(&mut self, call: &PlatformCall, rest: &[&str]) -> PlatformAnswer {
        match (call.method.as_str(), rest) {
            ("GET", []) => self.list_aliases(call),
            ("POST", []) => self.create_alias(call),
            (method, [which]) => {
                let Some((owner, place)) = self.alias_place(which) else {
                    return PlatformAnswer::empty_page(404);
                };
                match method {
                    "GET" => self.answer_alias(200, owner, place, None),
                    "PUT" | "PATCH" => self.change_alias(call, owner, place),
                    "DELETE" => {
                        if let Some(account) = self.accounts.get_mut(owner) {
                            account.aliases.remove(place);
                        }
                        PlatformAnswer::empty_page(204)
                    }
                    _ => PlatformAnswer::empty_page(405),
                }
            }
            _ => PlatformAnswer::empty_page(404),
        }
    }

    /// The places of an alias and its account, by the alias's id or its address.
    fn alias_place(&self, which: &str) -> Option<(usize, usize)> {
        let address = which.rsplit_once('@');
        let accounts = self.accounts.iter().enumerate();
        let mut found = accounts.filter_map(|(owner, account)| {
            let fits = |alias: &Alias| match address {
                Some((part, domain)) => {
                    let here = self
                        .domain(domain)
                        .is_some_and(|one| one.id == account.domain);
                    here && alias.localpart == part
                }
                None => alias.id.to_string() == which,
            };
            Some((owner, account.aliases.iter().position(fits)?))
        });
        found.next()
    }

    fn answer_alias(
        &self,
        status: u16,
        owner: usize,
        place: usize,
        sent: Option<&Value>,
    ) -> PlatformAnswer {
        let account = self.accounts.get(owner);
        let Some((account, alias)) = account.and_then(|one| Some((one, one.aliases.get(place)?)))
        else {
            return PlatformAnswer::empty_page(404);
        };
        let shown = view::alias(alias, account);
        let shown = sent.map_or_else(|| shown.clone(), |sent| view::echoed(shown.clone(), sent));
        PlatformAnswer::json(status, shown)
    }

    fn create_alias(&mut self, call: &PlatformCall) -> PlatformAnswer {
        let Some(body) = call.json().filter(|body| body.is_object()) else {
            return server_fault();
        };
        // As it was recorded for a number in place of a URI.
        if body
            .get("email_account")
            .is_some_and(|account| !account.is_string())
        {
            return server_fault();
        }
        for field in ["localpart", "email_account"] {
            if text(body, field).is_none_or(str::is_empty) {
                return form_error(RESOURCE, field, "This field is required.");
            }
        }
        let uri = text(body, "email_account").unwrap_or_default();
        let id = id_in(uri, "email_account").unwrap_or_default();
        let owner = self
            .accounts
            .iter()
            .position(|one| one.id.to_string() == id);
        let Some(owner) = owner else {
            return form_error(RESOURCE, "email_account", "Invalid hyperlink.");
        };
        let localpart = text(body, "localpart").unwrap_or_default();
        let domain = self.accounts.get(owner).map_or(0, |account| account.domain);
        let is_list = self
            .accounts
            .get(owner)
            .is_some_and(|account| account.state == 2);
        if is_list || !is_localpart(localpart) || self.is_taken(domain, localpart) {
            let message = "Localpart alias with this Localpart already exists.";
            return form_error(RESOURCE, "localpart", message);
        }
        let id = self.new_id();
        let localpart = localpart.to_owned();
        let mut place = 0;
        if let Some(account) = self.accounts.get_mut(owner) {
            place = account.aliases.len();
            account.aliases.push(Alias { id, localpart });
        }
        let location = format!("{}/api/v1/localpart_alias/{id}/", call.origin);
        self.answer_alias(201, owner, place, Some(body))
            .with("location", location)
    }

    fn change_alias(&mut self, call: &PlatformCall, owner: usize, place: usize) -> PlatformAnswer {
        let Some(body) = call.json().filter(|body| body.is_object()).cloned() else {
            return server_fault();
        };
        let account = self.accounts.get_mut(owner);
        if let Some(alias) = account.and_then(|account| account.aliases.get_mut(place))
            && let Some(localpart) = text(&body, "localpart")
        {
            alias.localpart = localpart.to_owned();
        }
        let mut sent = body;
        let pk = sent.get("id").map(Value::to_string).unwrap_or_default();
        view::add(&mut sent, "pk", json!(pk));
        self.answer_alias(202, owner, place, Some(&sent))
    }
}
