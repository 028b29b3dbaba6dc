//! The full push, `ldapsync/remote_data`: a domain's inventory as somebody else sees it.
//!
//! Published are the request and that two real ones are taken in twelve hours. What it answers and what it deletes are our
//! reading.

use serde_json::{Value, json};

use super::{Alias, MailRoute, server_fault, text};
use crate::sandbox::platform::{PlatformAnswer, PlatformCall};

impl MailRoute {
    /// `POST /api/v1/ldapsync/remote_data/?domain=<domain>&test_run=0|1`.
    pub(super) fn push(&mut self, call: &PlatformCall) -> PlatformAnswer {
        let domain = call.option("domain").and_then(|named| self.domain(named));
        let Some(domain) = domain.cloned() else {
            return PlatformAnswer::empty_page(404);
        };
        let Some(pushed) = call.json().and_then(|body| entries(body, &domain.name)) else {
            return server_fault();
        };
        if call.option("test_run") == Some("1") {
            self.trials += 1;
            return PlatformAnswer::json(
                200,
                json!({ "test_run": true, "received": pushed.len() }),
            );
        }
        let Some(left) = self.pushes_left.checked_sub(1) else {
            let answer = Self::too_many();
            return match self.ways.push_retry_seconds {
                Some(seconds) => answer.with("retry-after", seconds.to_string()),
                None => answer,
            };
        };
        self.pushes_left = left;
        if self.ways.push_deletes {
            self.accounts.retain(|account| {
                account.domain != domain.id
                    || pushed.iter().any(|(part, _)| *part == account.localpart)
            });
        }
        for (part, aliases) in &pushed {
            let known = self.accounts.iter();
            let known = known.filter(|one| one.domain == domain.id && one.localpart == *part);
            if known.count() == 0 {
                self.insert(domain.id, part);
            }
            self.set_aliases(domain.id, part, aliases);
        }
        PlatformAnswer::json(200, json!({ "received": pushed.len() }))
    }

    fn too_many() -> PlatformAnswer {
        let message = "You have reached the limit of synchronizations.";
        PlatformAnswer::json(429, json!({ "error_message": message }))
    }

    fn set_aliases(&mut self, domain: u64, localpart: &str, wanted: &[String]) {
        let place = self.accounts.iter().position(|account| {
            account.domain == domain && account.localpart == localpart && account.state != 2
        });
        let Some(place) = place else {
            return;
        };
        if let Some(account) = self.accounts.get_mut(place) {
            account
                .aliases
                .retain(|alias| wanted.contains(&alias.localpart));
        }
        for part in wanted {
            if self.is_taken(domain, part) {
                continue;
            }
            let alias = Alias {
                id: self.new_id(),
                localpart: part.clone(),
            };
            if let Some(account) = self.accounts.get_mut(place) {
                account.aliases.push(alias);
            }
        }
    }
}

/// Local parts with the local parts of their aliases; `None` when the body is no such list.
fn entries(body: &Value, domain: &str) -> Option<Vec<(String, Vec<String>)>> {
    let local = |address: &str| -> String {
        let address = address.to_lowercase();
        let part = address.strip_suffix(&format!("@{}", domain.to_lowercase()));
        part.unwrap_or(&address).to_owned()
    };
    let entries = body.as_array()?.iter().map(|entry| {
        let aliases = entry.get("aliases")?.as_array()?.iter();
        let aliases: Option<Vec<String>> = aliases.map(|one| one.as_str().map(local)).collect();
        Some((local(text(entry, "email")?), aliases?))
    });
    entries.collect()
}
