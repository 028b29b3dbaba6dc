//! The lists of a server: read, found by name or id, and told from those that people join and leave themselves.
//!
//! It must not know who is on a list.

use async_trait::async_trait;
use serde_json::Value;

use super::{
    api::{Api, PLATFORM},
    pages::{self, Envelope, Listing, Wanted},
};
use crate::connectors::{
    http::Waits,
    ports::{ConnectorError, ErrorKind, KnownList, Lists, Watch},
    web::Heard,
};

/// What the published description asks for.
const PUBLISHED: &str = "ID,Name";
/// The same with the mark of subscription lists, which only the vendor's help pages know.
const WITH_MARKS: &str = "ID,Name,IsNewsletter";

/// One list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct List {
    /// Its id.
    pub(super) id: i32,
    /// Its name; may be empty.
    pub(super) name: String,
    /// Whether people join and leave it themselves.
    pub(super) is_subscription: bool,
}

/// All lists of a server.
#[derive(Debug)]
pub(super) struct AllLists {
    /// In the order in which they came.
    pub(super) lists: Vec<List>,
    /// Whether the server shows which lists are subscription lists.
    pub(super) shows_marks: bool,
    /// Why these may not be all.
    pub(super) doubt: Option<String>,
    /// The form of the server's answers.
    pub(super) envelope: Envelope,
}

/// Why nothing is written to a subscription list.
pub(super) fn read_only(name: &str) -> String {
    format!(
        "people join and leave the subscription list `{name}` themselves, and a sync would undo what they chose; make \
         it the source of a one-way sync"
    )
}

/// Reads all lists.
pub(super) async fn all(
    api: &Api,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<AllLists, ConnectorError> {
    let marked = wanted(WITH_MARKS);
    let (listing, shows_marks) = match api.ask(&marked.first().unrepeated(), waits).await {
        // A server that does not know the mark says so in one of these ways; one that stumbled does too.
        Ok(heard) if may_not_know_marks(heard.status) => {
            let published = read(api, &wanted(PUBLISHED), waits, watch).await?;
            let again = match heard.status {
                500 => Some(api.ask(&marked.first().unrepeated(), waits).await?),
                _ => None,
            };
            match again.filter(|heard| !may_not_know_marks(heard.status)) {
                Some(heard) => (pages_of(api, &marked, heard, waits, watch).await?, true),
                None => (published, false),
            }
        }
        Ok(heard) if !heard.is_uncertain() => {
            (pages_of(api, &marked, heard, waits, watch).await?, true)
        }
        // Without an answer nothing is known of the mark, and a list must not lose it: asked again, with patience.
        Ok(_) => (read(api, &marked, waits, watch).await?, true),
        Err(error) if error.kind == ErrorKind::Unavailable(None) => {
            (read(api, &marked, waits, watch).await?, true)
        }
        Err(error) => return Err(error),
    };
    AllLists::of(listing, shows_marks, &api.settings.subscription_lists)
}

/// Reads the lists the way the published description has it, without the mark of subscription lists.
pub(super) fn published() -> Wanted<'static> {
    wanted(PUBLISHED)
}

async fn read(
    api: &Api,
    wanted: &Wanted<'_>,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<Listing, ConnectorError> {
    let heard = api.ask(&wanted.first(), waits).await?;
    pages_of(api, wanted, heard, waits, watch).await
}

async fn pages_of(
    api: &Api,
    wanted: &Wanted<'_>,
    first: Heard,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<Listing, ConnectorError> {
    if first.status == 404 {
        return Err(api.nothing_there(&first, wanted.doing));
    }
    pages::read(api, wanted, first, waits, watch).await
}

fn wanted(properties: &'static str) -> Wanted<'static> {
    Wanted {
        path: "Lists",
        select: Some(properties),
        doing: "reading the lists",
        counted: "lists read",
    }
}

fn may_not_know_marks(status: u16) -> bool {
    matches!(status, 400 | 500 | 501)
}

impl AllLists {
    fn of(
        listing: Listing,
        shows_marks: bool,
        subscriptions: &[String],
    ) -> Result<Self, ConnectorError> {
        let lists = listing.objects.iter().map(|object| {
            let mut list = List::of(object)?;
            list.is_subscription |= subscriptions.iter().any(|named| list.is_called(named));
            Ok(list)
        });
        Ok(Self {
            lists: lists.collect::<Result<_, _>>()?,
            shows_marks,
            doubt: listing.doubt,
            envelope: listing.envelope,
        })
    }

    /// The list that a definition calls so, by its name or its id; `None` when it is proven not to be there.
    pub(super) fn find(&self, called: &str) -> Result<Option<&List>, ConnectorError> {
        let found: Vec<&List> = self
            .lists
            .iter()
            .filter(|list| list.is_called(called))
            .collect();
        match (found.as_slice(), &self.doubt) {
            ([one], _) => Ok(Some(one)),
            // Not seen is not the same as not there: a second list of this name would be made.
            ([], Some(doubt)) => {
                let message =
                    format!("reading the lists: {doubt}, and `{called}` is not among them");
                Err(ConnectorError::new(ErrorKind::BadData, message))
            }
            ([], None) => Ok(None),
            (several, _) => {
                let ids: Vec<String> = several
                    .iter()
                    .map(|list| format!("`{}`", list.id))
                    .collect();
                let message = format!("{} lists are called `{called}`", several.len());
                Err(ConnectorError::new(ErrorKind::Ambiguous, message)
                    .help(format!("name the list by its id: {}", ids.join(", "))))
            }
        }
    }
}

impl List {
    fn of(object: &Value) -> Result<Self, ConnectorError> {
        let id = object.get("ID").and_then(Value::as_i64);
        let id = id.and_then(|id| i32::try_from(id).ok());
        let name = object.get("Name").and_then(Value::as_str);
        Ok(Self {
            id: id.ok_or_else(|| {
                let message = format!("reading the lists: {PLATFORM} showed a list without an id");
                ConnectorError::new(ErrorKind::BadData, message)
            })?,
            name: name.unwrap_or_default().trim().to_owned(),
            is_subscription: object.get("IsNewsletter").is_some_and(is_truthy),
        })
    }

    /// Whether a definition that says so means this list.
    fn is_called(&self, called: &str) -> bool {
        let called = called.trim();
        called.parse() == Ok(self.id) || self.name.to_lowercase() == called.to_lowercase()
    }
}

/// Flags come as a number in one generation and as yes or no in another.
pub(super) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(
            text.trim().to_ascii_lowercase().as_str(),
            "" | "0" | "false" | "no"
        ),
        _ => false,
    }
}

