//! Lists, and who is on them.

use serde_json::{Value, json};

use super::{
    List, MessageMedia,
    checks::{ids_in, text_in, unknown_keys},
    listing::page_of,
    refusals::{Invalid, api_error, invalid},
    with_dates,
};
use crate::sandbox::platform::{PlatformAnswer, PlatformCall};

/// How many ids a change of a list may name, each way.
const MOST_IDS: usize = 1000;

impl MessageMedia {
    pub(super) fn find_lists(&self, call: &PlatformCall) -> PlatformAnswer {
        let id = call.option("listIds");
        let name = call.option("name");
        let alias = call.option("alias");
        // Exact and with capitals: the hardest reading of a filter that nobody describes.
        let found = self.lists.iter().filter(|list| {
            id.is_none_or(|id| list.id == id)
                && name.is_none_or(|name| list.name == name)
                && alias.is_none_or(|alias| list.alias == alias)
        });
        page_of(
            call,
            self.default_page_size,
            &found.collect::<Vec<_>>(),
            list_data,
        )
    }

    pub(super) fn one_list(&self, id: &str) -> PlatformAnswer {
        match self.lists.iter().find(|list| list.id == id) {
            Some(list) => PlatformAnswer::json(200, list_data(list)),
            None => api_error(404, "There is no list with this id."),
        }
    }

    pub(super) fn create_list(&mut self, call: &PlatformCall) -> PlatformAnswer {
        let body = call.json().unwrap_or(&Value::Null);
        let mut faults = unknown_keys(body, &["name", "alias"]);
        let name = text_in(body, "name").unwrap_or_default();
        if name.trim().is_empty() {
            faults.push(Invalid::new(
                "name",
                "must_not_be_empty",
                "a list needs a name",
            ));
        }
        if !faults.is_empty() {
            return invalid(&faults);
        }
        if self.lists.iter().any(|list| list.name == name) {
            return api_error(409, "A list with this name exists.");
        }
        let list = List {
            id: self.next_id(),
            name: name.to_owned(),
            alias: text_in(body, "alias").unwrap_or_default().to_owned(),
        };
        let answer = list_data(&list);
        self.lists.push(list);
        PlatformAnswer::json(201, answer)
    }

    /// All or nothing.
    pub(super) fn change_list(&mut self, id: &str, call: &PlatformCall) -> PlatformAnswer {
        let body = call.json().unwrap_or(&Value::Null);
        let mut faults = unknown_keys(body, &["contactsToAddIds", "contactsToRemoveIds"]);
        let mut both: Vec<Vec<String>> = Vec::new();
        for name in ["contactsToAddIds", "contactsToRemoveIds"] {
            let ids = ids_in(body, name, &mut faults);
            if ids.len() > MOST_IDS {
                faults.push(Invalid::new(name, "invalid_length", "more than 1000 ids"));
            }
            let unknown: Vec<String> = ids
                .iter()
                .filter(|id| !self.contacts.iter().any(|contact| contact.id == **id))
                .cloned()
                .collect();
            if !unknown.is_empty() {
                faults.push(Invalid {
                    ids: unknown,
                    ..Invalid::new(name, "invalid_reference", "no contact has these ids")
                });
            }
            both.push(ids);
        }
        let Some(list) = self.lists.iter().find(|list| list.id == id) else {
            faults.push(Invalid::new(
                "listId",
                "invalid_reference",
                "no list has this id",
            ));
            return invalid(&faults);
        };
        if !faults.is_empty() {
            return invalid(&faults);
        }
        let answer = list_data(list);
        let sets = both
            .into_iter()
            .map(|ids| ids.into_iter().collect::<std::collections::BTreeSet<_>>());
        let [add, remove] = <[_; 2]>::try_from(sets.collect::<Vec<_>>()).unwrap_or_default();
        for contact in &mut self.contacts {
            if remove.contains(&contact.id) {
                contact.lists.retain(|known| known != id);
            }
            if add.contains(&contact.id) && !contact.lists.iter().any(|known| known == id) {
                contact.lists.push(id.to_owned());
            }
        }
        PlatformAnswer::json(200, answer)
    }
}

fn list_data(list: &List) -> Value {
    with_dates(json!({ "id": list.id, "name": list.name, "alias": list.alias }))
}
