//! Reads the whole directory: people, and contacts and groups that have an address where they are wanted.
//!
//! It must not write, and it must not leave anybody out by a filter of Microsoft Graph: a sync decides by attributes who
//! belongs to a list, and somebody whose account was disabled must stay different from somebody who is gone. Only who
//! reports to whom is decided here, once everybody was read.

use super::{
    answer::Answer,
    call::Call,
    group::{self, NO_WRITE_PERMISSION, Obstacle},
    others,
    pages::Listing,
    people::{self, Object},
    proof::{counted, doubts, refuse_names_only},
    read::{EntraReader, READ_GROUPS, READ_PEOPLE, unreadable_answer},
    reporting, urls,
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, Watch},
    },
    model::{capabilities::Capabilities, member::Member, reading::Reading},
};

/// The permission that reading contacts needs.
pub(super) const READ_CONTACTS: &str = "OrgContact.Read.All";

/// What is read besides people.
struct Others {
    whose: &'static str,
    progress: &'static str,
    grant: &'static str,
    count: String,
    first: fn(u16) -> String,
    member: fn(&Object) -> Option<Member>,
}

impl EntraReader {
    /// Everyone, proven against the numbers that the directory counts. The first pages and the numbers come in one round
    /// trip.
    pub(super) async fn read_everyone(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let mut waits = self.graph.patience.start();
        let others = self.others();
        let size = self.graph.page_size;
        let mut calls = vec![
            Call::count(urls::USER_COUNT),
            Call::get(urls::users(size, &self.properties)),
        ];
        for others in &others {
            calls.push(Call::count(others.count.as_str()));
            calls.push(Call::get((others.first)(size)));
        }
        let mut answers = self.graph.read_batch(&calls, &mut waits).await?.into_iter();
        let (Some(count), first) = (answers.next().map(counted), answers.next()) else {
            return Err(unreadable_answer("the users"));
        };
        let mut members = self.people(first, count, &mut waits, watch).await?;
        let mut all_doubts = doubts("the directory", count, &members, "`User.Read.All`");
        if let Some(chief) = &self.wanted.everyone.under {
            all_doubts.extend(reporting::doubt(&members));
            members = reporting::under(members, chief)?;
        }
        for others in &others {
            let (count, first) = (answers.next().and_then(counted), answers.next());
            let found = self
                .read_others(others, first, count, &mut waits, watch)
                .await?;
            all_doubts.extend(doubts(
                others.whose,
                count,
                &found,
                &format!("`{}`", others.grant),
            ));
            members.extend(found);
        }
        Ok(Reading {
            doubts: all_doubts,
            ..Reading::whole(self.wanted.list.clone(), members, self.abilities())
        })
    }

    /// Every user with the attributes that the sync looks at.
    pub(super) async fn people(
        &self,
        first: Option<Answer>,
        total: Option<usize>,
        waits: &mut Waits,
        watch: &dyn Watch,
    ) -> Result<Vec<Member>, ConnectorError> {
        let path = |page_size| urls::users(page_size, &self.properties);
        let listing = Listing {
            what: "the users".to_owned(),
            progress: "people read",
            grant: READ_PEOPLE,
            entry: people::member,
            properties: Some(&self.properties),
            first: &path,
            total,
        };
        let people = listing.walk(&self.graph, first, waits, watch).await?;
        refuse_names_only(&people)?;
        Ok(people)
    }

    async fn read_others(
        &self,
        others: &Others,
        first: Option<Answer>,
        total: Option<usize>,
        waits: &mut Waits,
        watch: &dyn Watch,
    ) -> Result<Vec<Member>, ConnectorError> {
        let listing = Listing {
            what: others.whose.to_owned(),
            progress: others.progress,
            grant: others.grant,
            entry: others.member,
            properties: None,
            first: &others.first,
            total,
        };
        listing.walk(&self.graph, first, waits, watch).await
    }

    fn others(&self) -> Vec<Others> {
        let contacts = Others {
            whose: "the list of contacts",
            progress: "contacts read",
            grant: READ_CONTACTS,
            count: urls::CONTACT_COUNT.to_owned(),
            first: urls::contacts,
            member: others::contact,
        };
        let mail_groups = Others {
            whose: "the list of groups with an address",
            progress: "groups read",
            grant: READ_GROUPS,
            count: urls::mail_group_count(),
            first: urls::mail_groups,
            member: others::mail_group,
        };
        let everyone = &self.wanted.everyone;
        [
            (everyone.contacts, contacts),
            (everyone.mail_groups, mail_groups),
        ]
        .into_iter()
        .filter_map(|(wanted, others)| wanted.then_some(others))
        .collect()
    }

    /// Nobody is added to a directory or removed from it; fields of people can be written where the sync was given them.
    fn abilities(&self) -> Capabilities {
        let given = &self.wanted.given;
        let itself = "the directory itself is not a list that can be written".to_owned();
        let read_only = if given.is_empty() {
            Some(itself.clone())
        } else {
            (!self.graph.may_write).then(|| NO_WRITE_PERMISSION.to_owned())
        };
        let obstacle = read_only.map(|why| Obstacle {
            why,
            hand_over: None,
        });
        Capabilities {
            keeps: (!given.is_empty()).then_some(itself),
            ..group::capabilities(obstacle, false, given)
        }
    }
}
