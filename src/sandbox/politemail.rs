//! A stand-in for a PoliteMail server: lists, contacts, and an opt-out that holds for all of them.
//!
//! Built from the vendor's published description and help pages, not from live traffic. Where those are silent it plays
//! the opponent: it refuses what is not described, makes a second list of the same name when asked twice, and takes the
//! address of somebody who opted out without adding them.

mod answer;
mod listing;
mod state;

use serde_json::{Value, json};

pub use state::{Contact, Envelope, Late, Links, List, Login, PoliteMail};

use self::{
    answer::{Refusal, done, refusal},
    listing::Page,
};
use super::platform::{Platform, PlatformAnswer, PlatformCall};

/// What a contact may be given when it is made, beside its address: texts.
const TEXTS: &[&str] = &[
    "FirstName",
    "LastName",
    "Company",
    "WebAddress",
    "Title",
    "Notes",
    "ListIDs",
    "MobileNumber",
    "FaxNumber",
    "HomeNumber",
    "Address1",
    "Address2",
    "City",
    "StateOrProvince",
    "PostalCode",
    "ClientCountry",
];

/// Numbers of lists and contacts that are made.
const NUMBERS: &[&str] = &["OwnerID", "BusinessID", "RegionID"];

impl Platform for PoliteMail {
    const LOGGED: &'static [&'static str] = &[];

    fn answer(&mut self, call: &PlatformCall) -> PlatformAnswer {
        let base = self.base_path.trim_matches('/');
        let below = call.path.trim_matches('/').strip_prefix(base);
        let Some(below) = below.filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
            return PlatformAnswer::page(
                404,
                "<html><body>404 - File or directory not found.</body></html>",
            );
        };
        if !self.lets_in(call.authorization.as_deref()) {
            let refused = Refusal(
                401,
                "Authorization has been denied for this request.".to_owned(),
            );
            return refusal(self.envelope, &refused).with("www-authenticate", "Basic");
        }
        let depth = below
            .trim_matches('/')
            .split('/')
            .filter(|piece| !piece.is_empty())
            .count();
        let from = call.segments.len().saturating_sub(depth);
        let pieces: Vec<&str> = call
            .segments
            .iter()
            .skip(from)
            .map(String::as_str)
            .collect();
        let answer = match (call.method.as_str(), pieces.as_slice()) {
            ("GET", ["Lists"]) => self.lists(call),
            ("POST", ["Lists", "NewList"]) => self.new_list(call),
            ("POST", ["Contacts", "CreateContact"]) => self.create_contact(call),
            (method, [list, operation]) => match (method, key(list), *operation) {
                ("GET", Some(id), "Contacts") => self.contacts_of(call, id),
                ("POST", Some(id), "AddEmails") => self.add_emails(call, id),
                ("POST", Some(id), "RemoveEmails") => self.remove_emails(call, id),
                _ => Err(no_such(call)),
            },
            _ => Err(no_such(call)),
        };
        answer.unwrap_or_else(|refused| refusal(self.envelope, &refused))
    }

    fn error(status: u16, code: &str, message: &str) -> PlatformAnswer {
        answer::three(status, code, message)
    }

    fn faults(&self) -> Vec<String> {
        self.contradictions()
    }
}

impl PoliteMail {
    fn lists(&self, call: &PlatformCall) -> Result<PlatformAnswer, Refusal> {
        let known: &[&str] = if self.shows_marks {
            &["ID", "Name", "Description", "Shared", "IsNewsletter"]
        } else {
            &["ID", "Name", "Description", "Shared"]
        };
        let Some(select) = call.option("$select") else {
            return Err(Refusal(
                400,
                "The query option '$select' is required.".to_owned(),
            ));
        };
        let properties: Vec<&str> = select.split(',').map(str::trim).collect();
        if let Some(unknown) = properties.iter().find(|name| !known.contains(name)) {
            let message = format!("Could not find a property named '{unknown}' on type 'List'.");
            return Err(Refusal(400, message));
        }
        let mut lists: Vec<&List> = self.lists.iter().collect();
        lists.sort_by_key(|list| list.id);
        let lists = lists.into_iter().map(|list| (list.id, list)).collect();
        Page::of(self, call, "Lists", &["$select"], lists, |list| {
            let mut object = list.object();
            if let Value::Object(map) = &mut object {
                map.retain(|name, _| properties.contains(&name.as_str()));
            }
            object
        })
    }

    fn contacts_of(&mut self, call: &PlatformCall, id: i32) -> Result<PlatformAnswer, Refusal> {
        self.looked_at(id);
        let list = self.list(id).ok_or_else(|| no_such(call))?;
        let mut contacts: Vec<&Contact> = self
            .contacts
            .iter()
            .filter(|contact| list.members.contains(&contact.id))
            .collect();
        contacts.sort_by_key(|contact| contact.id);
        let contacts = contacts.into_iter().map(|contact| (contact.id, contact));
        let contacts = contacts.collect();
        Page::of(self, call, "Contacts", &[], contacts, Contact::object)
    }

