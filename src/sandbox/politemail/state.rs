//! What a server holds, as JSON can say it.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A server: who may sign in, how it answers, and what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PoliteMail {
    /// Below which path the API is (`/api/odata`).
    pub base_path: String,
    /// In which envelope it answers.
    pub envelope: Envelope,
    /// How links to next pages are written.
    pub links: Links,
    /// How many objects a page holds.
    pub page_size: usize,
    /// Whether listings say how many objects there are in all.
    pub counts: bool,
    /// Whether lists can be asked for `IsNewsletter`.
    pub shows_marks: bool,
    /// Pairs that may sign in. A token is a pair too: twice itself, or itself with an empty user.
    pub logins: Vec<Login>,
    /// Addresses that make the server refuse a whole request.
    pub refuses: BTreeSet<String>,
    /// So many looks at a list pass before it shows what was done to it.
    pub late: u32,
    /// What was done and does not show yet.
    pub not_shown: Vec<Late>,
    /// The lists.
    pub lists: Vec<List>,
    /// The contacts, on lists or not.
    pub contacts: Vec<Contact>,
}

/// Somebody who was added to a list, or taken off it, and nobody sees it yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Late {
    /// The id of the list.
    pub list: i32,
    /// The id of the contact.
    pub contact: i32,
    /// Whether the contact joins or leaves.
    pub joins: bool,
    /// How many looks at the list still do not show it.
    pub looks: u32,
}

/// Which generation of OData the answers are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Envelope {
    /// `odata.metadata`, `odata.nextLink`, `odata.count`, `odata.error`.
    #[default]
    V3,
    /// `@odata.context`, `@odata.nextLink`, `@odata.count`, `error`.
    V4,
}

/// How links to next pages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Links {
    /// With scheme and host.
    #[default]
    Absolute,
    /// From the root of the host.
    FromRoot,
    /// From the root of the service (`Lists(318)/Contacts?…`).
    FromService,
    /// From the listing itself (`Contacts?…`).
    FromListing,
}

/// A pair that may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    /// The user; empty for a token that is sent as password alone.
    pub user: String,
    /// The password, or the token.
    pub password: String,
}

/// A list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct List {
    /// Its id.
    pub id: i32,
    /// Its name; another list may have the same.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether people join and leave it themselves.
    pub is_newsletter: bool,
    /// Whether others see it.
    pub shared: bool,
    /// Ids of the contacts on it.
    pub members: BTreeSet<i32>,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Contact {
    /// Its id.
    pub id: i32,
    /// Its address, as it was written; no other contact has it in any spelling.
    pub email: String,
    /// Whether it is active.
    pub active_state: bool,
    /// Whether the person opted out of everything.
    pub opted_out: bool,
    /// Its other texts, by their names (`FirstName`, `Custom1`).
    pub fields: BTreeMap<String, String>,
}

impl Default for PoliteMail {
    fn default() -> Self {
        Self {
            base_path: "/api/odata".to_owned(),
            envelope: Envelope::default(),
            links: Links::default(),
            page_size: 500,
            counts: false,
            shows_marks: true,
            logins: Vec::new(),
            refuses: BTreeSet::new(),
            late: 0,
            not_shown: Vec::new(),
            lists: Vec::new(),
            contacts: Vec::new(),
        }
    }
}

impl Default for Contact {
    fn default() -> Self {
        Self {
            id: 0,
            email: String::new(),
            active_state: true,
            opted_out: false,
            fields: BTreeMap::new(),
        }
    }
}

impl PoliteMail {
    /// A server with nothing on it that lets this pair in.
    pub fn with_login(user: &str, password: &str) -> Self {
        Self {
            logins: vec![Login {
                user: user.to_owned(),
                password: password.to_owned(),
            }],
            ..Self::default()
        }
    }

