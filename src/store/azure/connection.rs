//! Where the storage account is and who signs in to it: from the settings of the Functions host to three addresses and
//! an access. Makes no request. Nothing here may show a key, a signature or a secret.

mod string;

use azure_core::credentials::Secret;
use url::{Host, Url};

use crate::{
    azure::credential::{Identity, Named, Unclear},
    settings::{RESOLVE, Storage, is_unresolved},
    store::ports::StoreError,
};

/// The setting's name, also in errors.
const SETTING: &str = "AzureWebJobsStorage";

/// A storage account: its services, and how to sign in.
#[derive(Debug, Clone)]
pub struct Connection {
    pub(super) account: String,
    pub(super) tables: Url,
    pub(super) queues: Url,
    pub(super) blobs: Url,
    pub(super) access: Access,
}

/// How requests are signed.
#[derive(Debug, Clone)]
pub(super) enum Access {
    /// With the key of the account.
    Key(Secret),
    /// With a shared access signature, as a query without its question mark.
    Signature(Secret),
    /// With a token.
    Identity(Identity),
}

impl Connection {
    /// What the settings say: a connection string, and else an account or its addresses with an identity.
    pub fn from_settings(storage: &Storage) -> Result<Self, StoreError> {
        let secrets = [
            (SETTING.to_owned(), &storage.connection_string),
            (format!("{SETTING}__clientSecret"), &storage.client_secret),
        ];
        for (name, value) in secrets {
            if value.as_deref().is_some_and(is_unresolved) {
                let what = format!("`{name}` is still a reference to a key vault");
                return Err(fault(what, RESOLVE));
            }
        }
        match &storage.connection_string {
            Some(text) => Self::from_text(text),
            None => with_identity(storage),
        }
    }

    /// A connection string, as Azure and its emulator print it.
    pub fn from_text(text: &str) -> Result<Self, StoreError> {
        string::read(text)
    }

    /// Whether it is a stand-in on this machine.
    pub(super) fn is_local(&self) -> bool {
        [&self.tables, &self.queues, &self.blobs].map(is_loopback) == [true; 3]
    }
}

fn with_identity(storage: &Storage) -> Result<Connection, StoreError> {
    let account = storage.account_name.as_deref();
    let service = |given: &Option<String>, service: &str| match (given, account) {
        (Some(text), _) => {
            let setting = format!("{SETTING}__{service}ServiceUri");
            let url = service_url(&setting, text)?;
            if url.scheme() != "https" {
                let what = format!("`{setting}` would send a token unencrypted");
                return Err(fault(what, "begin it with `https://`"));
            }
            Ok(url)
        }
        (None, Some(account)) => {
            check_account(account)?;
            service_url(
                &format!("{SETTING}__accountName"),
                &format!("https://{account}.{service}.core.windows.net"),
            )
        }
        (None, None) => Err(fault(
            format!("the address of the storage account's {service} service is not known"),
            format!("set `{SETTING}__accountName` or `{SETTING}__{service}ServiceUri`"),
        )),
    };
    let addresses = [
        &storage.queue_service_uri,
        &storage.blob_service_uri,
        &storage.table_service_uri,
    ];
    if account.is_none() && addresses.iter().all(|address| address.is_none()) {
        return Err(fault(
            "no storage account is set",
            format!(
                "set `{SETTING}` to a connection string (`UseDevelopmentStorage=true` for Azurite), or \
                 `{SETTING}__accountName` for an identity"
            ),
        ));
    }
    let queues = service(&storage.queue_service_uri, "queue")?;
    let blobs = service(&storage.blob_service_uri, "blob")?;
    let tables = service(&storage.table_service_uri, "table")?;
    let of_host = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        host.split('.').next().unwrap_or_default().to_owned()
    };
    let identity = Identity::choose(Named {
        credential: storage.credential.clone(),
        client: storage.client_id.clone(),
        tenant: storage.tenant_id.clone(),
        secret: storage.client_secret.clone().map(Secret::new),
        hosted: storage.hosted_identity,
    });
    let identity = identity.map_err(|unclear| match unclear {
        Unclear::Kind(kind) => fault(
            format!("`{SETTING}__credential` is `{kind}`, which is not known"),
            "set it to `managedidentity`, or leave it out",
        ),
        Unclear::SecretAlone => fault(
            format!("`{SETTING}__clientSecret` is set without the application it belongs to"),
            format!("set `{SETTING}__tenantId` and `{SETTING}__clientId` too"),
        ),
    })?;
    Ok(Connection {
        account: account.map_or_else(|| of_host(&queues), str::to_owned),
        tables,
        queues,
        blobs,
        access: Access::Identity(identity),
    })
}

/// The address of a service, without the slash at its end. The text is not shown: a wrong one may hold a signature.
fn service_url(setting: &str, text: &str) -> Result<Url, StoreError> {
    let unusable = |what: &str| {
        fault(
            format!("`{setting}` {what}"),
            "give the address of the service alone, such as `https://ACCOUNT.queue.core.windows.net`",
        )
    };
    let url = Url::parse(text.trim_end_matches('/')).map_err(|_| unusable("is not an address"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err(unusable("is not an https address"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(unusable("goes on with a `?` or `#`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("holds a user or password"));
    }
    Ok(url)
}

fn check_account(account: &str) -> Result<(), StoreError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if (3..=24).contains(&account.len()) && account.bytes().all(allowed) {
        return Ok(());
    }
    Err(fault(
        "the name of the storage account cannot be one",
        "it has 3 to 24 lower-case letters and digits; copy it from the portal",
    ))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn fault(what: impl Into<String>, help: impl AsRef<str>) -> StoreError {
    StoreError::Other {
        place: SETTING.to_owned(),
        problem: format!("{}\n{}", what.into(), help.as_ref()),
    }
}

#[cfg(test)]
mod tests;