    fn new_list(&mut self, call: &PlatformCall) -> Result<PlatformAnswer, Refusal> {
        let body = typed_body(call, &["Name", "Description"], NUMBERS, &["Shared"])?;
        let text = |name: &str| text_in(&body, name).to_owned();
        if text("Name").trim().is_empty() {
            return Err(invalid("Name"));
        }
        let id = 1 + self.lists.iter().map(|list| list.id).max().unwrap_or(300);
        self.lists.push(List {
            id,
            name: text("Name"),
            description: text("Description"),
            shared: body.get("Shared") == Some(&json!(true)),
            ..List::default()
        });
        Ok(done(self, "Edm.Int32", json!(id)))
    }

    fn create_contact(&mut self, call: &PlatformCall) -> Result<PlatformAnswer, Refusal> {
        let texts: Vec<&str> = TEXTS.iter().copied().chain(["Email"]).collect();
        let numbers: Vec<&str> = NUMBERS.iter().copied().chain(["ID"]).collect();
        let body = typed_body(call, &texts, &numbers, &["Shared", "ActiveState"])?;
        let email = text_in(&body, "Email").trim();
        if body.get("ID") != Some(&json!(0)) || !email.contains('@') {
            return Err(invalid("Email"));
        }
        if self.contact(email).is_some() {
            let message = "A contact with this email address already exists.".to_owned();
            return Err(Refusal(400, message));
        }
        let id = self.meet(email);
        if let Some(contact) = self.contacts.iter_mut().find(|contact| contact.id == id) {
            let given = TEXTS.iter().filter(|name| **name != "ListIDs");
            contact.fields = given
                .filter_map(|name| {
                    Some(((*name).to_owned(), body.get(*name)?.as_str()?.to_owned()))
                })
                .collect();
            contact.active_state = body.get("ActiveState") != Some(&json!(false));
        }
        let lists = text_in(&body, "ListIDs");
        let lists: Vec<i32> = lists
            .split(',')
            .filter_map(|id| id.trim().parse().ok())
            .collect();
        for list in self
            .lists
            .iter_mut()
            .filter(|list| lists.contains(&list.id))
        {
            list.members.insert(id);
        }
        Ok(done(self, "Edm.Int32", json!(id)))
    }

    /// Unknown addresses become contacts. Who opted out, or is not active, stays off the list without a word.
    fn add_emails(&mut self, call: &PlatformCall, id: i32) -> Result<PlatformAnswer, Refusal> {
        let emails = emails(call)?;
        self.list(id).ok_or_else(|| no_such(call))?;
        if emails.iter().any(|email| self.refuses.contains(email)) {
            return Err(invalid("emails"));
        }
        for email in emails.iter().filter(|email| email.contains('@')) {
            let contact = self.meet(email);
            let is_reachable = self
                .contacts
                .iter()
                .any(|known| known.id == contact && !known.opted_out && known.active_state);
            if is_reachable {
                self.change_list(id, contact, true);
            }
        }
        Ok(done(self, "Edm.Boolean", json!(true)))
    }

    fn remove_emails(&mut self, call: &PlatformCall, id: i32) -> Result<PlatformAnswer, Refusal> {
        let emails = emails(call)?;
        let contacts: Vec<i32> = emails
            .iter()
            .filter_map(|email| Some(self.contact(email)?.id))
            .collect();
        self.list(id).ok_or_else(|| no_such(call))?;
        for contact in contacts {
            self.change_list(id, contact, false);
        }
        Ok(done(self, "Edm.Boolean", json!(true)))
    }
}

fn no_such(call: &PlatformCall) -> Refusal {
    let message = format!("No HTTP resource was found that matches '{}'.", call.path);
    Refusal(404, message)
}

fn invalid(name: &str) -> Refusal {
    Refusal(400, format!("The parameter '{name}' is not valid."))
}

/// The id in `Lists(318)`.
fn key(piece: &str) -> Option<i32> {
    piece
        .strip_prefix("Lists(")?
        .strip_suffix(')')?
        .parse()
        .ok()
}

fn text_in<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The body, when it is an object whose properties are all described and of the described types.
fn typed_body(
    call: &PlatformCall,
    texts: &[&str],
    numbers: &[&str],
    flags: &[&str],
) -> Result<Value, Refusal> {
    let body = call.json().filter(|body| body.is_object());
    let body = body.ok_or_else(|| invalid("parameters"))?;
    for (name, value) in body.as_object().into_iter().flatten() {
        let name = name.as_str();
        let is_right = texts.contains(&name) && value.is_string()
            || numbers.contains(&name)
                && value.as_i64().is_some_and(|it| i32::try_from(it).is_ok())
            || flags.contains(&name) && value.is_boolean();
        if !is_right {
            return Err(invalid(name));
        }
    }
    Ok(body.clone())
}

fn emails(call: &PlatformCall) -> Result<Vec<String>, Refusal> {
    let body = call.json().and_then(Value::as_object);
    let body = body.filter(|body| body.len() == 1);
    let emails = body.and_then(|body| body.get("emails")?.as_array());
    let texts = emails.and_then(|emails| {
        let texts = emails
            .iter()
            .map(|email| Some(email.as_str()?.trim().to_owned()));
        texts.collect::<Option<Vec<_>>>()
    });
    texts.ok_or_else(|| invalid("emails"))
}

#[cfg(test)]
mod tests;