    /// Puts a list there with these addresses on it, which become contacts; gives its id.
    pub fn put_list<'a>(&mut self, name: &str, emails: impl IntoIterator<Item = &'a str>) -> i32 {
        let id = 1 + self.lists.iter().map(|list| list.id).max().unwrap_or(300);
        let members = emails.into_iter().map(|email| self.meet(email)).collect();
        self.lists.push(List {
            id,
            name: name.to_owned(),
            members,
            ..List::default()
        });
        id
    }

    /// The id of the contact with this address, which is made unless it is there.
    pub fn meet(&mut self, email: &str) -> i32 {
        if let Some(known) = self.contact(email) {
            return known.id;
        }
        let last = self.contacts.iter().map(|contact| contact.id).max();
        let id = 1 + last.unwrap_or(70_000);
        self.contacts.push(Contact {
            id,
            email: email.trim().to_owned(),
            ..Contact::default()
        });
        id
    }

    /// The contact with this address, in any spelling.
    pub fn contact(&self, email: &str) -> Option<&Contact> {
        let wanted = email.trim();
        let mut contacts = self.contacts.iter();
        contacts.find(|contact| contact.email.eq_ignore_ascii_case(wanted))
    }

    /// The addresses on the lists of this name, sorted.
    pub fn emails_on(&self, name: &str) -> Vec<String> {
        let lists = self.lists.iter().filter(|list| list.name == name);
        let ids: BTreeSet<i32> = lists
            .flat_map(|list| list.members.iter().copied())
            .collect();
        let contacts = self
            .contacts
            .iter()
            .filter(|contact| ids.contains(&contact.id));
        let mut emails: Vec<String> = contacts.map(|contact| contact.email.clone()).collect();
        emails.sort();
        emails
    }

    /// The list with this id.
    pub fn list(&self, id: i32) -> Option<&List> {
        self.lists.iter().find(|list| list.id == id)
    }

    /// The list with this id, to change it.
    pub fn list_mut(&mut self, id: i32) -> Option<&mut List> {
        self.lists.iter_mut().find(|list| list.id == id)
    }

    /// Puts a contact on a list or takes it off: at once, or late.
    pub(super) fn change_list(&mut self, list: i32, contact: i32, joins: bool) {
        let looks = self.late;
        if looks > 0 {
            self.not_shown.push(Late {
                list,
                contact,
                joins,
                looks,
            });
        } else {
            self.put(list, contact, joins);
        }
    }

    fn put(&mut self, list: i32, contact: i32, joins: bool) {
        if let Some(list) = self.list_mut(list) {
            if joins {
                list.members.insert(contact);
            } else {
                list.members.remove(&contact);
            }
        }
    }

    /// Somebody looks at a list: what was waiting long enough shows.
    pub(super) fn looked_at(&mut self, list: i32) {
        for mut late in std::mem::take(&mut self.not_shown) {
            match late.looks.checked_sub(u32::from(late.list == list)) {
                None => self.put(late.list, late.contact, late.joins),
                Some(looks) => {
                    late.looks = looks;
                    self.not_shown.push(late);
                }
            }
        }
    }

    pub(super) fn lets_in(&self, authorization: Option<&str>) -> bool {
        let sent = authorization.and_then(|header| header.strip_prefix("Basic "));
        self.logins.iter().any(|login| {
            let pair = format!("{}:{}", login.user, login.password);
            sent == Some(STANDARD.encode(pair).as_str())
        })
    }

    /// What cannot be so.
    pub(super) fn contradictions(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.page_size == 0 {
            faults.push("pageSize: a page holds at least one object".to_owned());
        }
        if self.base_path.trim_matches('/').is_empty() {
            faults.push("basePath: is empty".to_owned());
        }
        let known: BTreeSet<i32> = self.contacts.iter().map(|contact| contact.id).collect();
        let mut lists = BTreeSet::new();
        for list in &self.lists {
            if !lists.insert(list.id) {
                faults.push(format!("lists: two have the id {}", list.id));
            }
            for member in list.members.difference(&known) {
                faults.push(format!("lists: {} holds nobody known as {member}", list.id));
            }
        }
        let (mut ids, mut emails) = (BTreeSet::new(), BTreeSet::new());
        for contact in &self.contacts {
            if !ids.insert(contact.id) || !emails.insert(contact.email.to_ascii_lowercase()) {
                faults.push(format!("contacts: {} is there twice", contact.id));
            }
        }
        faults
    }
}

impl List {
    pub(super) fn object(&self) -> Value {
        json!({
            "ID": self.id,
            "Name": self.name,
            "Description": self.description,
            "IsNewsletter": i32::from(self.is_newsletter),
            "Shared": self.shared,
        })
    }
}

impl Contact {
    pub(super) fn object(&self) -> Value {
        let field = |name: &str| self.fields.get(name).cloned().unwrap_or_default();
        let names = [field("FirstName"), field("LastName")];
        let mut object = json!({
            "ID": self.id,
            "DisplayName": names.join(" ").trim(),
            "Email": self.email,
            "ActiveState": self.active_state && !self.opted_out,
            "CreationDate": "2026-04-11T09:30:00",
            "LastChangedDate": "2026-04-11T09:30:00",
            "Shared": true,
            "OwnerID": 1,
            "Days": [],
        });
        if let Value::Object(map) = &mut object {
            let fields = self.fields.iter();
            map.extend(fields.map(|(name, text)| (name.clone(), json!(text))));
        }
        object
    }
}
