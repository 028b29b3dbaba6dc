//! A stand-in for MessageMedia (Sinch Engage): contacts, lists, custom fields and the block list of one account.
//!
//! It follows the vendor's published description. Where that says nothing, it does what is hardest on a client: arrays
//! of an update replace what is there, a change of a list is all or nothing, and what nobody should ever send is
//! counted. Knows nothing of sockets, nor of the client it is meant for.

mod checks;
mod contacts;
mod custom_fields;
mod listing;
mod lists;
mod refusals;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::platform::{Platform, PlatformAnswer, PlatformCall};
use refusals::{api_error, invalid};

/// Numbers that Australia keeps for stories: nobody has them.
pub const NUMBERS: [&str; 24] = [
    "+61491570006",
    "+61491570156",
    "+61491570157",
    "+61491570158",
    "+61491570159",
    "+61491570110",
    "+61491570313",
    "+61491570737",
    "+61491571266",
    "+61491571491",
    "+61491571804",
    "+61491572549",
    "+61491572665",
    "+61491572983",
    "+61491573770",
    "+61491573087",
    "+61491574118",
    "+61491574632",
    "+61491575254",
    "+61491575789",
    "+61491576398",
    "+61491576801",
    "+61491577426",
    "+61491577644",
];

/// One account: everything it holds, and how it behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MessageMedia {
    /// The API key.
    pub api_key: String,
    /// The API secret.
    pub api_secret: String,
    /// How many entries a page has when a request does not say.
    pub default_page_size: usize,
    /// Whether the key may read the block list; a key that may not is answered 401.
    pub may_read_block_list: bool,
    /// Whether the key may make custom fields.
    pub may_create_custom_fields: bool,
    /// Its lists.
    pub lists: Vec<List>,
    /// Its contacts.
    pub contacts: Vec<Contact>,
    /// Its custom fields.
    pub custom_fields: Vec<CustomField>,
    /// Numbers that no message goes to, with `+`.
    pub block_list: Vec<String>,
    /// Numbers that unsubscribed before: a contact made with one of them starts unsubscribed.
    pub remembered_unsubscribed: Vec<String>,
    /// How often somebody sent a `subscriptionState`. Must stay 0.
    pub states_written: u64,
    /// How many entries were made; numbers the next one.
    pub made: u64,
}

/// A list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct List {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its second name; may be empty.
    pub alias: String,
}

/// A contact. Texts may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Contact {
    /// Its id.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Another name.
    pub alias: String,
    /// Country.
    pub country: String,
    /// State.
    pub state: String,
    /// Location.
    pub location: String,
    /// Note.
    pub note: String,
    /// `YYYY-MM-DD`, or empty.
    pub date_of_birth: String,
    /// The ways to reach it.
    pub channels: Vec<Channel>,
    /// The ids of the lists it is on.
    pub lists: Vec<String>,
    /// Its custom fields.
    pub custom_fields: Vec<CustomValue>,
}

/// A way to reach a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Channel {
    /// A number in E.164, or an address.
    pub channel_id: String,
    /// `SMS`, `WHATSAPP`, `EMAIL` and others.
    #[serde(rename = "type")]
    pub kind: String,
    /// `SUBSCRIBED` or `UNSUBSCRIBED`; absent where the platform does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_state: Option<String>,
}

/// The value of one custom field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomValue {
    /// The field's id.
    pub id: String,
    /// The value.
    pub value: String,
}

/// A custom field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomField {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: String,
    /// What templates call it.
    pub merge_tag: String,
    /// The longest value, in characters.
    pub max_length: usize,
    /// `TEXT`, `EMAIL` and others.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Default for MessageMedia {
    fn default() -> Self {
        Self {
            api_key: "Kq7-not-a-key".to_owned(),
            api_secret: "not-a-secret".to_owned(),
            default_page_size: 20,
            may_read_block_list: true,
            may_create_custom_fields: true,
            lists: Vec::new(),
            contacts: Vec::new(),
            custom_fields: Vec::new(),
            block_list: Vec::new(),
            remembered_unsubscribed: Vec::new(),
            states_written: 0,
            made: 0,
        }
    }
}

impl Contact {
    /// Somebody who is reached on one number, is subscribed, and is on no list.
    pub fn with_number(id: &str, number: &str) -> Self {
        Self {
            id: id.to_owned(),
            channels: vec![Channel {
                channel_id: number.to_owned(),
                kind: "SMS".to_owned(),
                subscription_state: Some("SUBSCRIBED".to_owned()),
            }],
            ..Self::default()
        }
    }

    /// Says that this contact unsubscribed from every channel.
    pub fn unsubscribe(&mut self) {
        for channel in &mut self.channels {
            channel.subscription_state = Some("UNSUBSCRIBED".to_owned());
        }
    }
}

impl MessageMedia {
    /// The id that the entry with this number gets.
    pub fn numbered_id(number: u64) -> String {
        format!("9a3b5d1e-0000-4000-8000-{number:012x}")
    }

