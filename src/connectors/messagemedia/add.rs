//! Adds people: each is found by their number or made as a contact, then all are put on the list together.
//!
//! It must not subscribe anybody: whoever unsubscribed or is blocked is refused.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    api::{CONTACTS, Sent, is_id},
    asked,
    contact::Contact,
    fields::Wish,
    write::{Job, Ready, Trouble, Writer, in_their_order, opted_out, outcome_of, refused, trouble},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, Unwatched, Watch},
        web::Request,
    },
    model::phone::PhoneNumber,
    plan::{
        change::Change,
        outcome::{Outcome, Problem},
    },
};

/// Somebody who is to be added.
pub(super) struct Newcomer {
    phone: PhoneNumber,
    /// The contact, where the plan knew it.
    known: Option<String>,
    wish: Wish,
}

impl Writer {
    /// Adds people; an error means that nothing was changed.
    pub(super) async fn add(
        &mut self,
        list: &str,
        changes: &[Change],
        watch: &dyn Watch,
    ) -> Result<Vec<Outcome>, ConnectorError> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; changes.len()];
        let mut newcomers: Vec<(usize, Newcomer)> = Vec::new();
        let mut first_with: BTreeMap<PhoneNumber, usize> = BTreeMap::new();
        let mut twins: Vec<(usize, usize)> = Vec::new();
        for (at, (change, outcome)) in changes.iter().zip(&mut outcomes).enumerate() {
            match self.newcomer(change) {
                Err(refused) => *outcome = Some(refused),
                Ok(newcomer) => match first_with.get(&newcomer.phone) {
                    Some(first) => twins.push((at, *first)),
                    None => {
                        first_with.insert(newcomer.phone.clone(), at);
                        newcomers.push((at, newcomer));
                    }
                },
            }
        }
        let mut waits = self.api.web.start();
        self.need_block_list(&mut waits).await?;
        let tags = newcomers
            .iter()
            .flat_map(|(_, newcomer)| newcomer.wish.custom.keys());
        let missing = self.need_custom_fields(tags.collect(), &mut waits).await?;
        let strangers = newcomers.iter().filter(|(_, one)| one.known.is_none());
        self.meet_everyone(strangers.count(), &mut waits).await?;

        let (able, unable): (Vec<_>, Vec<_>) = newcomers.into_iter().partition(|(_, newcomer)| {
            let mut tags = newcomer.wish.custom.keys();
            !tags.any(|tag| missing.contains_key(tag))
        });
        for (at, newcomer) in unable {
            let mut tags = newcomer.wish.custom.keys();
            let error = tags.find_map(|tag| missing.get(tag));
            set(&mut outcomes, at, error.map(outcome_of));
        }
        let jobs = able
            .into_iter()
            .map(|(at, newcomer)| (at, Job::Newcomer(newcomer)));
        let mut to_be_added: Vec<(usize, String)> = Vec::new();
        for (at, ready) in self.in_parallel(jobs.collect(), watch).await {
            match ready {
                Ready::Done(outcome) => set(&mut outcomes, at, Some(outcome)),
                Ready::ToBeAdded(id) => to_be_added.push((at, id)),
            }
        }
        if self.asked_to_wait.is_some() {
            // Those who became contacts are found by the next run.
            to_be_added.clear();
        }
        let ids: BTreeSet<&str> = to_be_added.iter().map(|(_, id)| id.as_str()).collect();
        let settled = self.settle(list, true, &ids, &mut waits).await;
        for (at, id) in &to_be_added {
            set(&mut outcomes, *at, settled.get(id.as_str()).cloned());
        }
        for (at, first) in twins {
            let outcome = outcomes.get(first).cloned().flatten();
            set(&mut outcomes, at, outcome);
        }
        Ok(in_their_order(outcomes))
    }

    fn newcomer(&self, change: &Change) -> Result<Newcomer, Outcome> {
        let member = &change.member;
        let Some(phone) = member.phones.first() else {
            return Err(refused(
                "no-key",
                "there is no phone number to be added by",
                "map an attribute with a mobile number to `phone_number`",
            ));
        };
        let mut wish = Wish::of_newcomer(&member.attributes)
            .map_err(|(code, message, help)| refused(code, message, help))?;
        if let (Some(tag), Some(id)) = (&self.api.object_id_field, &member.directory_id) {
            wish.custom
                .insert(tag.clone(), Some(id.as_str().to_owned()));
        }
        let known = member.id.as_ref().map(|id| id.as_str().to_owned());
        Ok(Newcomer {
            phone: phone.clone(),
            known: known.filter(|id| is_id(id)),
            wish,
        })
    }

    /// Reads all contacts of the account, when that takes fewer requests than to look so many people up.
    async fn meet_everyone(
        &mut self,
        strangers: usize,
        waits: &mut Waits,
    ) -> Result<(), ConnectorError> {
        if self.by_phone.is_some() || strangers < 3 {
            return Ok(());
        }
        let one = Request::get(CONTACTS).query("pageSize", "1");
        let page = self.api.page(&one, None, "read contacts", waits).await?;
        let pages = page
            .total
            .map(|total| total.div_ceil(self.api.page_size.into()));
        let is_worth_it = pages
            .and_then(|pages| usize::try_from(pages).ok())
            .is_some_and(|pages| pages < strangers);
        if is_worth_it {
            let take = |json: &serde_json::Value| {
                let contact = Contact::from_json(json)?;
                let phones: Vec<PhoneNumber> = contact.phones().collect();
                Ok((contact.id, phones))
            };
            let everyone = self.api.contacts(take, &Unwatched, waits).await?;
            // Where this is not all, people are looked up one by one.
            if everyone.doubt.is_none() {
                let mut by_phone: BTreeMap<PhoneNumber, Vec<String>> = BTreeMap::new();
                for (id, phones) in everyone.elements {
                    for phone in phones {
                        by_phone.entry(phone).or_default().push(id.clone());
                    }
                }
                self.by_phone = Some(by_phone);
            }
        }
        Ok(())
    }

    /// The contact of a newcomer as it has to be, found or made.
    pub(super) async fn make_ready(
        &self,
        newcomer: &Newcomer,
        waits: &mut Waits,
    ) -> Result<Ready, Trouble> {
        if self.is_blocked(&newcomer.phone) {
            return Err(Trouble::This(opted_out()));
        }
        match self.find(newcomer, waits).await? {
            Some(contact) => self.with_fields(newcomer, &contact, waits).await,
            None => self.make(newcomer, waits).await,
        }
    }

    /// The contact with the newcomer's number.
    async fn find(
        &self,
        newcomer: &Newcomer,
        waits: &mut Waits,
    ) -> Result<Option<Contact>, Trouble> {
        let listed = self.by_phone.as_ref();
        let listed = listed.map(|all| all.get(&newcomer.phone).map_or(&[][..], Vec::as_slice));
        let id = match (&newcomer.known, listed) {
            (Some(id), _) => Some(id),
            (None, Some([id])) => Some(id),
            (None, Some([])) => return Ok(None),
            (None, _) => None,
        };
        if let Some(id) = id {
            let contact = self.api.contact(id, waits).await.map_err(trouble)?;
            // One that has another number by now is somebody else's.
            if let Some(contact) = contact.filter(|contact| contact.has_phone(&newcomer.phone)) {
                return Ok(Some(contact));
            }
        }
        self.look_up(&newcomer.phone, waits).await
    }

    /// The one contact that is reached on a number.
    pub(super) async fn look_up(
        &self,
        phone: &PhoneNumber,
        waits: &mut Waits,
    ) -> Result<Option<Contact>, Trouble> {
        let listing = self.api.contacts_with(phone, waits).await;
        let listing = listing.map_err(trouble)?;
        let mut found = listing.elements;
        if found.iter().any(|contact| self.is_opted_out(contact)) {
            return Err(Trouble::This(opted_out()));
        }
        if found.len() > 1 {
            return Err(Trouble::This(refused(
                "several-contacts",
                format!("{} contacts have this number", found.len()),
                "merge them in MessageMedia",
            )));
        }
        if let Some(doubt) = listing.doubt {
            // Whoever was not seen may have unsubscribed.
            return Err(Trouble::This(Outcome::Failed(Problem {
                code: "not-seen".to_owned(),
                message: format!("it is not known who has this number: {doubt}"),
                help: Some("the next run looks again".to_owned()),
            })));
        }
        Ok(found.pop())
    }

    pub(super) fn is_opted_out(&self, contact: &Contact) -> bool {
        let blocked = self.blocked.as_ref();
        blocked.is_none_or(|blocked| contact.opted_out(blocked))
    }

    /// A contact that is there gets the fields that the newcomer shall have.
    async fn with_fields(
        &self,
        newcomer: &Newcomer,
        contact: &Contact,
        waits: &mut Waits,
    ) -> Result<Ready, Trouble> {
        if self.is_opted_out(contact) {
            return Err(Trouble::This(opted_out()));
        }
        if !newcomer.wish.is_held_by(contact) {
            self.change(contact, &newcomer.wish, waits).await?;
        }
        let list = self.list.as_deref().unwrap_or_default();
        Ok(match contact.is_on(list) {
            Some(true) => Ready::Done(Outcome::AlreadySo),
            _ => Ready::ToBeAdded(contact.id.clone()),
        })
    }

    /// Makes a contact. After an answer that tells nothing it is looked for before it is made again.
    async fn make(&self, newcomer: &Newcomer, waits: &mut Waits) -> Result<Ready, Trouble> {
        let body = newcomer
            .wish
            .new_contact(&newcomer.phone, self.custom_ids());
        loop {
            let (asked, unsettled) = match self.api.create_contact(body.clone(), waits).await {
                Sent::Done(answer) => match Contact::from_json(&answer) {
                    // The platform remembers the wish of a number whose contact is long gone.
                    Ok(contact) if self.is_opted_out(&contact) => {
                        return Err(Trouble::This(opted_out()));
                    }
                    Ok(contact) => return Ok(Ready::ToBeAdded(contact.id)),
                    Err(error) => (None, trouble(error)),
                },
                Sent::Refused(error) => return Err(trouble(error)),
                Sent::Conflict => (None, Trouble::This(taken())),
                Sent::Unknown(error) => (asked(&error), trouble(error)),
            };
            if let Some(contact) = self.look_up(&newcomer.phone, waits).await? {
                return self.with_fields(newcomer, &contact, waits).await;
            }
            if matches!(unsettled, Trouble::This(_)) {
                return Err(unsettled);
            }
            match waits.next(asked) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(unsettled),
            }
        }
    }
}

fn set(outcomes: &mut [Option<Outcome>], at: usize, outcome: Option<Outcome>) {
    if let Some(slot) = outcomes.get_mut(at) {
        *slot = outcome;
    }
}

fn taken() -> Outcome {
    refused(
        "conflict",
        "MessageMedia says that the contact is there already, and shows none with this number",
        "look whether another contact has the same alias",
    )
}
