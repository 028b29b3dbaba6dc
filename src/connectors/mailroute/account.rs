//! One account as MailRoute tells it, and the member it is.
//!
//! Pure: it must not know requests. What MailRoute adds one day (fields, states) is read past or kept as it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::pages::number_or_text;
use crate::model::{
    address::Address,
    attributes::{Attributes, Value as Attribute},
    member::Member,
};

/// The field that holds an account's aliases.
pub(super) const ALIASES: &str = "aliases";
/// The field that says what kind of account it is.
pub(super) const STATE: &str = "state";
/// A mark on an address: no log-in, not billed, no aliases.
pub(super) const DISTRIBUTION_LIST: &str = "distribution-list";
/// An ordinary account.
pub(super) const STANDARD: &str = "standard";

/// What MailRoute calls the states.
const STATES: [(u64, &str); 3] = [(0, STANDARD), (1, "provisional"), (2, DISTRIBUTION_LIST)];

/// Texts that say nothing of the member: links and times, what only a write has, and what is told in other ways.
const LEFT_OUT: [&str; 15] = [
    "id",
    "pk",
    ALIASES,
    "domain",
    "resource_uri",
    "absolute_url",
    "created_at",
    "updated_at",
    "policy",
    "contact",
    "notification_task",
    "password",
    "confirm_password",
    "create_opt",
    "change_pwd",
];

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// Its id.
    pub(super) id: String,
    /// How other objects name it (`/api/v1/email_account/9001/`).
    pub(super) uri: String,
    /// Its address as it was written.
    pub(super) written: String,
    /// Its address; absent where that is no address (a catch-all).
    pub(super) address: Option<Address>,
    /// The addresses that lead to it as well, lower case.
    pub(super) aliases: BTreeSet<String>,
    /// Whether it said which aliases it has.
    pub(super) shows_aliases: bool,
    /// `standard`, `provisional`, `distribution-list`, or the digits of a state that is not known here.
    pub(super) state: Option<String>,
    /// What else was told.
    others: Attributes,
}

impl Account {
    /// Reads an account; `domain` is the name of the domain it was listed in, in case it does not say so itself.
    pub(super) fn read(object: &Value, domain: Option<&str>) -> Result<Self, String> {
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::trim);
        let id = number_or_text(object.get("id")).ok_or("an account has no id")?;
        let localpart = text("localpart").filter(|part| !part.is_empty());
        let domain = text("domain_name")
            .filter(|name| !name.is_empty())
            .or(domain);
        let (Some(localpart), Some(domain)) = (localpart, domain) else {
            return Err(format!("account `{id}` has no local part or no domain"));
        };
        let whole = |part: &str| match part.contains('@') {
            true => part.to_owned(),
            false => format!("{part}@{domain}"),
        };
        let written = format!("{localpart}@{domain}");
        let address = Address::parse(&written).ok();
        let mut aliases: BTreeSet<String> = aliases_of(object)
            .into_iter()
            .map(|alias| normalised(&whole(&alias)))
            .collect();
        if let Some(address) = &address {
            aliases.remove(address.as_str());
        }
        let state = match object.get(STATE) {
            Some(Value::Number(number)) => Some(state_name(&number.to_string())),
            Some(Value::String(text)) if !text.trim().is_empty() => Some(state_name(text.trim())),
            _ => None,
        };
        let mut others = others(object);
        others.extend(Attribute::text(domain).map(|name| ("domain".to_owned(), name)));
        let uri = text("resource_uri").filter(|uri| !uri.is_empty());
        Ok(Self {
            uri: uri.map_or_else(|| format!("/api/v1/email_account/{id}/"), str::to_owned),
            id,
            written,
            address,
            aliases,
            shows_aliases: object.get(ALIASES).is_some(),
            state,
            others,
        })
    }

    /// Whether it is a distribution list.
    pub(super) fn is_distribution_list(&self) -> bool {
        self.state.as_deref() == Some(DISTRIBUTION_LIST)
    }

    /// What MailRoute would refuse, or take more along than was meant.
    fn locked(&self) -> BTreeMap<String, String> {
        let lock = |field: &str, why: &str| [(field.to_owned(), why.to_owned())].into();
        if self.is_distribution_list() {
            lock(
                ALIASES,
                "a distribution list has no aliases; map `aliases` only for people",
            )
        } else if !self.aliases.is_empty() {
            lock(
                STATE,
                "it has aliases, and as a distribution list it would lose them; take the aliases away first",
            )
        } else {
            BTreeMap::new()
        }
    }

    /// The member it is. Somebody who is listed under an alias elsewhere is recognised by it.
    pub(super) fn into_member(self) -> Member {
        let locked = self.locked();
        let mut attributes = self.others;
        if !self.aliases.is_empty() {
            let aliases = self.aliases.iter().cloned().collect();
            attributes.insert(ALIASES.to_owned(), Attribute::Texts(aliases));
        }
        let state = self.state.as_deref().and_then(Attribute::text);
        attributes.extend(state.map(|state| (STATE.to_owned(), state)));
        let note = self
            .address
            .is_none()
            .then(|| format!("not an address: {}", self.written));
        let aliases = self.aliases.iter().map(|alias| Address::parse(alias));
        Member {
            id: Some(self.id.as_str().into()),
            addresses: self.address.into_iter().chain(aliases.flatten()).collect(),
            attributes,
            note,
            locked,
            ..Member::default()
        }
    }
}

