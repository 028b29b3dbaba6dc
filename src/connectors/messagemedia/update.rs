//! Changes fields of contacts: each is read, altered, and sent back as far as it was read.
//!
//! It must not touch a subscription, nor who is on which list.

use super::{
    api::{Sent, is_id},
    contact::Contact,
    fields::Wish,
    write::{Job, Ready, Trouble, Writer, in_their_order, opted_out, outcome_of, refused, trouble},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, Watch},
    },
    plan::{
        change::{Action, Change},
        outcome::{Outcome, Problem},
    },
};

/// A contact whose fields change.
pub(super) struct Renewal {
    contact: String,
    wish: Wish,
}

impl Writer {
    /// Changes fields; an error means that nothing was changed.
    pub(super) async fn update(
        &mut self,
        changes: &[Change],
        watch: &dyn Watch,
    ) -> Result<Vec<Outcome>, ConnectorError> {
        let renewals: Vec<Result<Renewal, Outcome>> = changes.iter().map(renewal).collect();
        let mut waits = self.api.web.start();
        let wishes = || renewals.iter().flatten().map(|renewal| &renewal.wish);
        if wishes().any(|wish| wish.phone.is_some()) {
            self.need_block_list(&mut waits).await?;
        }
        let tags = wishes().flat_map(|wish| wish.custom.keys());
        let missing = self.need_custom_fields(tags.collect(), &mut waits).await?;
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(changes.len());
        let mut jobs = Vec::new();
        for (at, renewal) in renewals.into_iter().enumerate() {
            let renewal = renewal.and_then(|renewal| {
                let mut tags = renewal.wish.custom.keys();
                match tags.find_map(|tag| missing.get(tag)) {
                    Some(error) => Err(outcome_of(error)),
                    None => Ok(renewal),
                }
            });
            match renewal {
                Ok(renewal) => {
                    outcomes.push(None);
                    jobs.push((at, Job::Renewal(renewal)));
                }
                Err(outcome) => outcomes.push(Some(outcome)),
            }
        }
        for (at, ready) in self.in_parallel(jobs, watch).await {
            if let (Some(slot), Ready::Done(outcome)) = (outcomes.get_mut(at), ready) {
                *slot = Some(outcome);
            }
        }
        Ok(in_their_order(outcomes))
    }

    /// Brings one contact to hold what it shall.
    pub(super) async fn renew(
        &self,
        renewal: &Renewal,
        waits: &mut Waits,
    ) -> Result<Outcome, Trouble> {
        let contact = self.api.contact(&renewal.contact, waits).await;
        let Some(contact) = contact.map_err(trouble)? else {
            return Err(Trouble::This(refused(
                "not-found",
                "the contact was deleted since it was read",
                "the next run sees the list as it is now",
            )));
        };
        if renewal.wish.is_held_by(&contact) {
            return Ok(Outcome::AlreadySo);
        }
        if let Some(phone) = &renewal.wish.phone
            && !contact.has_phone(phone)
        {
            if self.is_blocked(phone) || self.is_opted_out(&contact) {
                return Err(Trouble::This(opted_out()));
            }
            if self.look_up(phone, waits).await?.is_some() {
                return Err(Trouble::This(refused(
                    "number-taken",
                    "another contact has this number",
                    "merge the two in MessageMedia",
                )));
            }
        }
        self.change(&contact, &renewal.wish, waits).await?;
        Ok(Outcome::Applied)
    }

    /// Sends what has to change of a contact that was read just now, and sees that it was kept.
    pub(super) async fn change(
        &self,
        contact: &Contact,
        wish: &Wish,
        waits: &mut Waits,
    ) -> Result<(), Trouble> {
        let body = wish
            .changed_contact(contact, self.custom_ids())
            .map_err(|(code, message, help)| Trouble::This(refused(code, message, help)))?;
        let (answered, error) = match self.api.change_contact(&contact.id, body, waits).await {
            Sent::Done(answer) => (Contact::from_json(&answer).ok(), None),
            Sent::Refused(error) => return Err(trouble(error)),
            Sent::Conflict => {
                return Err(Trouble::This(refused(
                    "conflict",
                    "MessageMedia says that another contact has this already",
                    "look for a second contact with the same number or alias",
                )));
            }
            Sent::Unknown(error) => (None, Some(error)),
        };
        let now = match (answered, error) {
            (Some(contact), _) => Some(contact),
            (None, Some(error)) if error.kind != ErrorKind::BadData => {
                return Err(trouble(error));
            }
            (None, _) => self
                .api
                .contact(&contact.id, waits)
                .await
                .map_err(trouble)?,
        };
        match now {
            Some(now) if wish.is_held_by(&now) => Ok(()),
            _ => Err(Trouble::This(Outcome::Refused(Problem {
                code: "not-kept".to_owned(),
                message: "MessageMedia took the change and keeps something else".to_owned(),
                help: Some("look at the contact there; a custom field may be too short".to_owned()),
            }))),
        }
    }
}

fn renewal(change: &Change) -> Result<Renewal, Outcome> {
    let id = change.member.id.as_ref().map(|id| id.as_str());
    let Some(id) = id.filter(|id| is_id(id)) else {
        return Err(refused(
            "no-id",
            "the contact of this member is not known",
            "look at the contact in MessageMedia; it needs a number",
        ));
    };
    let Action::Update(fields) = &change.action else {
        return Err(Outcome::not_tried("it is no update"));
    };
    let changes = fields.iter().map(|field| (&field.field, &field.after));
    let wish =
        Wish::of_changes(changes).map_err(|(code, message, help)| refused(code, message, help))?;
    Ok(Renewal {
        contact: id.to_owned(),
        wish,
    })
}
