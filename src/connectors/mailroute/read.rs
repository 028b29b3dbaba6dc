//! Reads the accounts of a list's domains.

use async_trait::async_trait;

use super::{
    account::Account,
    api::Api,
    domains::{self, Domain, Which},
    pages::listing,
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, ListReader, WantedList, Watch},
    },
    model::{
        capabilities::Capabilities,
        reading::{Directory, Reading},
    },
};

/// Reads one list.
pub(super) struct Reader {
    /// The API.
    pub(super) api: Api,
    /// Its domains.
    pub(super) which: Which,
    /// The list as the sync wants it.
    pub(super) wanted: WantedList,
    /// What it can do.
    pub(super) capabilities: Capabilities,
}

/// What stands in domains.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// The domains.
    pub(super) domains: Vec<Domain>,
    /// Their accounts.
    pub(super) accounts: Vec<Account>,
    /// Reasons to doubt that these are all.
    pub(super) doubts: Vec<String>,
}

#[async_trait]
impl ListReader for Reader {
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let list = self.wanted.list.clone();
        let inventory = match inventory(&self.api, &self.which, watch).await {
            Ok(inventory) => inventory,
            // Nothing can be put into a domain that MailRoute has not: the sync says so instead of failing.
            Err(error) if error.kind == ErrorKind::NotFound && self.wanted.create.is_some() => {
                let capabilities = Capabilities {
                    read_only: Some(error.to_string().replace('\n', "; ")),
                    ..self.capabilities.clone()
                };
                return Ok(Reading::absent(list, capabilities));
            }
            Err(error) => return Err(error),
        };
        let members = inventory.accounts.into_iter().map(Account::into_member);
        let reading = Reading::whole(list, members.collect(), self.capabilities.clone());
        Ok(Reading {
            list_id: domains::list_id(&self.which, &inventory.domains),
            doubts: inventory.doubts,
            ..reading
        })
    }

    async fn directory(&self, watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        let inventory = inventory(&self.api, &self.which, watch).await?;
        let people = inventory.accounts.into_iter().map(Account::into_member);
        let mut people: Vec<_> = people.collect();
        people.sort_by(|left, right| left.label().cmp(right.label()));
        let domains = inventory.domains.into_iter().map(|domain| domain.name);
        Ok(Directory {
            people,
            own_domains: domains.collect(),
            doubts: Vec::new(),
        })
    }
}

async fn inventory(
    api: &Api,
    which: &Which,
    watch: &dyn Watch,
) -> Result<Inventory, ConnectorError> {
    let mut waits = api.start();
    let (domains, doubts) = domains::find(api, which, &mut waits, watch).await?;
    let mut inventory = accounts(api, domains, &mut waits, watch).await?;
    inventory.doubts.extend(doubts);
    Ok(inventory)
}

/// Every account of these domains.
pub(super) async fn accounts(
    api: &Api,
    domains: Vec<Domain>,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<Inventory, ConnectorError> {
    let mut inventory = Inventory::default();
    for domain in &domains {
        let filter = [("domain", domain.id.as_str())];
        let listed = listing(api, "email_account", &filter, "accounts", waits, watch).await?;
        for object in &listed.objects {
            let account = Account::read(object, Some(&domain.name))
                .map_err(|fault| ConnectorError::new(ErrorKind::BadData, fault))?;
            inventory.accounts.push(account);
        }
        let doubts = listed.doubts.into_iter();
        inventory
            .doubts
            .extend(doubts.map(|doubt| format!("{doubt} (domain `{}`)", domain.name)));
    }
    inventory.domains = domains;
    Ok(inventory)
}