/// The number of a state's name; `None` for one that nobody may set.
pub(super) fn state_number(name: &str) -> Option<u64> {
    let known = STATES.iter().find(|(_, known)| *known == name);
    known
        .map(|(number, _)| *number)
        .filter(|number| *number != 1)
}

/// An alias as it is compared.
pub(super) fn normalised(alias: &str) -> String {
    match Address::parse(alias) {
        Ok(address) => address.as_str().to_owned(),
        Err(_) => alias.trim().to_lowercase(),
    }
}

fn state_name(digits: &str) -> String {
    let known = STATES
        .iter()
        .find(|(number, _)| number.to_string() == digits);
    known.map_or(digits, |(_, name)| name).to_owned()
}

/// Aliases come as one text, joined by commas; a list is what a later version may send.
fn aliases_of(object: &Value) -> Vec<String> {
    let parts: Vec<&str> = match object.get(ALIASES) {
        Some(Value::String(text)) => text.split(',').collect(),
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let parts = parts.into_iter().map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn others(object: &Value) -> Attributes {
    let fields = object.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()) && *name != STATE);
    let told = fields.filter_map(|(name, value)| {
        let value = match value {
            Value::String(text) => Attribute::text(text)?,
            Value::Number(number) => Attribute::Text(number.to_string()),
            Value::Bool(flag) => Attribute::Flag(*flag),
            _ => return None,
        };
        Some((name.clone(), value))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_is_a_member_under_all_its_addresses() {
        let object = json!({
            "id": 9001, "localpart": "Ines", "domain": "/api/v1/domain/204/", "domain_name": "Harbor.example",
            "aliases": "Ines.M, i.moreau,ines,,i.moreau", "state": 0, "priority": 7, "uuid": "u-1", "policy": "/x/",
            "contact": null, "password": "not-a-secret", "forwarding_emails": { "emails": [] },
            "created_at": "Tue, 5 May 2026 08:00:00 -0700", "something_new": "x", "use_domain_notifications": true,
        });
        let member = Account::read(&object, None).unwrap().into_member();
        assert_eq!(member.id.as_ref().unwrap().as_str(), "9001");
        let addresses: Vec<&str> = member.addresses.iter().map(Address::as_str).collect();
        assert_eq!(
            addresses,
            [
                "ines@harbor.example",
                "i.moreau@harbor.example",
                "ines.m@harbor.example"
            ]
        );
        assert_eq!(
            member.attributes[ALIASES].to_line(),
            "i.moreau@harbor.example; ines.m@harbor.example"
        );
        assert_eq!(member.attributes[STATE].to_line(), "standard");
        assert_eq!(member.attributes["priority"].to_line(), "7");
        assert_eq!(member.attributes["something_new"].to_line(), "x");
        for absent in [
            "password",
            "policy",
            "created_at",
            "contact",
            "forwarding_emails",
        ] {
            assert!(!member.attributes.contains_key(absent), "{absent}");
        }
    }

    #[test]
    fn states_and_odd_addresses_are_taken_as_they_come() {
        let account = |state: Value| {
            let object = json!({ "id": "7", "localpart": "all", "aliases": "", "state": state });
            Account::read(&object, Some("harbor.example")).unwrap()
        };
        assert!(account(json!(2)).is_distribution_list());
        assert_eq!(account(json!(1)).state.as_deref(), Some("provisional"));
        assert_eq!(account(json!(9)).state.as_deref(), Some("9"));
        assert_eq!(account(Value::Null).state, None);
        assert!(
            !account(json!(2))
                .into_member()
                .attributes
                .contains_key(ALIASES)
        );
        let odd = json!({ "id": 8, "localpart": "two words", "domain_name": "harbor.example" });
        let odd = Account::read(&odd, None).unwrap().into_member();
        assert!(odd.addresses.is_empty());
        assert_eq!(odd.label(), "8");
        assert!(Account::read(&json!({ "localpart": "x" }), Some("a.example")).is_err());
        assert!(Account::read(&json!({ "id": 1 }), Some("a.example")).is_err());
        assert_eq!(state_number("distribution-list"), Some(2));
        assert_eq!(state_number("provisional"), None);
        assert_eq!(state_number("group"), None);
    }
}
