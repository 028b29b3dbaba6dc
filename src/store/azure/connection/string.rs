//! Reads a connection string: `Name=value` pairs between semicolons. A value is never shown: a name mixed up with
//! another can stand before a key.

use std::collections::BTreeMap;

use azure_core::credentials::Secret;
use base64::{Engine, prelude::BASE64_STANDARD};
use url::Url;

use super::{Access, Connection, check_account, fault, is_loopback, service_url};
use crate::store::ports::StoreError;

/// The names of a connection string. Some say nothing to us and are let pass.
const NAMES: [&str; 15] = [
    ACCOUNT,
    KEY,
    SIGNATURE,
    SUFFIX,
    PROTOCOL,
    BLOBS,
    QUEUES,
    TABLES,
    DEVELOPMENT,
    DEVELOPMENT_PROXY,
    "FileEndpoint",
    "BlobSecondaryEndpoint",
    "QueueSecondaryEndpoint",
    "TableSecondaryEndpoint",
    "FileSecondaryEndpoint",
];
const ACCOUNT: &str = "AccountName";
const KEY: &str = "AccountKey";
const SIGNATURE: &str = "SharedAccessSignature";
const SUFFIX: &str = "EndpointSuffix";
const PROTOCOL: &str = "DefaultEndpointsProtocol";
const BLOBS: &str = "BlobEndpoint";
const QUEUES: &str = "QueueEndpoint";
const TABLES: &str = "TableEndpoint";
const DEVELOPMENT: &str = "UseDevelopmentStorage";
const DEVELOPMENT_PROXY: &str = "DevelopmentStorageProxyUri";

/// The emulator's account and key, which everybody knows.
/// <https://learn.microsoft.com/azure/storage/common/storage-connect-azurite>
const DEVELOPMENT_ACCOUNT: &str = "devstoreaccount1";
const DEVELOPMENT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

type Pairs<'a> = BTreeMap<&'static str, &'a str>;

/// The connection that a connection string describes.
pub(super) fn read(text: &str) -> Result<Connection, StoreError> {
    let pairs = pairs(text)?;
    if let Some(wanted) = pairs.get(DEVELOPMENT) {
        return if wanted.eq_ignore_ascii_case("true") {
            development(&pairs)
        } else {
            Err(fault(
                format!("`{DEVELOPMENT}` is neither `true` nor left out"),
                format!("write `{DEVELOPMENT}=true` for Azurite"),
            ))
        };
    }
    let access = access(&pairs)?;
    let account = pairs.get(ACCOUNT).copied();
    if let Some(account) = account {
        check_account(account)?;
    }
    let connection = Connection {
        account: account.unwrap_or_default().to_owned(),
        blobs: endpoint(&pairs, BLOBS, "blob")?,
        queues: endpoint(&pairs, QUEUES, "queue")?,
        tables: endpoint(&pairs, TABLES, "table")?,
        access,
    };
    let in_the_clear = |url: &Url| url.scheme() != "https" && !is_loopback(url);
    let urls = [&connection.blobs, &connection.queues, &connection.tables];
    if matches!(connection.access, Access::Signature(_)) && urls.into_iter().any(in_the_clear) {
        return Err(fault(
            "the connection string would send its signature unencrypted",
            "use https (http is for this machine only)",
        ));
    }
    Ok(connection)
}

fn pairs(text: &str) -> Result<Pairs<'_>, StoreError> {
    let mut pairs = Pairs::new();
    for part in text.split(';').map(str::trim) {
        if part.is_empty() {
            continue;
        }
        let unreadable = || {
            fault(
                "it is not a connection string: a part of it is not `Name=value`",
                "copy it whole from the storage account's access keys; in a shell put it in single quotes",
            )
        };
        let (name, value) = part.split_once('=').ok_or_else(unreadable)?;
        let known = NAMES
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(name.trim()));
        let Some(known) = known else {
            // What stands there may be half a key: only a short word is surely a name.
            let shown = name.trim();
            let is_name = shown.len() <= 32 && shown.bytes().all(|byte| byte.is_ascii_alphabetic());
            return Err(if is_name {
                fault(
                    format!("its part `{shown}` is not known"),
                    format!("known parts: `{}`", NAMES.join("`, `")),
                )
            } else {
                unreadable()
            });
        };
        if value.trim().is_empty() {
            return Err(fault(
                format!("its part `{known}` is empty"),
                "copy it whole from the storage account's access keys",
            ));
        }
        if pairs.insert(known, value.trim()).is_some() {
            return Err(fault(
                format!("its part `{known}` stands there twice"),
                "leave one out",
            ));
        }
    }
    Ok(pairs)
}

fn access(pairs: &Pairs<'_>) -> Result<Access, StoreError> {
    match (pairs.get(SIGNATURE), pairs.get(KEY)) {
        (Some(signature), _) => {
            let query = signature.trim_start_matches('?');
            if query.split('&').any(|pair| pair.starts_with("sig=")) {
                Ok(Access::Signature(Secret::new(query.to_owned())))
            } else {
                Err(fault(
                    format!("its `{SIGNATURE}` holds no `sig=`"),
                    "copy the shared access signature whole",
                ))
            }
        }
        (None, Some(_)) if !pairs.contains_key(ACCOUNT) => Err(fault(
            format!("it has an `{KEY}` and no `{ACCOUNT}`"),
            format!("add `{ACCOUNT}=…`"),
        )),
        (None, Some(key)) => match BASE64_STANDARD.decode(key) {
            Ok(bytes) if !bytes.is_empty() => Ok(Access::Key(Secret::new((*key).to_owned()))),
            _ => Err(fault(
                format!("its `{KEY}` is not base64, so it is no key"),
                "copy the key whole, with the `=` at its end",
            )),
        },
        (None, None) => Err(fault(
            format!("it has neither `{KEY}` nor `{SIGNATURE}`"),
            "copy it from the storage account's access keys, or leave it out and set \
             `AzureWebJobsStorage__accountName` for an identity",
        )),
    }
}

fn endpoint(pairs: &Pairs<'_>, name: &str, service: &str) -> Result<Url, StoreError> {
    if let Some(text) = pairs.get(name) {
        return service_url(name, text);
    }
    let Some(account) = pairs.get(ACCOUNT) else {
        return Err(fault(
            format!("it has neither `{name}` nor `{ACCOUNT}`"),
            format!("add `{name}=https://…`"),
        ));
    };
    let protocol = pairs.get(PROTOCOL).copied().unwrap_or("https");
    let suffix = pairs.get(SUFFIX).copied().unwrap_or("core.windows.net");
    service_url(
        if pairs.contains_key(SUFFIX) {
            SUFFIX
        } else {
            PROTOCOL
        },
        &format!("{protocol}://{account}.{service}.{suffix}"),
    )
}

fn development(pairs: &Pairs<'_>) -> Result<Connection, StoreError> {
    let host = pairs
        .get(DEVELOPMENT_PROXY)
        .copied()
        .unwrap_or("http://127.0.0.1");
    let service = |port: u16| {
        let host = host.trim_end_matches('/');
        service_url(
            DEVELOPMENT_PROXY,
            &format!("{host}:{port}/{DEVELOPMENT_ACCOUNT}"),
        )
    };
    Ok(Connection {
        account: DEVELOPMENT_ACCOUNT.to_owned(),
        blobs: service(10000)?,
        queues: service(10001)?,
        tables: service(10002)?,
        access: Access::Key(Secret::new(DEVELOPMENT_KEY)),
    })
}
