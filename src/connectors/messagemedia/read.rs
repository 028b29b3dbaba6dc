//! Reads one list, and everybody the account knows.
//!
//! It must not write. Who unsubscribed or is blocked comes out of both as opted out.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use super::{
    api::Api,
    contact::{BlockList, Contact},
    fields::PHONE_NUMBER,
    lists::not_there,
};
use crate::{
    connectors::{
        ports::{ConnectorError, ErrorKind, ListReader, WantedList, Watch},
        web::SETTLES_IN,
    },
    model::{
        capabilities::{AddsBy, Capabilities, Updatable},
        member::{Member, Standing},
        reading::{Directory, Reading},
    },
};

/// Reads one list.
pub(super) struct Reader {
    api: Api,
    wanted: WantedList,
    /// The block list, as the last reading found it: the directory of the same run needs it again.
    blocked: Mutex<Option<Arc<BlockList>>>,
}

impl Reader {
    pub(super) fn new(api: Api, wanted: WantedList) -> Self {
        Self {
            api,
            wanted,
            blocked: Mutex::default(),
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            updatable: Updatable::Everything,
            knows_people: true,
            key_field: Some(PHONE_NUMBER.to_owned()),
            settles_in: SETTLES_IN,
            ..Capabilities::new(AddsBy::Phone, self.api.chunk)
        }
    }

    fn member(&self, contact: &Contact, blocked: &BlockList) -> Member {
        let object_id_field = self.api.object_id_field.as_deref();
        contact.member(blocked, object_id_field, &self.wanted.fields)
    }

    async fn read_block_list(&self) -> Result<Arc<BlockList>, ConnectorError> {
        let blocked = Arc::new(self.api.block_list(&mut self.api.web.start()).await?);
        let mut kept = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(blocked.clone());
        Ok(blocked)
    }

    async fn known_block_list(&self) -> Result<Arc<BlockList>, ConnectorError> {
        let kept = {
            let kept = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
            kept.clone()
        };
        match kept {
            Some(blocked) => Ok(blocked),
            None => self.read_block_list().await,
        }
    }
}

#[async_trait]
impl ListReader for Reader {
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let name = &self.wanted.list.list;
        let mut waits = self.api.web.start();
        let Some(id) = self.api.find_list(name, &mut waits).await? else {
            return match self.wanted.create {
                Some(_) => Ok(Reading::absent(
                    self.wanted.list.clone(),
                    self.capabilities(),
                )),
                None => Err(not_there(name)),
            };
        };
        let (read, blocked) = tokio::try_join!(
            self.api.contacts_on(&id, watch, &mut waits),
            self.read_block_list()
        )?;
        let members = read.elements.iter();
        let members = members.map(|contact| self.member(contact, &blocked));
        let mut reading = Reading::whole(
            self.wanted.list.clone(),
            members.collect(),
            self.capabilities(),
        );
        reading.list_id = Some(id);
        reading.doubts.extend(read.doubt);
        reading.doubts.extend(blocked.doubt());
        Ok(reading)
    }

    async fn directory(&self, watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        let mut waits = self.api.web.start();
        let (read, blocked) = tokio::try_join!(
            self.api.contacts(Contact::from_json, watch, &mut waits),
            self.known_block_list()
        )?;
        if let Some(doubt) = read.doubt {
            // Whoever was not seen may have unsubscribed.
            let error = ConnectorError::new(ErrorKind::BadData, doubt);
            return Err(error.help("try again later"));
        }
        let contacts = read.elements.iter();
        let mut people: Vec<Member> = contacts
            .map(|contact| self.member(contact, &blocked))
            .collect();
        if let BlockList::Known(numbers) = &*blocked {
            // Numbers that no contact has (any more) must not come back as new contacts either.
            let known: BTreeSet<_> = people.iter().flat_map(|person| &person.phones).collect();
            let strangers: Vec<Member> = numbers
                .iter()
                .filter(|number| !known.contains(number))
                .map(|number| Member {
                    phones: vec![number.clone()],
                    standing: Standing::OptedOut,
                    ..Member::default()
                })
                .collect();
            people.extend(strangers);
        }
        people.sort_by(|left, right| (left.label(), &left.id).cmp(&(right.label(), &right.id)));
        Ok(Directory {
            people,
            own_domains: Vec::new(),
            doubts: Vec::new(),
        })
    }
}
