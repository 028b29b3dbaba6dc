//! Contacts: found, made and changed.

use serde_json::{Value, json};

use super::{
    Channel, Contact, CustomValue, MessageMedia,
    checks::{array_in, contact_faults, text_in},
    listing::page_of,
    put,
    refusals::{api_error, invalid},
    with_dates,
};
use crate::sandbox::platform::{PlatformAnswer, PlatformCall};

impl MessageMedia {
    pub(super) fn find_contacts(&self, call: &PlatformCall) -> PlatformAnswer {
        let option = |name: &str| call.option(name);
        let (list, id) = (option("listIds"), option("contactIds"));
        let (channel, kind) = (option("channelIds"), option("channelTypes"));
        let state = option("channelSubscriptionState");
        let found = self.contacts.iter().filter(|contact| {
            let has = |wanted: Option<&str>, of: &dyn Fn(&Channel) -> Option<&str>| {
                wanted
                    .is_none_or(|wanted| contact.channels.iter().any(|one| of(one) == Some(wanted)))
            };
            list.is_none_or(|list| contact.lists.iter().any(|known| known == list))
                && id.is_none_or(|id| contact.id == id)
                && has(channel, &|one| Some(&one.channel_id))
                && has(kind, &|one| Some(&one.kind))
                && has(state, &|one| one.subscription_state.as_deref())
        });
        page_of(
            call,
            self.default_page_size,
            &found.collect::<Vec<_>>(),
            |contact| self.contact_data(contact),
        )
    }

    pub(super) fn one_contact(&self, id: &str) -> PlatformAnswer {
        match self.contacts.iter().find(|contact| contact.id == id) {
            Some(contact) => PlatformAnswer::json(200, self.contact_data(contact)),
            None => api_error(404, "There is no contact with this id."),
        }
    }

    pub(super) fn create_contact(&mut self, call: &PlatformCall) -> PlatformAnswer {
        let body = call.json().unwrap_or(&Value::Null);
        let mut faults = contact_faults(self, body);
        if array_in(body, "channels").is_none_or(Vec::is_empty) {
            faults.push(super::refusals::Invalid::new(
                "channels",
                "must_not_be_empty",
                "a contact needs a channel",
            ));
        }
        if !faults.is_empty() {
            return invalid(&faults);
        }
        let mut contact = Contact {
            id: self.next_id(),
            ..Contact::default()
        };
        self.apply(&mut contact, body);
        if self.is_taken(&contact) {
            return api_error(409, "A contact with this channel exists.");
        }
        let answer = self.contact_data(&contact);
        self.contacts.push(contact);
        PlatformAnswer::json(201, answer)
    }

    pub(super) fn change_contact(&mut self, id: &str, call: &PlatformCall) -> PlatformAnswer {
        let Some(at) = self.contacts.iter().position(|contact| contact.id == id) else {
            return api_error(404, "There is no contact with this id.");
        };
        let body = call.json().unwrap_or(&Value::Null);
        let faults = contact_faults(self, body);
        if !faults.is_empty() {
            return invalid(&faults);
        }
        let Some(mut contact) = self.contacts.get(at).cloned() else {
            return api_error(404, "There is no contact with this id.");
        };
        self.apply(&mut contact, body);
        if self.is_taken(&contact) {
            return api_error(409, "A contact with this channel exists.");
        }
        let answer = self.contact_data(&contact);
        if let Some(place) = self.contacts.get_mut(at) {
            *place = contact;
        }
        PlatformAnswer::json(200, answer)
    }

    /// Texts that are sent are set, empty ones too; arrays that are sent replace what was there.
    fn apply(&self, contact: &mut Contact, body: &Value) {
        let texts = [
            ("firstName", &mut contact.first_name),
            ("lastName", &mut contact.last_name),
            ("alias", &mut contact.alias),
            ("country", &mut contact.country),
            ("state", &mut contact.state),
            ("location", &mut contact.location),
            ("note", &mut contact.note),
            ("dateOfBirth", &mut contact.date_of_birth),
        ];
        for (name, place) in texts {
            if let Some(text) = text_in(body, name) {
                *place = text.to_owned();
            }
        }
        if let Some(channels) = array_in(body, "channels") {
            let before = std::mem::take(&mut contact.channels);
            contact.channels = channels
                .iter()
                .map(|channel| self.channel(channel, &before))
                .collect();
        }
        if let Some(lists) = array_in(body, "lists") {
            let ids = lists.iter().filter_map(|list| text_in(list, "id"));
            contact.lists = ids.map(str::to_owned).collect();
        }
        if let Some(fields) = array_in(body, "customFields") {
            let fields = fields.iter().filter_map(|field| {
                Some(CustomValue {
                    id: text_in(field, "id")?.to_owned(),
                    value: text_in(field, "value")?.to_owned(),
                })
            });
            contact.custom_fields = fields.collect();
        }
    }

    /// What a request says of a subscription holds; else what is known of the channel, or of the number; else it is on.
    fn channel(&self, channel: &Value, before: &[Channel]) -> Channel {
        let id = text_in(channel, "channelId").unwrap_or_default();
        let kind = text_in(channel, "type").unwrap_or_default();
        let known = before
            .iter()
            .find(|one| one.channel_id == id && one.kind == kind);
        let remembered = self
            .remembered_unsubscribed
            .iter()
            .any(|number| number == id);
        let state = match (text_in(channel, "subscriptionState"), known) {
            (Some(state), _) => state.to_owned(),
            (
                None,
                Some(Channel {
                    subscription_state: Some(state),
                    ..
                }),
            ) => state.clone(),
            (None, _) if remembered => "UNSUBSCRIBED".to_owned(),
            (None, _) => "SUBSCRIBED".to_owned(),
        };
        Channel {
            channel_id: id.to_owned(),
            kind: kind.to_owned(),
            subscription_state: Some(state),
        }
    }

    /// Whether another contact has one of the numbers already.
    fn is_taken(&self, contact: &Contact) -> bool {
        let sms = |contact: &Contact| -> Vec<String> {
            let channels = contact.channels.iter();
            let sms = channels.filter(|channel| channel.kind == "SMS");
            sms.map(|channel| channel.channel_id.clone()).collect()
        };
        let wanted = sms(contact);
        self.contacts
            .iter()
            .filter(|other| other.id != contact.id)
            .any(|other| sms(other).iter().any(|number| wanted.contains(number)))
    }

    fn contact_data(&self, contact: &Contact) -> Value {
        let lists: Vec<Value> = contact
            .lists
            .iter()
            .filter_map(|id| self.lists.iter().find(|list| list.id == *id))
            .map(|list| json!({ "id": list.id, "name": list.name }))
            .collect();
        let fields: Vec<Value> = contact
            .custom_fields
            .iter()
            .filter_map(|value| {
                let mut fields = self.custom_fields.iter();
                let field = fields.find(|field| field.id == value.id)?;
                Some(json!({
                    "id": field.id, "mergeTag": field.merge_tag, "value": value.value, "type": field.kind,
                }))
            })
            .collect();
        let full = format!("{} {}", contact.first_name, contact.last_name);
        let mut data = json!({
            "id": contact.id, "firstName": contact.first_name, "lastName": contact.last_name,
            "fullName": full.trim(), "alias": contact.alias, "country": contact.country,
            "state": contact.state, "location": contact.location, "note": contact.note,
            "channels": contact.channels, "lists": lists, "customFields": fields,
        });
        if !contact.date_of_birth.is_empty() {
            put(&mut data, "dateOfBirth", json!(contact.date_of_birth));
        }
        with_dates(data)
    }
}
