//! Who is on the list: changed many at a time, and looked at again, for the answer says nothing of each.
//!
//! It must not change contacts: whoever is taken off a list stays a contact.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    api::{CONTACTS, Sent, is_id},
    asked,
    contact::Contact,
    write::{Writer, after, in_their_order, outcome_of, refused},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, Unwatched, Watch},
    },
    plan::{
        change::Change,
        outcome::{Outcome, Problem},
    },
};

/// The contract takes no more ids at a time.
const MOST_AT_A_TIME: usize = 1000;

/// What was seen of some contacts.
struct Seen {
    on: BTreeSet<String>,
    off: BTreeSet<String>,
}

impl Writer {
    /// Takes people off the list; an error means that nothing was changed.
    pub(super) async fn remove(
        &mut self,
        list: &str,
        changes: &[Change],
        watch: &dyn Watch,
    ) -> Result<Vec<Outcome>, ConnectorError> {
        let ids: Vec<Option<&str>> = changes
            .iter()
            .map(|change| change.member.id.as_ref().map(|id| id.as_str()))
            .map(|id| id.filter(|id| is_id(id)))
            .collect();
        let wanted: BTreeSet<&str> = ids.iter().copied().flatten().collect();
        let mut waits = self.api.web.start();
        let off: BTreeSet<String> = match &self.on_list {
            Some(on) => {
                let off = wanted.iter().filter(|id| !on.contains(**id));
                off.map(|id| (*id).to_owned()).collect()
            }
            None => self.look(list, &wanted, &mut waits).await?.off,
        };
        let still_on: BTreeSet<&str> = wanted
            .iter()
            .copied()
            .filter(|id| !off.contains(*id))
            .collect();
        let settled = self.settle(list, false, &still_on, &mut waits).await;
        let outcomes = ids.iter().map(|id| {
            let Some(id) = id else {
                return Some(refused(
                    "no-id",
                    "the contact of this member is not known",
                    "take it off the list in MessageMedia",
                ));
            };
            if off.contains(*id) {
                return Some(Outcome::AlreadySo);
            }
            settled.get(*id).cloned()
        });
        watch.progress("members removed", changes.len(), Some(changes.len()));
        Ok(in_their_order(outcomes.collect()))
    }

    /// Puts contacts on the list, or takes them off, and looks what became of each.
    pub(super) async fn settle(
        &mut self,
        list: &str,
        adding: bool,
        ids: &BTreeSet<&str>,
        waits: &mut Waits,
    ) -> BTreeMap<String, Outcome> {
        let mut outcomes: BTreeMap<String, Outcome> = BTreeMap::new();
        // What was sent, and why it is not certain to have been done.
        let mut sent: BTreeMap<&str, Option<ConnectorError>> = BTreeMap::new();
        let ids: Vec<&str> = ids.iter().copied().collect();
        let mut open: Vec<Vec<&str>> = ids.chunks(MOST_AT_A_TIME).map(<[_]>::to_vec).collect();
        while let Some(piece) = open.pop() {
            match self.api.change_list(list, adding, &piece, waits).await {
                Sent::Done(_) => sent.extend(piece.into_iter().map(|id| (id, None))),
                Sent::Unknown(error) => {
                    let is_over = matches!(error.kind, ErrorKind::Unavailable(_));
                    self.asked_to_wait = asked(&error).or(self.asked_to_wait);
                    sent.extend(piece.into_iter().map(|id| (id, Some(error.clone()))));
                    if is_over {
                        let rest = open.drain(..).flatten();
                        outcomes.extend(rest.map(|id| (id.to_owned(), after(&error))));
                    }
                }
                Sent::Refused(error) if error.kind == ErrorKind::BadData && piece.len() > 1 => {
                    // One of them may be the reason: a contact that was deleted meanwhile.
                    let (left, right) = piece.split_at(piece.len() / 2);
                    open.extend([right.to_vec(), left.to_vec()]);
                }
                Sent::Refused(error) => {
                    let outcome = outcome_of(&error);
                    outcomes.extend(piece.into_iter().map(|id| (id.to_owned(), outcome.clone())));
                }
                Sent::Conflict => sent.extend(piece.into_iter().map(|id| (id, None))),
            }
        }
        let looked_at: BTreeSet<&str> = sent.keys().copied().collect();
        if looked_at.is_empty() {
            return outcomes;
        }
        let seen = self.look(list, &looked_at, waits).await;
        for (id, error) in sent {
            let outcome = match &seen {
                Ok(seen) if adding && seen.on.contains(id) => Outcome::Applied,
                Ok(seen) if !adding && seen.off.contains(id) => Outcome::Applied,
                Ok(_) => error.as_ref().map_or_else(|| unconfirmed(None), outcome_of),
                Err(problem) => {
                    self.asked_to_wait = asked(problem).or(self.asked_to_wait);
                    unconfirmed(Some(problem))
                }
            };
            outcomes.insert(id.to_owned(), outcome);
        }
        outcomes
    }