    /// The ids of the contacts on the list with this name, sorted.
    pub fn on_list(&self, name: &str) -> Vec<String> {
        let list = self.lists.iter().find(|list| list.name == name);
        let contacts = self
            .contacts
            .iter()
            .filter(|contact| list.is_some_and(|list| contact.lists.contains(&list.id)));
        let mut ids: Vec<String> = contacts.map(|contact| contact.id.clone()).collect();
        ids.sort_unstable();
        ids
    }

    fn next_id(&mut self) -> String {
        loop {
            self.made += 1;
            let id = Self::numbered_id(self.made);
            let contacts = self.contacts.iter().map(|one| &one.id);
            let lists = self.lists.iter().map(|one| &one.id);
            let fields = self.custom_fields.iter().map(|one| &one.id);
            if !contacts
                .chain(lists)
                .chain(fields)
                .any(|known| *known == id)
            {
                return id;
            }
        }
    }

    fn is_signed_in(&self, call: &PlatformCall) -> bool {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let pair = format!("{}:{}", self.api_key, self.api_secret);
        let wanted = format!("Basic {}", BASE64_STANDARD.encode(pair));
        call.authorization.as_deref() == Some(wanted.as_str())
    }

    fn block_list(&self, call: &PlatformCall) -> PlatformAnswer {
        const PAGE: usize = 100;
        let start = match call.option("token") {
            None => 0,
            Some(token) => match token.parse() {
                Ok(start) => start,
                Err(_) => {
                    let body = json!({ "message": "Unknown token", "details": ["token"] });
                    return PlatformAnswer::json(400, body);
                }
            },
        };
        let numbers: Vec<&String> = self.block_list.iter().skip(start).take(PAGE).collect();
        let mut body = json!({ "uri": call.path, "numbers": numbers });
        let next = start + PAGE;
        if next < self.block_list.len() {
            put(
                &mut body,
                "pagination",
                json!({
                    "page": next.to_string(),
                    "next_uri": format!("{}?token={next}", call.path),
                }),
            );
        }
        PlatformAnswer::json(200, body)
    }
}

impl Platform for MessageMedia {
    const LOGGED: &'static [&'static str] = &["user-agent"];

    fn answer(&mut self, call: &PlatformCall) -> PlatformAnswer {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let is_block_list = matches!(segments.as_slice(), ["v1", "number_authorisation", ..]);
        if !self.is_signed_in(call) || is_block_list && !self.may_read_block_list {
            // Number authorisation has another style of errors than contacts.
            return if is_block_list {
                let message = "Invalid authentication credentials";
                PlatformAnswer::json(401, json!({ "message": message }))
            } else {
                PlatformAnswer::empty(401)
            };
        }
        if call.body.is_err() {
            return api_error(400, "The body is no JSON.");
        }
        if call.json().is_some_and(mentions_a_state) {
            self.states_written += 1;
        }
        let rest = match segments.as_slice() {
            ["v1", "number_authorisation", "mt", "blacklist"] if call.method == "GET" => {
                return self.block_list(call);
            }
            ["api", "v1", "contacts", rest @ ..] => rest,
            _ => return api_error(404, "There is no such resource."),
        };
        match (call.method.as_str(), rest) {
            ("GET", ["contacts"]) => self.find_contacts(call),
            ("POST", ["contacts"]) => self.create_contact(call),
            ("GET", ["contacts", id]) => self.one_contact(id),
            ("PATCH", ["contacts", id]) => self.change_contact(id, call),
            ("GET", ["lists"]) => self.find_lists(call),
            ("POST", ["lists"]) => self.create_list(call),
            ("GET", ["lists", id]) => self.one_list(id),
            ("PATCH", ["lists", id, "contacts"]) => self.change_list(id, call),
            ("GET", ["custom-fields"]) => self.find_custom_fields(call),
            ("POST", ["custom-fields"]) => self.create_custom_field(call),
            // Deleting is not stood in for: nobody should ask for it.
            (_, ["contacts" | "lists" | "custom-fields", ..]) => {
                api_error(405, "The method is not allowed here.")
            }
            _ => api_error(404, "There is no such resource."),
        }
    }

    fn error(status: u16, _code: &str, message: &str) -> PlatformAnswer {
        match status {
            401 | 403 | 501..=504 => PlatformAnswer::empty(status),
            400 => invalid(&[]),
            _ => api_error(status, message),
        }
    }

    fn faults(&self) -> Vec<String> {
        self.state_faults()
    }
}

/// Whether a body says anything of a subscription, at any depth.
fn mentions_a_state(body: &Value) -> bool {
    match body {
        Value::Object(map) => {
            map.contains_key("subscriptionState") || map.values().any(mentions_a_state)
        }
        Value::Array(all) => all.iter().any(mentions_a_state),
        _ => false,
    }
}

/// What every entry has beside its own fields.
fn with_dates(mut entry: Value) -> Value {
    const MADE: &str = "2026-03-02T21:04:11.310Z";
    put(&mut entry, "accountId", json!("Acme001"));
    put(&mut entry, "vendorId", json!("V1"));
    put(&mut entry, "createdDate", json!(MADE));
    put(&mut entry, "lastModifiedDate", json!(MADE));
    entry
}

/// Gives an object one more field.
fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