/// Names the lists.
pub(super) struct Names(pub(super) Api);

#[async_trait]
impl Lists for Names {
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError> {
        let all = all(&self.0, &mut self.0.start(), watch).await?;
        if let Some(doubt) = all.doubt {
            let message = format!("reading the lists: {doubt}");
            return Err(ConnectorError::new(ErrorKind::BadData, message));
        }
        let known = all.lists.into_iter().map(|list| KnownList {
            note: list
                .is_subscription
                .then(|| "subscription list: can only be read".to_owned()),
            name: list.name,
            id: Some(list.id.to_string()),
        });
        Ok(KnownList::sorted(known.collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lists(objects: Vec<Value>, doubt: Option<&str>) -> AllLists {
        let listing = Listing {
            objects,
            doubt: doubt.map(str::to_owned),
            envelope: Envelope::Three,
        };
        AllLists::of(listing, true, &["7".to_owned(), "mixed Case".to_owned()]).unwrap()
    }

    #[test]
    fn a_list_is_found_by_its_name_or_its_id_and_never_by_a_guess() {
        let all = lists(
            vec![
                json!({"ID": 1, "Name": "Staff "}),
                json!({"ID": 2, "Name": "Twice"}),
                json!({"ID": 3, "Name": "twice"}),
                json!({"ID": 4, "Name": "1"}),
                json!({"ID": 5, "Name": null, "New": {}}),
            ],
            None,
        );
        let id = |called: &str| all.find(called).map(|found| found.map(|list| list.id));
        assert_eq!(id(" STAFF"), Ok(Some(1)));
        assert_eq!(id("2"), Ok(Some(2)));
        assert_eq!(id("Staf"), Ok(None));
        for called in ["Twice", "1"] {
            let error = id(called).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Ambiguous, "{called}");
        }
        let help = id("twice").unwrap_err().help.unwrap();
        assert!(help.contains("`2`, `3`"), "{help}");
        let unsure = lists(vec![json!({"ID": 1, "Name": "Staff"})], Some("counts 2"));
        assert_eq!(unsure.find("Other").unwrap_err().kind, ErrorKind::BadData);
        assert!(unsure.find("staff").unwrap().is_some());
    }

    #[test]
    fn subscription_lists_are_known_by_their_mark_or_by_the_settings() {
        let all = lists(
            vec![
                json!({"ID": 1, "Name": "a", "IsNewsletter": 1}),
                json!({"ID": 2, "Name": "b", "IsNewsletter": true}),
                json!({"ID": 3, "Name": "c", "IsNewsletter": 0}),
                json!({"ID": 4, "Name": "d", "IsNewsletter": null}),
                json!({"ID": 5, "Name": "e"}),
                json!({"ID": 6, "Name": "Mixed case"}),
                json!({"ID": 7, "Name": "f", "IsNewsletter": "0"}),
            ],
            None,
        );
        let subscriptions: Vec<i32> = all
            .lists
            .iter()
            .filter(|list| list.is_subscription)
            .map(|list| list.id)
            .collect();
        assert_eq!(subscriptions, [1, 2, 6, 7]);
    }

    #[test]
    fn a_list_without_an_id_is_no_list() {
        let broken = Listing {
            objects: vec![json!({"Name": "Staff"})],
            ..Listing::default()
        };
        let error = AllLists::of(broken, true, &[]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData);
    }
}