    /// Looks which of these contacts are on the list: at all of the list, or at each of them, whichever takes fewer
    /// requests. Who is in neither set was not seen well enough.
    async fn look(
        &mut self,
        list: &str,
        ids: &BTreeSet<&str>,
        waits: &mut Waits,
    ) -> Result<Seen, ConnectorError> {
        let request = self.api.listing(CONTACTS).query("listIds", list);
        let first = self
            .api
            .page(&request, None, "read the list", waits)
            .await?;
        let size: u64 = self.api.page_size.into();
        let pages = first.total.map_or(u64::MAX, |total| total.div_ceil(size));
        let pages = usize::try_from(pages).unwrap_or(usize::MAX);
        if first.next.is_some() && pages > ids.len().saturating_add(1) {
            return self.look_at_each(list, ids, waits).await;
        }
        let (on, doubt) =
            if first.next.is_none() && first.total == Some(first.elements.len() as u64) {
                let contacts: Result<Vec<Contact>, _> =
                    first.elements.iter().map(Contact::from_json).collect();
                (contacts?, None)
            } else {
                let read = self.api.contacts_on(list, &Unwatched, waits).await?;
                (read.elements, read.doubt)
            };
        let on: BTreeSet<String> = on
            .into_iter()
            .filter(|contact| contact.is_on(list) != Some(false))
            .map(|contact| contact.id)
            .collect();
        let is_whole = doubt.is_none();
        let off = ids.iter().filter(|id| is_whole && !on.contains(**id));
        let off = off.map(|id| (*id).to_owned()).collect();
        self.on_list = is_whole.then(|| on.clone());
        Ok(Seen { on, off })
    }

    async fn look_at_each(
        &mut self,
        list: &str,
        ids: &BTreeSet<&str>,
        waits: &mut Waits,
    ) -> Result<Seen, ConnectorError> {
        let mut seen = Seen {
            on: BTreeSet::new(),
            off: BTreeSet::new(),
        };
        for id in ids {
            let contact = self.api.contact(id, waits).await?;
            match contact.map(|contact| contact.is_on(list)) {
                Some(Some(true)) => seen.on.insert((*id).to_owned()),
                // A contact that is gone is on no list.
                None | Some(Some(false)) => seen.off.insert((*id).to_owned()),
                Some(None) => false,
            };
        }
        if let Some(on_list) = &mut self.on_list {
            on_list.retain(|id| !seen.off.contains(id));
            on_list.extend(seen.on.iter().cloned());
        }
        Ok(seen)
    }
}

/// What was taken, and does not show.
fn unconfirmed(problem: Option<&ConnectorError>) -> Outcome {
    let why = match problem {
        Some(problem) => format!("the list could not be read again: {}", problem.message),
        None => "the list does not show it".to_owned(),
    };
    Outcome::Failed(Problem {
        code: "not-confirmed".to_owned(),
        message: format!("MessageMedia took the change, but {why}"),
        help: Some("the next run looks again".to_owned()),
    })
}
